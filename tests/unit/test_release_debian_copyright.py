"""The copyright file: every file's owner is named, in the form that machines read."""

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import pytest
from release.debian_copyright import copyright_file
from release.flavours import ROOT

from tests.small_program import SmallProgram

PLACE = PurePosixPath("usr/lib/residual-lens")
LICENCE = (ROOT / "LICENSE").read_text("utf-8")


@pytest.fixture
def small(tmp_path: Path) -> SmallProgram:
    program = SmallProgram(tmp_path)
    program.install("colours", {"colours/a.so": b"1", "colours/maps/b.json": b"2"})
    program.install("shapes", {"shared/c.so": b"3"}, licence="BSD-3-Clause AND MIT")
    program.install("sizes", {"shared/d.so": b"4"}, licence="Apache-2.0")
    notice = program.site / "sizes-1.2.dist-info" / "licenses" / "LICENSE"
    notice.write_text("Sizes\n  * Copyright (c) 2019-2024  Somebody <s@example.org>\n")
    model = ROOT / "resources/models/everyday.onnx"
    program.collect("resources/models/everyday.onnx", model, content=b"weights")
    return program


def text_of(small: SmallProgram) -> str:
    return copyright_file(small.inventory(), program=PLACE, licence=LICENCE)


def paragraphs(text: str) -> list[dict[str, str]]:
    """Fields of each paragraph, lines of a field joined by newlines."""
    found = []
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith(" "):
                fields[name] += "\n" + line[1:]
            else:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        found.append(fields)
    return found


def owner(text: str, path: str) -> dict[str, str]:
    """The last paragraph whose patterns match, as DEP-5 has it."""
    return [
        fields
        for fields in paragraphs(text)
        if any(fnmatchcase(f"{PLACE}/{path}", p) for p in fields.get("Files", "").split())
    ][-1]


def test_every_file_has_its_owner(small: SmallProgram) -> None:
    text = text_of(small)
    told = {
        "_internal/colours/a.so": ("colours 1.2", "MIT"),
        "_internal/colours/maps/b.json": ("colours 1.2", "MIT"),
        "_internal/shared/c.so": ("shapes 1.2", "BSD-3-Clause and MIT"),
        "_internal/shared/d.so": ("sizes 1.2", "Apache-2.0"),
    }
    for path, (name, licence) in told.items():
        fields = owner(text, path)
        assert fields["Comment"] == name
        assert fields["License"].splitlines()[0] == licence
    assert owner(text, "residual-lens")["License"].startswith("MIT\nMIT License")


def test_a_folder_of_one_owner_is_one_line(small: SmallProgram) -> None:
    assert f"Files: {PLACE}/_internal/colours/*\n" in text_of(small)
    assert f"{PLACE}/_internal/shared/*" not in text_of(small)


def test_notices_come_from_the_licence_texts(small: SmallProgram) -> None:
    text = text_of(small)
    told = owner(text, "_internal/shared/d.so")["Copyright"]
    assert told == "2019-2024 Somebody <s@example.org>"
    assert owner(text, "_internal/shared/c.so")["Copyright"] == "the authors of shapes"


def test_every_licence_is_explained_once(small: SmallProgram) -> None:
    text = text_of(small)
    explained = [
        fields["License"].splitlines()[0]
        for fields in paragraphs(text)
        if "Files" not in fields
        if "License" in fields
    ]
    assert sorted(explained) == sorted(set(explained))
    assert {"BSD-3-Clause", "Apache-2.0"} <= set(explained)
    assert "/usr/share/common-licenses/Apache-2.0" in text


def test_what_is_not_free_is_said_at_the_top(small: SmallProgram) -> None:
    header, *_ = paragraphs(text_of(small))
    assert "non-commercial research and education only" in header["Comment"].replace("\n", " ")
    fields = owner(text_of(small), "_internal/resources/models/everyday.onnx")
    assert fields["License"].startswith("other-everyday.onnx\nNon-commercial")
