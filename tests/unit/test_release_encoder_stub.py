"""x265 is left out of the frozen program, and HEIC pictures open all the same."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from release import encoder_stub
from release.encoder_stub import (
    EncoderError,
    functions,
    holds_encoder,
    is_stand_in,
    without_encoder,
)

MINGW = "x86_64-w64-mingw32-gcc"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("gcc") or not shutil.which("nm"),
    reason="needs Linux with gcc and binutils",
)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A copy of the installed pillow-heif, to be changed."""
    spec = importlib.util.find_spec("pillow_heif")
    assert spec is not None
    assert spec.origin is not None
    site = Path(spec.origin).parent.parent
    for name in ("pillow_heif", "pillow_heif.libs"):
        shutil.copytree(site / name, tmp_path / name)
    for extension in site.glob("_pillow_heif*.so"):
        shutil.copy(extension, tmp_path)
    return tmp_path


def found_in(wheel: Path) -> list[encoder_stub.Entry]:
    libraries = sorted((wheel / "pillow_heif.libs").iterdir())
    return [
        *((f"pillow_heif.libs/{path.name}", str(path), "BINARY") for path in libraries),
        *((path.name, f"pillow_heif.libs/{path.name}", "SYMLINK") for path in libraries),
    ]


def test_the_stand_in_takes_the_place_of_x265_alone(wheel: Path) -> None:
    before = found_in(wheel)
    after = without_encoder(before, wheel / "work")
    assert [entry[0] for entry in after] == [entry[0] for entry in before]
    ((old, new),) = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert "libx265" in old[0]
    assert old[2] == new[2]
    assert is_stand_in(Path(new[1]))
    assert not is_stand_in(Path(old[1]))
    assert holds_encoder(Path(old[1]))
    assert not holds_encoder(Path(new[1]))
    assert Path(new[1]).stat().st_size < 20_000


def test_heic_pictures_open_without_x265_and_saving_them_is_refused(wheel: Path) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    picture = Image.new("RGB", (32, 24), (200, 40, 90))
    picture.save(wheel / "seen.heic")
    for name, origin, kind in without_encoder(found_in(wheel), wheel / "work"):
        if "libx265" in name and kind != "SYMLINK":
            shutil.copy(origin, wheel / name)
    program = (
        "import sys, pillow_heif; from PIL import Image\n"
        "pillow_heif.register_heif_opener()\n"
        "print(pillow_heif.__file__)\n"
        "image = Image.open(sys.argv[1]); print(image.size, image.getpixel((5, 5))[0] > 150)\n"
        "try: image.save(sys.argv[1] + '.heic')\n"
        "except Exception as error: print('refused', type(error).__name__)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(wheel / "seen.heic")],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(wheel)},
    ).stdout.splitlines()
    assert said == [str(wheel / "pillow_heif/__init__.py"), "(32, 24) True", "refused RuntimeError"]


def test_every_function_that_libheif_asks_for_is_there(wheel: Path) -> None:
    (libheif,) = (wheel / "pillow_heif.libs").glob("libheif*")
    wanted = functions(libheif)
    assert wanted
    encoder_stub.build(wanted, wheel / "stub.so")
    exported = subprocess.run(
        ["nm", "-D", "--defined-only", str(wheel / "stub.so")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert sorted(line.split()[-1] for line in exported.splitlines()) == wanted


def test_the_stand_in_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        encoder_stub.build(["x265_cleanup"], tmp_path / folder / "libx265.so")
    one, two = (tmp_path / folder / "libx265.so" for folder in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.skipif(not shutil.which(MINGW), reason=f"needs {MINGW}")
def test_the_stand_in_of_windows_is_a_library_with_the_functions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("release.encoder_stub.sys.platform", "win32")
    made = tmp_path / "libx265-217-27.dll"
    encoder_stub.build(["x265_api_get_217", "x265_cleanup"], made, compiler=MINGW)
    assert made.read_bytes()[:2] == b"MZ"
    assert is_stand_in(made)
    shown = subprocess.run(
        ["x86_64-w64-mingw32-objdump", "-p", str(made)], check=True, capture_output=True, text=True
    ).stdout
    table = shown[shown.index("[Ordinal/Name Pointer] Table") :]
    assert "x265_api_get_217" in table
    assert "x265_cleanup" in table


def test_a_program_without_x265_is_left_alone(tmp_path: Path) -> None:
    entries = [("libz.so.1", "/lib/libz.so.1", "BINARY")]
    assert without_encoder(entries, tmp_path) == entries


def test_x265_on_another_platform_ends_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("release.encoder_stub.sys.platform", "darwin")
    with pytest.raises(EncoderError, match=r"libx265\.217\.dylib is under the GPL"):
        without_encoder([("pillow_heif/.dylibs/libx265.217.dylib", "x", "BINARY")], tmp_path)


def test_x265_with_no_libheif_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="one libheif were expected"):
        without_encoder([("libx265.so.1", "x", "BINARY")], tmp_path)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ([], "asks x265 for nothing"),
        (["x265_api_get_217", "x265_version_str"], "asks for x265_version_str"),
        (["x265_cleanup", "x265_param_alloc"], "asks for x265_param_alloc"),
    ],
)
def test_a_stand_in_of_which_nobody_knows_that_it_will_do_ends_the_build(
    asked: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_stub, "functions", lambda _libheif: asked)
    entries = [("libx265.so.1", "x", "BINARY"), ("libheif.so.1", "y", "BINARY")]
    with pytest.raises(EncoderError, match=why):
        without_encoder(entries, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_libraries_of_another_name_are_looked_into(wheel: Path) -> None:
    found = {
        library.name.partition("-")[0]: holds_encoder(library)
        for library in (wheel / "pillow_heif.libs").iterdir()
    }
    assert found == {"libde265": False, "libheif": False, "libx265": True}
    (wheel / "empty").touch()
    assert not holds_encoder(wheel / "empty")
