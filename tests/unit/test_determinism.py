"""``--deterministic``: what it asks of PyTorch, and that a run remembers it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_training import write_folders

torch = pytest.importorskip("torch")

from model_export.__main__ import main  # noqa: E402
from model_export.checkpoints import load_checkpoint  # noqa: E402
from model_export.determinism import choose_algorithms  # noqa: E402
from tests.small_runs import narrow_on_one_thread  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("model_export.run_files.draw_curves", lambda *_, **__: None)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    cudnn = torch.backends.cudnn
    before = (cudnn.deterministic, cudnn.benchmark)
    with narrow_on_one_thread():
        yield
    torch.use_deterministic_algorithms(mode=False)
    cudnn.deterministic, cudnn.benchmark = before


@pytest.mark.parametrize("wanted", [True, False])
def test_only_reproducible_algorithms_are_allowed_when_asked_for(wanted: bool) -> None:
    choose_algorithms(deterministic=wanted)
    assert torch.are_deterministic_algorithms_enabled() is wanted
    assert torch.backends.cudnn.deterministic is wanted
    assert torch.backends.cudnn.benchmark is not wanted
    assert ("CUBLAS_WORKSPACE_CONFIG" in os.environ) is wanted


def test_the_workspaces_that_a_person_chose_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    choose_algorithms(deterministic=True)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


def test_a_run_remembers_it_and_warns_when_it_goes_on_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, output = write_folders(tmp_path / "shades"), tmp_path / "run"
    words = ["train", "--data", str(data), "--output", str(output), "--preset", "lesson"]
    words += ["--image-size", "32", "--batch-size", "6", "--epochs", "1"]
    assert main([*words, "--deterministic"]) == 0
    run = load_checkpoint(output / "last.pt").run
    assert run is not None
    assert run["conditions"]["deterministic"] is True
    assert "warning" not in capsys.readouterr().err
    assert main([*words, "--resume"]) == 0
    warning = "begun with 1 thread on cpu, deterministic and goes on with 1 thread on cpu;"
    assert warning in capsys.readouterr().err
