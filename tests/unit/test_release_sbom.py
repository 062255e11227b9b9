"""The list of what is inside: valid CycloneDX, complete, the same bytes each time."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from release import sbom
from release.flavours import ROOT
from release.notices import notices, write_notices
from release.sbom import SbomError, list_of_contents

from tests.small_program import LICENCE, SmallProgram


@pytest.fixture
def small(tmp_path: Path) -> SmallProgram:
    program = SmallProgram(tmp_path)
    program.install("colours", {"colours/core.so": b"1", "colours/map.json": b"2"})
    program.install(
        "pillow_heif",
        {"pillow_heif.libs/libheif-e7.so.1.23.6": b"heif"},
        licence="BSD-3-Clause",
    )
    model = ROOT / "resources/models/everyday.onnx"
    program.collect("resources/models/everyday.onnx", model, content=b"weights")
    return program


def text_of(small: SmallProgram) -> str:
    return list_of_contents(small.inventory(), small.program, flavour="cpu", epoch=1_700_000_000)


def components(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    listed = [document["metadata"]["component"], *document["components"]]
    return {component["name"]: component for component in listed}


def test_it_keeps_to_the_schema(small: SmallProgram) -> None:
    text = text_of(small)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert json.loads(text)["specVersion"] == "1.6"


def test_every_file_is_listed_with_its_digest(small: SmallProgram) -> None:
    listed = {
        file["name"]: file["hashes"][0]["content"]
        for component in components(json.loads(text_of(small))).values()
        for file in component.get("components", ())
    }
    there = {
        path.relative_to(small.program).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in small.program.rglob("*")
        if path.is_file()
    }
    assert listed == there


def test_every_work_has_version_licence_and_package_url(small: SmallProgram) -> None:
    found = components(json.loads(text_of(small)))
    assert set(found) == {
        "residual-lens",
        "colours",
        "libheif",
        "Python",
        "everyday.onnx (everyday things)",
    }
    colours = found["colours"]
    assert (colours["version"], colours["purl"]) == ("1.2", "pkg:pypi/colours@1.2")
    assert colours["licenses"] == [{"expression": "MIT"}]
    assert all(component["licenses"] for component in found.values())


def test_the_everyday_model_is_listed_as_not_for_commerce(small: SmallProgram) -> None:
    model = components(json.loads(text_of(small)))["everyday.onnx (everyday things)"]
    assert model["type"] == "machine-learning-model"
    assert "Non-commercial" in model["licenses"][0]["license"]["name"]


def test_the_same_program_gives_the_same_bytes(small: SmallProgram) -> None:
    assert text_of(small) == text_of(small)


def test_another_byte_in_one_file_gives_another_serial_number(small: SmallProgram) -> None:
    before = json.loads(text_of(small))
    (small.program / "_internal/colours/core.so").write_bytes(b"changed")
    after = json.loads(text_of(small))
    assert before["serialNumber"] != after["serialNumber"]
    assert components(before)["colours"]["hashes"] != components(after)["colours"]["hashes"]


def test_what_the_schema_refuses_is_not_written(
    small: SmallProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sbom, "_text", lambda _bom: '{"bomFormat": "CycloneDX"}')
    with pytest.raises(SbomError, match=r"not CycloneDX 1\.6"):
        text_of(small)


def test_the_notices_hold_every_text_once_and_name_its_works(small: SmallProgram) -> None:
    small.install("figures", {"figures.py": b"3"})
    for name in ("colours", "figures"):
        (small.site / f"{name}-1.2.dist-info" / "licenses" / "LICENSE").write_text(LICENCE)
    text = "\n".join(notices(small.inventory()))
    assert text.count(LICENCE) == 2  # shared by the two; pillow_heif's own differs
    assert f"colours; figures\n{'=' * 80}\n\n{LICENCE}" in text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert (ROOT / "resources/licences/everyday.txt").read_text("utf-8").splitlines()[0] in text


def test_the_notices_say_what_the_lgpl_asks_to_be_told(small: SmallProgram) -> None:
    text = "\n".join(notices(small.inventory()))
    head = text[: text.index("What is inside")]
    assert "https://github.com/strukturag/libheif\n      _internal/pillow_heif.libs" in head
    assert "colours" not in head
    assert "Non-commercial research and education only" in head


def test_the_notices_are_the_programs_own_file(small: SmallProgram) -> None:
    path = small.program / "_internal" / "resources" / "licences"
    path.mkdir()
    written = write_notices(small.inventory(), small.program)
    assert written == path / "third-party.txt"
    own = components(json.loads(text_of(small)))["residual-lens"]
    assert "_internal/resources/licences/third-party.txt" in {
        file["name"] for file in own["components"]
    }
