"""What desktops are told of the program is what the program does."""

import gzip
import re
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ET
from collections import defaultdict
from configparser import RawConfigParser
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtGui", reason="Qt cannot be loaded", exc_type=ImportError)

from release.file_types import MODEL_TYPE, NAMELESS, PICTURE_TYPES, VIEW_TYPE
from release.flavours import ROOT
from release.icons import SIZES
from release.linux_data import DATA, add_desktop_data

import desktop_app
from desktop_app.__main__ import COMMANDS, main
from desktop_app.core.decoding import readable_suffixes

SYSTEM_TYPES = Path("/usr/share/mime")
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("usr")
    add_desktop_data(prefix, version=desktop_app.__version__, epoch=1_700_000_000)
    return prefix / "share"


@pytest.fixture
def entry(share: Path) -> RawConfigParser:
    parser = RawConfigParser(delimiters="=")
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(share / "applications" / "residual-lens.desktop", "utf-8")
    return parser


def test_every_kind_of_picture_that_the_program_opens_has_a_type() -> None:
    named = [suffix for suffixes in PICTURE_TYPES.values() for suffix in suffixes]
    assert len(named) == len(set(named))
    assert not NAMELESS & set(named)
    assert set(named) | NAMELESS == readable_suffixes()


def test_the_entry_offers_the_program_for_pictures_models_and_views(entry: RawConfigParser) -> None:
    value = entry["Desktop Entry"]["MimeType"]
    assert value.endswith(";")
    assert set(value.split(";")) - {""} == {MODEL_TYPE, VIEW_TYPE, *PICTURE_TYPES}
    assert "inode/directory" not in value  # it would become somebody's file manager


@pytest.mark.skipif(not (SYSTEM_TYPES / "globs2").exists(), reason="no shared-mime-info")
def test_the_desktops_list_of_types_or_our_addition_knows_every_ending() -> None:
    known = defaultdict(set)
    for line in (SYSTEM_TYPES / "globs2").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            _, name, pattern, *_ = line.split(":")
            known[pattern].add(name)
    aliases = dict(
        line.split() for line in (SYSTEM_TYPES / "aliases").read_text("utf-8").splitlines()
    )
    for element in ET.parse(DATA / "residual-lens.xml").getroot():  # noqa: S314 - our own
        for glob in element.iter(f"{MIME}glob"):
            known[glob.attrib["pattern"]].add(element.attrib["type"])
    assert known["*.onnx"] == {MODEL_TYPE}
    assert known["*.lensview"] == {VIEW_TYPE}
    unknown = [
        (suffix, name)
        for name, suffixes in PICTURE_TYPES.items()
        for suffix in suffixes
        if not {name, aliases.get(name)} & known[f"*{suffix}"]
    ]
    assert unknown == []


def test_windows_belong_to_the_entry(entry: RawConfigParser) -> None:
    app = (ROOT / "desktop_app" / "app.py").read_text("utf-8")
    (name,) = re.findall(r'setDesktopFileName\("([^"]+)"\)', app)
    assert (DATA / f"{name}.desktop").exists()
    section = entry["Desktop Entry"]
    assert section["StartupWMClass"] == section["Icon"] == name
    assert section["Exec"] == "residual-lens %F"


def test_an_action_of_the_entry_is_a_call_that_the_program_knows(
    entry: RawConfigParser, capsys: pytest.CaptureFixture[str]
) -> None:
    _, option = entry["Desktop Action new-window"]["Exec"].split()
    with pytest.raises(SystemExit):
        main(["--help"])
    assert option in capsys.readouterr().out


def test_the_metadata_tells_the_programs_version(share: Path, entry: RawConfigParser) -> None:
    root = ET.parse(share / "metainfo" / "residual-lens.metainfo.xml").getroot()  # noqa: S314
    release = root.find("releases/release")
    assert release is not None
    assert release.attrib == {"version": desktop_app.__version__, "date": "2023-11-14"}
    assert root.findtext("launchable") == "residual-lens.desktop"
    assert root.findtext("name") == entry["Desktop Entry"]["Name"]
    assert root.findtext("summary") == entry["Desktop Entry"]["Comment"]


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS)])
def test_the_manual_explains_every_option(
    share: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    page = gzip.decompress((share / "man" / "man1" / "residual-lens.1.gz").read_bytes()).decode()
    manual = page.replace("\\-", "-")
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    assert [option for option in sorted(options) if option not in manual] == []
    assert all(f".B {word}\n" in manual for word in words)
    assert f"Residual Lens {desktop_app.__version__}" in manual


def test_icons_are_as_large_as_their_folders_say(share: Path) -> None:
    for size in SIZES:
        path = share / "icons" / "hicolor" / f"{size}x{size}" / "apps" / "residual-lens.png"
        head = path.read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        assert struct.unpack(">II", head[16:]) == (size, size)
    assert (share / "icons" / "hicolor" / "scalable" / "apps" / "residual-lens.svg").exists()


def test_nothing_is_left_to_fill_in(share: Path) -> None:
    for path in share.rglob("*"):
        if path.suffix in {".desktop", ".xml"}:
            assert not re.search(r"@[A-Z_]+@", path.read_text("utf-8")), path


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["desktop-file-validate"], "applications/residual-lens.desktop"),
        (["appstreamcli", "validate", "--no-net"], "metainfo/residual-lens.metainfo.xml"),
    ],
)
def test_the_standards_own_checkers_are_content(share: Path, command: list[str], name: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    told = subprocess.run([*command, share / name], check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
