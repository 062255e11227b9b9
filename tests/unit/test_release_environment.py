"""The clean environments: the program's dependencies, exactly one ONNX Runtime, nothing else."""

import tomllib

import pytest
from packaging.requirements import Requirement
from release.environment import requirements
from release.flavours import CPU, FLAVOURS, GPU, ROOT, Flavour

DOCUMENT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize(("flavour", "other"), [(CPU, GPU), (GPU, CPU)])
def test_an_environment_holds_its_own_runtime_alone(flavour: Flavour, other: Flavour) -> None:
    names = [Requirement(text).name for text in requirements(DOCUMENT, flavour)]
    assert names.count(flavour.runtime) == 1
    assert other.runtime not in names


@pytest.mark.parametrize("flavour", FLAVOURS.values())
def test_an_environment_holds_all_else_that_the_program_needs(flavour: Flavour) -> None:
    names = {Requirement(text).name for text in requirements(DOCUMENT, flavour)}
    needed = {Requirement(text).name for text in DOCUMENT["project"]["dependencies"]}
    assert needed - {"onnxruntime", "onnxruntime-gpu"} <= names
    assert "pyinstaller" in names
    assert not names & {"torch", "pytest", "matplotlib"}


def test_the_runtimes_version_is_the_projects() -> None:
    document = {
        "project": {
            "dependencies": [
                "onnxruntime-gpu>=9,<10 ; sys_platform == 'linux'",
                "onnxruntime>=9,<10",
            ],
            "optional-dependencies": {"package": []},
        }
    }
    (runtime,) = (Requirement(text) for text in requirements(document, CPU))
    assert (runtime.name, str(runtime.specifier)) == ("onnxruntime", "<10,>=9")
