"""What belongs into the frozen program, what does not, and how large it may become.

PyInstaller takes what it finds: all of Qt's plugins, the build machine's CUDA, a desktop's GTK.
The rules stand here as patterns, so that a test can show each of them at work. What is *dropped*
is expected and left out in silence; what is *forbidden* has slipped in and ends the build.

Paths are relative to the program's folder of modules (``_internal``), with forward slashes.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from release.errors import ReleaseError

MB: Final = 10**6
SHOWN: Final = 20

EXCLUDED_MODULES: Final = (
    "tkinter",
    "PyInstaller",  # numpy's and pillow-heif's hooks lead to it
    "altgraph",
    "numpy.f2py",
    "numpy._pyinstaller",
    "onnx.backend",
    "onnx.reference",
    "onnxruntime.quantization",
    "onnxruntime.tools",
    "onnxruntime.transformers",
    "PIL.ImageQt",
    "PIL.ImageTk",
    # PyInstaller imports these two before the program begins, which takes 15 ms, wherever it sees
    # them: through tqdm, and through the debuggers and mocks of the standard library.
    "multiprocessing",
    "pkgutil",
    "pdb",
    "pydoc",
    "readline",
    "runpy",
    "setuptools",
    "sqlite3",
    "unittest.mock",
    "xmlrpc",
)
"""Modules that something imports in a corner that the program does not visit."""

_VISITED_ON: Final = {
    # The meeting place of Windows is a named pipe, which multiprocessing.connection speaks to;
    # where PyInstaller finds multiprocessing, it also imports multiprocessing.spawn at the start.
    "win32": frozenset({"multiprocessing", "runpy"}),
}
"""What of these the program does need on a platform."""

_DROPPED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # Qt: the network, and platforms without windows that people use. Offscreen stays, for
        # checks on machines without a screen.
        r"PySide6/QtNetwork\.",
        r"(.*/)?(lib)?Qt6(EglFS|EglFs|Network)",
        r"PySide6/(Qt/)?plugins/(egldeviceintegrations|generic|networkinformation|tls)/",
        r"PySide6/(Qt/)?plugins/platforms/libq(eglfs|linuxfb|minimal|minimalegl|vkkhrdisplay|vnc)\.",
        # Qt reads the samples' JPEG and PNG, icons are SVG; pictures are decoded by Pillow.
        r"PySide6/(Qt/)?plugins/imageformats/(lib)?q(gif|icns|ico|tga|tiff|wbmp|webp|pdf)\.",
        # GTK's theme drags in all of GTK; the portal's theme gives the same file dialogues.
        r"PySide6/(Qt/)?plugins/platformthemes/libqgtk3\.",
        r"lib(gtk-3|gdk-3|atk-bridge-2\.0|atspi|epoxy|cloudproviders|tracker-sparql-3\.0)\.so",
        r"lib(Xcomposite|Xcursor|Xdamage|Xfixes|Xi|Xinerama|Xrandr|jbig|deflate|Lerc)\.so",
        r"PySide6/(Qt/)?translations/",
        # Part of the C library, or needed in a newer version by the system's graphics drivers.
        r"lib(mvec|stdc\+\+|gcc_s)\.so",
        # Every desktop has these, and its own configuration for them.
        r"lib(glib|gobject|gio|gmodule|gthread|gdk_pixbuf|pango\w*|cairo|cairo-gobject|atk)-[12]",
        r"lib(cairo|cairo-gobject|pixman-1|fribidi|thai|datrie|graphite2|harfbuzz)\.so",
        r"lib(dbus-1|systemd|gcrypt|gpg-error|cap|selinux|mount|blkid|pcre2-8|lz4|keyutils)\.so",
        r"lib(gssapi_krb5|krb5|krb5support|k5crypto|com_err)\.so",
        r"lib(fontconfig|freetype|png16|brotlidec|brotlicommon|bsd|md)\.so",
        r"lib(X11|Xau|Xdmcp|Xext|Xrender)\.so",
        # The system's EGL speaks through the system's copy; two in one process do not agree.
        r"libwayland-(client|cursor|egl|server)\.so",
        r"lib(readline|tinfo|jpeg|zstd)\.so",
        # CUDA and TensorRT of the build machine: neither may be distributed by us.
        r"(.*/)?lib(cuda|cudart|cublas|cublasLt|cudnn|cufft|curand|cusolver|cusparse|nv\w*)[-.\w]*\.so",
        r"(.*/)?(cuda|cudart|cublas|cublasLt|cudnn|cufft|curand|nv\w*)64_[-.\w]*\.dll",
        r"nvidia(/|$)",
        r"(.*/)?(lib)?onnxruntime_providers_tensorrt\.",
        r"(.*/)?(lib)?nvinfer",
        # What libraries bring for their own developers.
        r"(numpy|onnx|onnxruntime|PIL|cmap|google)/(.*/)?(tests?|testing)/",
        r"(.*/)?__pyinstaller/",
        r"cmap/.*\.py$",  # its modules lie in the archive; the same once more as text
        r".*\.(pyi|pxd|h|hpp|a|lib|proto|cmake)$",
    )
)

_FORBIDDEN: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(torch|torchvision|functorch|kornia|matplotlib|h5py|scipy|skimage|keras)([-./]|$)",
        r"(transformers|safetensors|sympy|tensorflow)([-./]|$)",
        r"(pytest|hypothesis|mypy|ruff|coverage|pip|setuptools|PyInstaller|tkinter|_tkinter)([-./]|$)",
        r"(.*/)?(lib)?Qt6?(Qml|Quick|WebEngine|Multimedia|Pdf|3D|Charts|Designer|Help|Sql|Test|Network)",
        r"(.*/)?(lib)?(cudart|cublas|cudnn|cufft|curand|cusparse|cusolver|nvrtc|nvjitlink|nvinfer)",
        r"(.*/)?libcuda\.so",
        r"(.*/)?lib(gtk|gdk)-",
        r"(model_export|tests|resources/packaging)(/|$)",
    )
)

_MODELS: Final = PurePosixPath("resources/models")


class ContentsError(ReleaseError):
    """The frozen program holds what it must not, or too much."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the frozen program.

    Attributes:
        path: Relative to the program's folder; ``_internal/`` before what is a module's.
        size: Bytes.
    """

    path: PurePosixPath
    size: int

    @property
    def inner(self) -> PurePosixPath:
        """The path within ``_internal``, or the plain name beside it."""
        parts = self.path.parts
        return PurePosixPath(*parts[1:]) if parts[0] == "_internal" else self.path

    @property
    def is_model(self) -> bool:
        """Whether it is one of the bundled models, which no limit counts."""
        return self.inner.is_relative_to(_MODELS)


def excluded_modules(platform: str = sys.platform) -> list[str]:
    """The modules that PyInstaller leaves out on ``platform``, and what is below them."""
    visited = _VISITED_ON.get(platform, frozenset())
    return [name for name in EXCLUDED_MODULES if name not in visited]


def is_dropped(name: str) -> bool:
    """Whether PyInstaller's find ``name`` is left out of the program."""
    return any(pattern.match(name.replace("\\", "/")) for pattern in _DROPPED)


def is_forbidden(name: str) -> bool:
    """Whether ``name`` must not be there at all."""
    return any(pattern.match(name.replace("\\", "/")) for pattern in _FORBIDDEN)


def files_in(program: Path) -> list[File]:
    """All files of a frozen program, largest first; links are not counted twice."""
    found = [
        File(PurePosixPath(path.relative_to(program).as_posix()), path.stat().st_size)
        for path in program.rglob("*")
        if path.is_file() and not path.is_symlink()
    ]
    return sorted(found, key=lambda file: (-file.size, file.path))


def check(files: Iterable[File], modules: Iterable[str], *, limit_mb: int) -> None:
    """Refuse a program that is too large or holds something forbidden.

    Args:
        files: What lies in its folder.
        modules: Dotted names of the Python modules in its archive.
        limit_mb: The most it may take, in units of 10⁶ bytes, models not counted.

    Raises:
        ContentsError: Says which file or module, or by how much it is too large.
    """
    listed = list(files)
    strangers = [str(file.path) for file in listed if is_forbidden(str(file.inner))]
    strangers += [name for name in modules if is_forbidden(name.replace(".", "/"))]
    if strangers:
        raise ContentsError(
            f"{len(strangers)} forbidden file(s) or module(s) slipped in: "
            f"{', '.join(sorted(strangers)[:SHOWN])}. Exclude them in .ci/release/contents.py, or "
            "find out what imports them."
        )
    size_mb = program_size(listed) / MB
    if size_mb > limit_mb:
        raise ContentsError(
            f"the program takes {size_mb:.1f} MB without its models; the limit is {limit_mb} MB"
        )


def program_size(files: Iterable[File]) -> int:
    """Bytes of all files but the bundled models."""
    return sum(file.size for file in files if not file.is_model)


def summary(files: Iterable[File], *, limit_mb: int) -> Iterator[str]:
    """The largest files and the sum, line by line, for a person."""
    listed = list(files)
    for file in listed[:SHOWN]:
        yield f"{file.size / MB:8.1f} MB  {file.path}"
    models = sum(file.size for file in listed if file.is_model)
    yield (
        f"{program_size(listed) / MB:8.1f} MB  in {len(listed)} files, limit {limit_mb} MB; "
        f"and {models / MB:.1f} MB of models"
    )
