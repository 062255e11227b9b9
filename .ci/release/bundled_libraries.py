"""The libraries of others that wheels bring as files, with what the wheels say of them."""

import re
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """A library of somebody else that a wheel brings with it as a file.

    Attributes:
        files: Matches its path below ``site-packages``, from the start.
        name: As its makers call it.
        licence: SPDX expression.
        stated: Where the wheel says so.
        version: ``sbom`` means the entry ``found`` of the wheel's own lists; ``path``, ``notice``
            and ``content`` a pattern to look for in the path, the wheel's licence texts, the file.
        found: What to look for.
        texts: What of :data:`TEXTS` it needs beside the wheel's own texts.
        source: Where the source is, for licences that ask for it.
    """

    files: re.Pattern[str]
    name: str
    licence: str
    stated: str
    version: Literal["sbom", "path", "notice", "content"]
    found: str
    texts: tuple[str, ...] = ()
    source: str = ""


def _pillow(files: str, name: str, licence: str, listed_as: str = "") -> Bundled:
    return Bundled(
        files=re.compile(rf"(pillow\.libs|PIL/\.dylibs)/lib{files}[-.]"),
        name=name,
        licence=licence,
        stated="LICENSE and the lists of contents in Pillow's metadata",
        version="sbom" if listed_as else "path",
        found=listed_as or r"\.so\.(\d+\.\d+\.\d+)$",
    )


# On Windows pillow-heif puts its libraries beside all packages.
_HEIF: Final = r"(pillow_heif\.libs/|pillow_heif/\.dylibs/)?"
_LGPL: Final = ("LGPL-3.0", "GPL-3.0")
_QT_SOURCE: Final = "https://download.qt.io/official_releases/qt/"

BUNDLED: Final = (
    _pillow(
        "avif", "libavif, with libaom, dav1d and libyuv", "BSD-2-Clause AND BSD-3-Clause", "libavif"
    ),
    _pillow("brotli(common|dec)", "Brotli", "MIT"),
    _pillow("freetype", "FreeType", "FTL", "FreeType"),
    _pillow("harfbuzz", "HarfBuzz", "MIT", "HarfBuzz"),
    _pillow("jpeg", "libjpeg-turbo", "IJG AND BSD-3-Clause AND Zlib", "libjpeg / libjpeg-turbo"),
    _pillow("lcms2", "Little CMS", "MIT", "Little CMS 2"),
    _pillow("lzma", "XZ Utils (liblzma)", "0BSD"),
    _pillow("openjp2", "OpenJPEG", "BSD-2-Clause", "OpenJPEG"),
    _pillow("tiff", "LibTIFF", "libtiff", "libtiff"),
    _pillow("(webp(demux|mux)?|sharpyuv)", "libwebp", "BSD-3-Clause", "libwebp"),
    _pillow("Xau", "libXau", "MIT-open-group", "libXau"),
    _pillow("xcb", "libxcb", "X11", "libxcb"),
    _pillow("zstd", "Zstandard", "BSD-3-Clause"),
    Bundled(
        files=re.compile(r"(pillow\.libs|PIL/\.dylibs)/libpng16[-.]"),
        name="libpng",
        licence="libpng-2.0",
        stated="LICENSE in Pillow's metadata",
        version="content",
        found=r"libpng version (1\.6\.\d+)",
    ),
    Bundled(
        files=re.compile(_HEIF + "libheif[-.]"),
        name="libheif",
        licence="LGPL-3.0-or-later",
        stated="LICENSES_bundled.txt in pillow-heif's metadata",
        version="notice",
        found=r"libheif/tree/v([\d.]+\d)",
        texts=_LGPL,
        source="https://github.com/strukturag/libheif",
    ),
    Bundled(
        files=re.compile(_HEIF + "libde265[-.]"),
        name="libde265",
        licence="LGPL-3.0-or-later",
        stated="LICENSES_bundled.txt in pillow-heif's metadata",
        version="notice",
        found=r"libde265/tree/v([\d.]+\d)",
        texts=_LGPL,
        source="https://github.com/strukturag/libde265",
    ),
    Bundled(
        files=re.compile(r"lib(gcc_s_seh|stdc\+\+)-\d"),
        name="GCC runtime library (MinGW)",
        licence="GPL-3.0-or-later WITH GCC-exception-3.1",
        stated="LICENSES_bundled.txt in pillow-heif's metadata",
        version="path",
        found=r"-(\d+)-",
    ),
    Bundled(
        files=re.compile(r"libwinpthread-\d"),
        name="winpthreads",
        licence="MIT AND BSD-3-Clause",
        stated="LICENSES_bundled.txt in pillow-heif's metadata",
        version="path",
        found=r"-(\d+)-",
    ),
    Bundled(
        files=re.compile(r"numpy(\.libs|/\.dylibs)/libscipy_openblas"),
        name="OpenBLAS, with LAPACK",
        licence="BSD-3-Clause AND BSD-3-Clause-Open-MPI",
        stated="LICENSE.txt in NumPy's metadata",
        version="content",
        found=r"OpenBLAS (\d+\.\d+\.\d+)",
    ),
    Bundled(
        files=re.compile(r"numpy(\.libs|/\.dylibs)/libgfortran[-.]"),
        name="GCC runtime library (libgfortran)",
        licence="GPL-3.0-or-later WITH GCC-exception-3.1",
        stated="LICENSE.txt in NumPy's metadata",
        version="path",
        found=r"\.so\.(\d+\.\d+\.\d+)$",
    ),
    Bundled(
        files=re.compile(r"numpy(\.libs|/\.dylibs)/libquadmath[-.]"),
        name="libquadmath",
        licence="LGPL-2.1-or-later",
        stated="LICENSE.txt in NumPy's metadata",
        version="path",
        found=r"\.so\.(\d+\.\d+\.\d+)$",
        texts=("LGPL-2.1",),
        source="https://gcc.gnu.org/",
    ),
    Bundled(
        files=re.compile(r"PySide6/(Qt/lib/)?(lib)?icu(data|i18n|uc|dt|in)"),
        name="ICU",
        licence="Unicode-DFS-2016",
        stated="https://doc.qt.io/qt-6/licenses-used-in-qt.html",
        version="path",
        found=r"\.so\.(\d+)",
        texts=("Unicode-DFS-2016",),
    ),
    Bundled(
        files=re.compile(
            r"PySide6/(Qt/(lib|plugins)/|plugins/|(lib)?Qt6\w+\.(dll|so|dylib)|Qt\w+\.framework)"
        ),
        name="Qt",
        licence="LGPL-3.0-only",
        stated="offered as LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only; what Qt itself takes "
        "from others is listed in https://doc.qt.io/qt-6/licenses-used-in-qt.html",
        version="content",
        found=r"Qt (6\.\d+\.\d+) \(",
        texts=(*_LGPL, "qt-third-party"),
        source=_QT_SOURCE,
    ),
)
"""The first whose pattern matches counts."""
