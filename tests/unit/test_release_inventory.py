"""Every file of the frozen program is somebody's, or the build ends."""

import re
import shutil
from pathlib import Path

import pytest
from release import licences, system_libraries
from release.bundled_libraries import BUNDLED
from release.encoder_stub import MARK, SIGN
from release.flavours import ROOT
from release.inventory import Inventory
from release.licences import is_denied
from release.parts import Licence, UnaccountedError
from release.resource_licences import RESOURCES

from tests.small_program import SmallProgram

ZLIB = Path("/lib/x86_64-linux-gnu/libz.so.1")
needs_debian = pytest.mark.skipif(
    not shutil.which("dpkg-query") or not ZLIB.exists(), reason="needs Debian's zlib1g"
)


@pytest.fixture
def small(tmp_path: Path) -> SmallProgram:
    return SmallProgram(tmp_path)


def holders(inventory: Inventory) -> dict[str, list[str]]:
    shares = (inventory.own, *inventory.others)
    return {share.part.name: [str(path) for path in share.files] for share in shares}


def test_each_file_is_its_distributions(small: SmallProgram) -> None:
    small.install("colours", {"colours/core.so": b"1", "colours/map.json": b"2"})
    small.install("figures", {"figures.py": b"3"})
    small.modules["colours"] = small.site / "colours/core.so"
    inventory = small.inventory()
    assert holders(inventory) == {
        "residual-lens": ["residual-lens"],
        "colours": ["_internal/colours/core.so", "_internal/colours/map.json"],
        "figures": ["_internal/figures.py"],
        "Python": [],
    }
    assert {share.part.name: share.modules for share in inventory.others} == {
        "colours": 1,
        "figures": 0,
        "Python": 1,
    }


def test_the_modules_that_pyside_brings_for_itself_are_shibokens(small: SmallProgram) -> None:
    small.install("shiboken6", {"shiboken6/__init__.py": b"1"})
    compiled = small.work / "qt-support" / "loader.pyc"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(b"2")
    small.collect("shiboken6/files.dir/loader.pyc", compiled)
    assert holders(small.inventory())["shiboken6"] == [
        "_internal/shiboken6/__init__.py",
        "_internal/shiboken6/files.dir/loader.pyc",
    ]


def test_a_distribution_of_which_nothing_is_inside_is_not_listed(small: SmallProgram) -> None:
    small.install("colours", {"colours/core.so": b"1"})
    del small.files["colours/core.so"]
    (small.program / "_internal/colours/core.so").unlink()
    assert "colours" not in holders(small.inventory())


def test_a_file_that_pyinstaller_did_not_put_there_is_named(small: SmallProgram) -> None:
    (small.program / "_internal" / "planted.so").write_bytes(b"x")
    with pytest.raises(UnaccountedError, match=r"_internal/planted\.so: PyInstaller did not put"):
        small.inventory()


def test_a_file_of_no_distribution_is_named(small: SmallProgram) -> None:
    (small.site / "stray.so").write_bytes(b"x")
    small.collect("stray.so", small.site / "stray.so")
    with pytest.raises(UnaccountedError, match=r"stray\.so in site-packages belongs to no"):
        small.inventory()


def test_all_faults_are_named_at_once(small: SmallProgram) -> None:
    for name in ("one", "two"):
        (small.program / "_internal" / name).write_bytes(b"x")
    with pytest.raises(UnaccountedError, match=r"(?s)_internal/one: .*_internal/two: "):
        small.inventory()


def test_a_link_that_leaves_the_program_is_named(small: SmallProgram) -> None:
    (small.program / "_internal" / "libm.so").symlink_to("/etc/hostname")
    with pytest.raises(UnaccountedError, match=r"_internal/libm\.so"):
        small.inventory()


def test_a_link_within_the_program_counts_with_its_file(small: SmallProgram) -> None:
    small.install("colours", {"colours/core.so": b"1"})
    (small.program / "_internal" / "core.so").symlink_to("colours/core.so")
    assert holders(small.inventory())["colours"] == ["_internal/colours/core.so"]


def test_a_file_of_an_unknown_place_is_named(small: SmallProgram, tmp_path: Path) -> None:
    (tmp_path / "somewhere.so").write_bytes(b"x")
    small.collect("somewhere.so", tmp_path / "somewhere.so")
    with pytest.raises(UnaccountedError, match=r"somewhere\.so, which belongs to no package"):
        small.inventory()


def test_a_module_of_an_unknown_place_is_named(small: SmallProgram, tmp_path: Path) -> None:
    small.modules["stranger"] = tmp_path / "stranger.py"
    with pytest.raises(UnaccountedError, match="module stranger: "):
        small.inventory()


def test_a_library_that_a_wheel_brings_is_somebody_elses(small: SmallProgram) -> None:
    png = b"... libpng version 1.6.58 ..."
    small.install("pillow", {"PIL/core.so": b"1", "pillow.libs/libpng16-1d1b.so.16.58.0": png})
    (found,) = [s.part for s in small.inventory().others if s.part.name == "libpng"]
    assert (found.version, found.licence.term) == ("1.6.58", "libpng-2.0")


@pytest.mark.parametrize(
    "path", ["pillow.libs/libnew-1d1b.so.1", "PIL/.dylibs/libnew.1.dylib", "libnew-1d1b.dll"]
)
def test_an_unknown_library_in_a_wheel_is_named(small: SmallProgram, path: str) -> None:
    small.install("pillow", {path: b"x"})
    with pytest.raises(UnaccountedError, match=r"libnew.*bundled_libraries\.py"):
        small.inventory()


@pytest.mark.parametrize(
    "path",
    [
        "pillow_heif.libs/libheif-e7.so.1.23.6",
        "pillow_heif/.dylibs/libheif.1.23.6.dylib",
        "libheif-18c57b.dll",
    ],
)
def test_libheif_is_known_on_every_platform(small: SmallProgram, path: str) -> None:
    small.install("pillow_heif", {path: b"x"})
    assert holders(small.inventory())["libheif"] == [f"_internal/{path}"]


def test_x265_ends_the_build_and_its_stand_in_does_not(small: SmallProgram) -> None:
    path = "pillow_heif.libs/libx265-48.so.217"
    small.install("pillow_heif", {path: b"the encoder"})
    with pytest.raises(UnaccountedError, match=r"libx265.*x265 is under GPL-2\.0-or-later"):
        small.inventory()
    # As build.spec does it: another origin. The file decides, not what the records say of it.
    stand_in = small.folder / "stand-ins" / "libx265-48.so.217"
    stand_in.parent.mkdir()
    stand_in.write_bytes(b"ELF " + MARK)
    small.collect(path, stand_in)
    assert f"_internal/{path}" in holders(small.inventory())["residual-lens"]
    small.collect(path, stand_in, content=b"the encoder")
    with pytest.raises(UnaccountedError, match=r"libx265.*x265 is under GPL-2\.0-or-later"):
        small.inventory()


def test_x265_within_a_library_of_another_name_ends_the_build(small: SmallProgram) -> None:
    libheif = "pillow_heif.libs/libheif-e7.so.1.23.6"
    small.install("pillow_heif", {libheif: b"linked together: " + SIGN})
    with pytest.raises(UnaccountedError, match=r"libheif.*x265 is under GPL-2\.0-or-later"):
        small.inventory()


def test_a_distribution_that_would_bind_the_whole_program_ends_the_build(
    small: SmallProgram,
) -> None:
    small.install("bound", {"bound.so": b"x"}, licence="GPL-3.0-only")
    with pytest.raises(UnaccountedError, match=r"_internal/bound\.so: bound is under GPL-3\.0"):
        small.inventory()


def test_a_distribution_without_an_expression_has_to_be_looked_at(small: SmallProgram) -> None:
    small.install("colours", {"colours.py": b""}, licence="do what you like")
    with pytest.raises(UnaccountedError, match=r"'do what you like'.*\.ci/release/licences\.py"):
        small.inventory()


def test_a_distribution_without_a_text_has_to_be_looked_at(small: SmallProgram) -> None:
    small.install("colours", {"colours.py": b""})
    record = small.site / "colours-1.2.dist-info" / "RECORD"
    record.write_text("colours.py,,\ncolours-1.2.dist-info/METADATA,,\n")
    with pytest.raises(UnaccountedError, match="colours brings no licence text"):
        small.inventory()


def test_our_resources_have_the_licences_that_lie_beside_them(small: SmallProgram) -> None:
    for path in ("models/everyday.onnx", "icons/close.svg", "fonts/Inter-Regular.otf"):
        small.collect(f"resources/{path}", ROOT / "resources" / path)
    inventory = small.inventory()
    parts = {share.part.name: share.part for share in inventory.others}
    model = parts["everyday.onnx (everyday things)"]
    assert "Non-commercial" in model.licence.term
    assert not model.licence.is_spdx
    assert model.texts == ((ROOT / "resources/licences/everyday.txt").read_text("utf-8"),)
    assert parts["Inter"].licence.term == "OFL-1.1"
    assert parts["Inter"].version.startswith(("3.", "4."))
    assert "_internal/resources/icons/close.svg" in holders(inventory)["residual-lens"]


@pytest.mark.parametrize("path", ["models/new.onnx", "translations/new.qm"])
def test_a_resource_that_nobody_named_is_named(small: SmallProgram, path: str) -> None:
    small.collect(f"resources/{path}", ROOT / "resources" / path, content=b"x")
    with pytest.raises(UnaccountedError, match=rf"{re.escape(path)}: .*resource_licences\.py"):
        small.inventory()


def test_all_of_the_checkouts_resources_are_named(small: SmallProgram) -> None:
    for path in sorted((ROOT / "resources").rglob("*")):
        inner = path.relative_to(ROOT)
        if path.is_file() and not inner.is_relative_to("resources/packaging"):
            font = path.read_bytes() if path.suffix == ".otf" else b"x"
            small.collect(inner.as_posix(), path, content=font)
    small.inventory()


@needs_debian
def test_a_system_library_is_its_debian_packages(small: SmallProgram) -> None:
    small.collect("libz.so.1", ZLIB)
    (part,) = [s.part for s in small.inventory().others if s.part.name == "zlib1g"]
    assert part.licence.term == "Zlib"
    assert part.purl.startswith("pkg:deb/debian/zlib1g?arch=")
    assert "Mark Adler" in part.texts[0]


@needs_debian
def test_a_system_library_of_unknown_licence_is_named(
    small: SmallProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_libraries, "SYSTEM_LIBRARIES", {})
    small.collect("libz.so.1", ZLIB)
    with pytest.raises(UnaccountedError, match="source package zlib is inside"):
        small.inventory()


def test_where_there_is_no_debian_a_system_library_is_named(
    small: SmallProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "vcomp140.dll").write_bytes(b"x")
    small.collect("vcomp140.dll", tmp_path / "vcomp140.dll")
    with pytest.raises(UnaccountedError, match=r"vcomp140\.dll: .*belongs to no package"):
        small.inventory()


@pytest.mark.parametrize(
    "term",
    ["GPL-2.0-or-later", "GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-only", "GPL-2.0"],
)
def test_licences_that_bind_the_whole_program_are_refused(term: str) -> None:
    assert is_denied(Licence(term=term))


@pytest.mark.parametrize(
    "term",
    [
        "LGPL-3.0-only",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        "(GPL-2.0-or-later WITH Bootloader-exception) AND Apache-2.0",
        "MIT AND X11",
    ],
)
def test_licences_that_do_not_are_allowed(term: str) -> None:
    assert not is_denied(Licence(term=term))


@pytest.mark.parametrize(
    "term",
    sorted(
        {each.term for each in licences.DISTRIBUTIONS.values()}
        | set(licences.SYSTEM_LIBRARIES.values())
        | {each.licence for each in BUNDLED}
        | {each.licence.term for each in RESOURCES if each.licence.is_spdx}
    ),
)
def test_what_is_said_by_hand_are_expressions_of_spdx(term: str) -> None:
    assert licences.is_expression(term)


def test_every_text_that_is_named_is_there() -> None:
    named = {name for each in BUNDLED for name in each.texts}
    named |= {name for names in licences.COMMON_TEXTS.values() for name in names}
    assert named == {path.stem for path in licences.TEXTS.glob("*.txt")}
