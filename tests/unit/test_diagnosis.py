"""What ``doctor`` and About say, on machines that are pretended."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from desktop_app.core import providers
from desktop_app.core.cuda_libraries import CudaFolders, wanted_libraries
from desktop_app.core.cuda_loading import CudaLibraries, Found, Refused
from desktop_app.core.diagnosing import examine
from desktop_app.core.diagnosis import Diagnosis
from desktop_app.core.diagnosis_text import as_json, as_text, sections
from desktop_app.core.onnx_runtime import Runtime, Session
from desktop_app.core.providers import Gpu, Obstacle
from desktop_app.core.records import Remedy

GPU = Gpu(name="Pretended GPU", cuda=(13, 0), capability=(9, 0), driver="580.65.06")
NEEDED = [library for library in wanted_libraries() if library.needed]
FROM_HERE = CudaLibraries(found=tuple(Found(each, "here", Path("/here/lib.so")) for each in NEEDED))
NO_DRIVER = Obstacle("no NVIDIA driver found", Remedy(what="Install NVIDIA's driver"))


class Loaded:
    """A session that was set up on what it says."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def run_with_ort_values(self, *_: object) -> Sequence[Any]:
        raise NotImplementedError

    def get_providers(self) -> list[str]:
        return self.names

    def get_inputs(self) -> list[Any]:
        return []


class Machine(Runtime):
    """Has a GPU and all libraries; whether CUDA loads is another question."""

    def __init__(
        self,
        *,
        obstacle: Obstacle | None = None,
        libraries: CudaLibraries = FROM_HERE,
        loads: bool = False,
        words: str = "",
        knows_cuda: bool = True,
    ) -> None:
        super().__init__(CudaFolders(own=Path("/home/me/cuda")))
        self.obstacle = obstacle
        self.lies = libraries
        self.loads = loads
        self.words = words
        self.gpu_build = knows_cuda

    def knows_cuda(self) -> bool:
        return self.gpu_build

    def cuda_obstacle(self) -> Obstacle | None:
        return self.obstacle

    def load_cuda(self) -> CudaLibraries:
        self.cuda_libraries = self.lies
        return self.lies

    def loader_words(self) -> str:
        return self.words

    def gpu(self) -> Gpu | None:
        return GPU if self.obstacle is None else None

    def session(self, source: str | bytes, provider_names: Sequence[str]) -> Session:
        real = super().session(source, [providers.CPU])  # the graph is a real one
        return Loaded([*provider_names] if self.loads else real.get_providers())


def missing(*, refused: tuple[Refused, ...] = ()) -> CudaLibraries:
    others = (Path("/old/libcudnn.so.8"),)
    return CudaLibraries(FROM_HERE.found[:-1], (NEEDED[-1],), refused, others)


def cuda_of(machine: Machine) -> dict[str, Any]:
    found: dict[str, Any] = as_json(examine(machine))["providers"]["cuda"]
    return found


def test_cuda_that_loads_says_from_where() -> None:
    cuda = cuda_of(Machine(loads=True))
    assert cuda["usable"] is True
    assert cuda["why"] == "Pretended GPU was found; CUDA libraries from /here"


def test_cuda_that_does_not_load_is_not_usable_though_nothing_is_missing() -> None:
    cuda = cuda_of(Machine())
    assert cuda["usable"] is False
    assert cuda["why"] == "CUDA did not load"


def test_the_loaders_own_words_are_passed_on() -> None:
    words = "libonnxruntime_providers_cuda.so: undefined symbol: cuTensorMapEncodeTiled"
    assert cuda_of(Machine(words=words))["why"] == f"CUDA did not load ({words})"


def test_cuda_that_fails_to_start_says_why() -> None:
    class Broken(Machine):
        def session(self, *_: object) -> Session:
            raise RuntimeError("CUDA failure 35: out of luck\nat line 7")

    cuda = cuda_of(Broken())
    assert cuda["usable"] is False
    assert "out of luck" in cuda["why"]


def test_a_model_is_not_loaded_on_cuda_in_vain() -> None:
    class Watched(Machine):
        def session(self, *_: object) -> Session:
            raise AssertionError("libraries are missing, so this costs time for nothing")

    assert cuda_of(Watched(libraries=missing()))["usable"] is False


def test_missing_libraries_come_with_the_exact_command() -> None:
    cuda = cuda_of(Machine(libraries=missing()))
    assert cuda["why"] == "a GPU is there, but its libraries are of cuDNN 8, not cuDNN 9"
    assert "pip install" in cuda["command"]
    assert cuda["command"] in cuda["what_to_do"]
    assert "apt install" in cuda["otherwise"] or "installers" in cuda["otherwise"]


def test_an_obstacle_comes_with_its_remedy() -> None:
    cuda = cuda_of(Machine(obstacle=NO_DRIVER))
    assert (cuda["usable"], cuda["why"]) == (False, "no NVIDIA driver found")
    assert cuda["what_to_do"] == "Install NVIDIA's driver"


def test_the_fields_that_others_rely_on_are_there() -> None:
    findings = as_json(diagnosis_of(Machine(obstacle=NO_DRIVER)))
    assert {"versions", "system", "providers", "models", "paths", "telemetry"} <= findings.keys()
    assert findings["providers"]["cpu"] == {"usable": True, "why": "always there"}
    assert {"usable", "why", "what_to_do"} <= findings["providers"]["cuda"].keys()
    assert findings["models"] == ["everyday"]
    assert findings["paths"] == {"logs": "/logs"}
    assert json.loads(json.dumps(findings)) == findings


def test_json_tells_the_machine_and_the_search() -> None:
    refused = (Refused(Path("/bad/libcudnn.so.9"), "file too short"),)
    findings = as_json(examine(Machine(libraries=missing(refused=refused))))
    assert findings["gpu"] == {
        "name": "Pretended GPU",
        "driver": "580.65.06",
        "cuda": "13.0",
        "compute_capability": "9.0",
    }
    assert findings["flavour"] == "gpu"
    assert findings["frozen"] is False
    assert findings["memory_bytes"] > 0
    assert findings["cores"] > 0
    libraries = findings["cuda_libraries"]
    assert libraries["missing"] == [NEEDED[-1].name]
    assert libraries["refused"] == [{"path": "/bad/libcudnn.so.9", "why": "file too short"}]
    assert libraries["other_versions"] == ["/old/libcudnn.so.8"]
    assert {"place": "your own folder", "folder": "/home/me/cuda", "found": []} in (
        libraries["searched"]
    )


def test_text_tells_what_to_do_and_where_was_looked() -> None:
    text = as_text(examine(Machine(libraries=missing())))
    for said in (
        "cuda provider",
        "pip install",
        "/home/me/cuda",
        "no such folder",
        "libcudnn.so.8",
    ):
        assert said in text
    assert "Pretended GPU, driver 580.65.06 for CUDA 13.0, compute capability 9.0" in text
    assert text.splitlines()[0].startswith("residual-lens ")


def test_a_cpu_build_was_looked_for_no_libraries() -> None:
    diagnosis = examine(Machine(obstacle=NO_DRIVER, knows_cuda=False))
    assert diagnosis.flavour == "cpu"
    assert diagnosis.searched == ()
    assert "CPU build" in as_text(diagnosis)


def test_every_section_has_a_heading_and_rows() -> None:
    found = sections(diagnosis_of(Machine(loads=True)))
    assert [heading for heading, _ in found] == [
        "What runs",
        "Versions",
        "This machine",
        "Models and places",
    ]
    assert all(rows for _, rows in found)


@pytest.mark.parametrize(("portable", "says"), [(True, "from source, portable"), (False, "source")])
def test_portable_is_said(portable: bool, says: str) -> None:
    assert says in as_text(examine(Machine(), portable=portable)).splitlines()[0]


def diagnosis_of(machine: Machine, **changed: Any) -> Diagnosis:
    from dataclasses import replace

    found = examine(machine, models=["everyday"], paths={"logs": Path("/logs")})
    return replace(found, **changed)
