"""What ``doctor`` says of CUDA, on machines that are pretended."""

from collections.abc import Sequence
from typing import Any

import pytest

from desktop_app.commands.doctor import examine
from desktop_app.core import providers
from desktop_app.core.onnx_runtime import Runtime, Session


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

    def __init__(self, *, obstacle: str | None = None, missing: str = "", loads: bool) -> None:
        self.obstacle = obstacle
        self.missing = missing
        self.loads = loads

    def cuda_obstacle(self) -> str | None:
        return self.obstacle

    def prepare_cuda(self) -> None:
        pass

    def missing_library(self) -> str | None:
        return self.missing or None

    def device_name(self) -> str:
        return "Pretended GPU"

    def session(self, source: str | bytes, provider_names: Sequence[str]) -> Session:
        real = super().session(source, [providers.CPU])  # the graph is a real one
        return Loaded([*provider_names] if self.loads else real.get_providers())


def test_cuda_that_loads_is_usable() -> None:
    cuda = examine(Machine(loads=True))["providers"]["cuda"]
    assert cuda["usable"] is True
    assert "Pretended GPU" in cuda["why"]


def test_cuda_that_does_not_load_is_not_usable_though_nothing_is_missing() -> None:
    cuda = examine(Machine(loads=False))["providers"]["cuda"]
    assert cuda["usable"] is False
    assert cuda["why"] == "CUDA did not load"


def test_cuda_that_fails_to_start_says_why() -> None:
    class Broken(Machine):
        def session(self, *_: object) -> Session:
            raise RuntimeError("CUDA failure 35: driver too old\nat line 7")

    cuda = examine(Broken(loads=True))["providers"]["cuda"]
    assert cuda["usable"] is False
    assert "driver too old" in cuda["why"]


@pytest.mark.parametrize(
    ("machine", "why", "remedy"),
    [
        (Machine(obstacle="no NVIDIA driver found", loads=False), "driver", "Install NVIDIA"),
        (Machine(missing="libcudnn.so.9", loads=False), "libcudnn.so.9 is not", "pip install"),
    ],
)
def test_what_can_be_mended_is_said(machine: Machine, why: str, remedy: str) -> None:
    cuda = examine(machine)["providers"]["cuda"]
    assert cuda["usable"] is False
    assert why in cuda["why"]
    assert remedy in cuda["what_to_do"]
