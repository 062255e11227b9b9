"""What may be in the frozen program: each rule at work on names as PyInstaller gives them."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from release import contents
from release.contents import (
    ContentsError,
    File,
    check,
    excluded_modules,
    files_in,
    is_dropped,
    is_forbidden,
    summary,
)
from release.flavours import ROOT

WITHOUT = """
import sys

class Excluded:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in excluded:
            raise ModuleNotFoundError(f"{name} is excluded from the frozen program", name=name)

excluded = set(sys.argv[1].split())
for name in excluded & set(sys.modules):
    del sys.modules[name]
sys.meta_path.insert(0, Excluded())
"""
"""Begins a program whose Python lacks some modules, as a frozen one does."""
ON_WINDOWS_ALONE = {"desktop_app/first_process/named_pipe.py"}
"""Imported behind a question for the platform."""


def file(path: str, size: int = 1) -> File:
    return File(PurePosixPath(path), size)


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/plugins/tls/libqopensslbackend.so",
        "PySide6/Qt/lib/libQt6Network.so.6",
        "libQt6EglFsKmsSupport.so.6",
        "PySide6/QtNetwork.abi3.so",
        "PySide6\\plugins\\tls\\qopensslbackend.dll",
        "libgtk-3.so.0",
        "libgdk-3.so.0",
        "libatspi.so.0",
        "libXi.so.6",
        "libglib-2.0.so.0",
        "libstdc++.so.6",
        "libwayland-client.so.0",
        "libcudart.so.13",
        "libcudnn_graph.so.9",
        "libcublasLt.so.13",
        "cublas64_13.dll",
        "nvidia/cudnn/lib/libcudnn.so.9",
        "onnxruntime/capi/libonnxruntime_providers_tensorrt.so",
        "numpy/_core/include/numpy/arrayobject.h",
        "cmap/_colormap.py",
        "cmap/__pyinstaller/conftest.py",
    ],
)
def test_what_the_program_does_not_need_is_left_out(name: str) -> None:
    assert is_dropped(name)


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "PySide6/Qt/plugins/imageformats/libqsvg.so",
        "PySide6/Qt/lib/libQt6DBus.so.6",
        "libxcb-cursor.so.0",
        "libxkbcommon-x11.so.0",
        "libcrypto.so.3",
        "onnxruntime/capi/libonnxruntime_providers_shared.so",
        "onnxruntime/capi/libonnxruntime_providers_cuda.so",
        "numpy.libs/libscipy_openblas64_-32a4b2a6.so",
        "pillow.libs/libpng16-1d1ba958.so.16.58.0",
        "cmap/data/matlab/record.json",
        "resources/models/everyday.onnx",
        "resources/licences/Inter.txt",
    ],
)
def test_what_the_program_needs_stays_and_is_allowed(name: str) -> None:
    assert not is_dropped(name)
    assert not is_forbidden(name)


@pytest.mark.parametrize(
    "name",
    [
        "torch/lib/libtorch_cpu.so",
        "torch-2.13.0.dist-info/METADATA",
        "PyInstaller/loader/pyimod01_archive",
        "matplotlib/mpl-data/matplotlibrc",
        "PySide6/Qt/lib/libQt6Qml.so.6",
        "PySide6/QtWebEngineCore.abi3.so",
        "libcudnn.so.9",
        "libgtk-4.so.1",
        "model_export/train",
        "resources/packaging/residual-lens.desktop",
    ],
)
def test_what_slips_in_all_the_same_ends_the_build(name: str) -> None:
    with pytest.raises(ContentsError, match="slipped in"):
        check([file(f"_internal/{name}")], [], limit_mb=1)


def test_a_forbidden_module_in_the_archive_ends_the_build() -> None:
    with pytest.raises(ContentsError, match=r"torch\.nn"):
        check([], ["desktop_app.core", "torch.nn.functional"], limit_mb=1)


def test_the_limit_does_not_count_the_models() -> None:
    model = file("_internal/resources/models/everyday.onnx", 5 * contents.MB)
    check([model, file("residual-lens", contents.MB)], ["desktop_app"], limit_mb=1)
    with pytest.raises(ContentsError, match=r"2\.0 MB without its models; the limit is 1 MB"):
        check([model, file("residual-lens", 2 * contents.MB)], [], limit_mb=1)


def test_files_are_listed_by_size_and_links_counted_once(tmp_path: Path) -> None:
    (tmp_path / "_internal").mkdir()
    (tmp_path / "_internal" / "large.so").write_bytes(b"x" * 300)
    (tmp_path / "program").write_bytes(b"x" * 10)
    (tmp_path / "large-again.so").symlink_to("_internal/large.so")
    found = files_in(tmp_path)
    assert [(str(entry.path), entry.size) for entry in found] == [
        ("_internal/large.so", 300),
        ("program", 10),
    ]


def test_the_summary_names_the_twenty_largest_and_the_sum() -> None:
    files = [file(f"_internal/lib{number}.so", (30 - number) * contents.MB) for number in range(30)]
    lines = list(summary(files, limit_mb=500))
    assert len(lines) == contents.SHOWN + 1
    assert lines[0] == "    30.0 MB  _internal/lib0.so"
    assert lines[-1].startswith("   465.0 MB  in 30 files, limit 500 MB")


def imports_of(file: Path) -> Iterator[str]:
    """Dotted names of all that ``file`` imports, also late and for types alone."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_nothing_that_the_program_imports_is_excluded(platform: str) -> None:
    excluded = excluded_modules(platform)
    found = [
        f"{path}: {name}"
        for file in sorted((ROOT / "desktop_app").rglob("*.py"))
        if (path := file.relative_to(ROOT).as_posix()) not in ON_WINDOWS_ALONE
        or platform == "win32"
        for name in imports_of(file)
        if any(name == module or name.startswith(f"{module}.") for module in excluded)
    ]
    assert found == []


def test_the_meeting_place_of_windows_can_be_imported_there() -> None:
    excluded = " ".join(name for name in excluded_modules("win32") if "." not in name)
    # PyInstaller's own hook for multiprocessing imports its "spawn" at every start.
    program = f"{WITHOUT}import multiprocessing.spawn, desktop_app.first_process.named_pipe"
    subprocess.run([sys.executable, "-c", program, excluded], check=True, cwd=ROOT)
