"""The build step's exit status: 2 for a wrong call, 1 for a damaged file or a missing GPU."""

import sys
from pathlib import Path

import pytest

from desktop_app.core.providers import Obstacle
from model_export.__main__ import main
from tests.small_training import write_folders

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("narrow")]


@pytest.fixture
def shades(tmp_path: Path) -> Path:
    return write_folders(tmp_path / "shades")


@pytest.fixture
def calls(shades: Path, checkpoint_file: Path, tmp_path: Path) -> dict[str, list[object]]:
    """One of each command, right but for what a test adds."""
    output = tmp_path / "output"
    return {
        "evaluate": ["evaluate", checkpoint_file, "--data", shades],
        "export": ["export", checkpoint_file, "--data", shades, "--output", output],
        "verify": ["verify", checkpoint_file, tmp_path / "model.onnx", "--data", shades],
        "train": ["train", "--data", shades, "--preset", "lesson", "--output", output],
    }


def status_of(*arguments: object) -> int:
    """As the shell sees it, also where the parser itself ends the program."""
    with pytest.raises(SystemExit) as end:
        sys.exit(main([str(argument) for argument in arguments]))
    return int(end.value.code or 0)


@pytest.mark.parametrize(
    ("command", "more", "message"),
    [
        ("evaluate", ("--split", "holdout"), "cannot use the split 'holdout' of shades"),
        ("evaluate", ("--data", "/nowhere"), "cannot use the data set /nowhere"),
        ("evaluate", (), "the model has no class"),
        ("export", ("--split", "holdout"), "cannot use the split 'holdout' of shades"),
        ("export", ("--data", "/nowhere"), "cannot use the data set /nowhere"),
        ("verify", ("--data", "/nowhere"), "cannot use the data set /nowhere"),
        ("train", ("--preset", "vgg"), "invalid choice: 'vgg'"),
        ("train", ("--recipe", "magic"), "invalid choice: 'magic'"),
        ("train", ("--data", "/nowhere"), "cannot use the data set /nowhere"),
    ],
    ids=str,
)
def test_a_wrong_call_is_2(
    command: str,
    more: tuple[str, ...],
    message: str,
    calls: dict[str, list[object]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status_of(*calls[command], *more) == 2
    assert message in capsys.readouterr().err


def test_a_split_without_a_data_set_is_2(
    checkpoint_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "model.onnx"
    assert status_of("export", checkpoint_file, "--output", output, "--split", "test") == 2
    assert "--split was given without --data" in capsys.readouterr().err
    assert not output.exists()


def test_calibrating_without_a_data_set_is_2(
    checkpoint_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "model.onnx"
    assert status_of("export", checkpoint_file, "--output", output, "--calibrate") == 2
    assert "cannot calibrate the model: no data set was given" in capsys.readouterr().err


def test_a_damaged_file_is_1(
    shades: Path, checkpoint_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged.pt"
    damaged.write_bytes(b"PK")
    assert status_of("evaluate", damaged, "--data", shades) == 1
    assert "cannot read the checkpoint" in capsys.readouterr().err
    pair = tmp_path / "pair"
    pair.mkdir()
    (pair / "test_signs.h5").write_bytes(b"damaged")
    assert status_of("evaluate", checkpoint_file, "--data", pair) == 1
    assert "test_signs.h5" in capsys.readouterr().err


def test_cuda_asked_for_in_vain_is_an_error(
    shades: Path,
    tiny_model: Path,
    checkpoint_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    obstacle = "desktop_app.core.providers.cuda_obstacle"
    monkeypatch.setattr(obstacle, lambda _available: Obstacle("no GPU in this test"))
    assert status_of("evaluate", tiny_model, "--data", shades, "--provider", "cuda") == 1
    assert "no GPU in this test" in capsys.readouterr().err
    assert status_of("evaluate", checkpoint_file, "--data", shades, "--provider", "cuda") == 1
    assert "a checkpoint is measured on the CPU" in capsys.readouterr().err
