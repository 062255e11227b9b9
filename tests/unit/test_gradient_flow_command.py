"""``model-export gradient-flow``: picture, numbers and summary, and how it fails."""

import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage

from model_export.__main__ import main
from tests.small_training import narrow_network, write_folders

torch = pytest.importorskip("torch")

from model_export.gradient_flow import Flow, FlowSettings, NetworkKind  # noqa: E402
from model_export.gradient_flow_picture import draw_flows  # noqa: E402
from model_export.presets import find_preset  # noqa: E402

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parents[2]
VIRIDIS_ENDS = ((68, 1, 84), (253, 231, 37))
VIRIDIS_MIDDLE = (33, 145, 140)
GREY = (0xEE, 0xF0, 0xF3)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_folders(tmp_path / "shades", splits=("train",))


def arguments(data: Path, output: Path, *more: str) -> list[str]:
    call = ["gradient-flow", "--data", str(data), "--output", str(output), "--image-size", "32"]
    return [*call, "--steps", "3", "--batch-size", "4", *more]


@pytest.fixture
def narrow() -> Iterator[None]:
    with narrow_network():
        yield


@pytest.mark.usefixtures("narrow")
def test_the_command_draws_writes_and_says_the_same(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "flow.png"
    assert main(arguments(data, output, "--format", "json")) == 0
    printed, progress = capsys.readouterr()
    assert "3/3" in progress
    assert sorted(path.name for path in output.parent.iterdir()) == ["flow.json", "flow.png"]
    with PillowImage.open(output) as picture:
        assert picture.size == (1300, 790)

    numbers = json.loads((tmp_path / "new" / "flow.json").read_text())
    assert numbers["data_set"] == "shades"
    assert numbers["settings"]["preset"]["depth"] == 50
    assert numbers["settings"]["steps"] == 3
    summaries = json.loads(printed)
    for flow, summary in zip(numbers["flows"], summaries, strict=True):
        norms = flow["gradient_norms"]
        assert (summary["kind"], summary["batch_norm"]) == (flow["kind"], flow["batch_norm"])
        assert (summary["first_layer"], summary["last_layer"]) == ("conv1", "fc2")
        last = np.median(norms, axis=0)
        ends = [norms[0][0], last[0]], [norms[0][-1], last[-1]]
        assert summary["first_layer_norms"] == pytest.approx(ends[0], rel=1e-5)
        assert summary["last_layer_norms"] == pytest.approx(ends[1], rel=1e-5)
        assert summary["last_loss"] == pytest.approx(np.mean(flow["losses"]), rel=1e-5)


@pytest.mark.usefixtures("narrow")
def test_one_pair_alone_as_a_table(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "flow.PNG"
    assert main(arguments(data, output, "--batch-norm", "with", "--depth", "101")) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in printed[2:4]] == [
        ["plain", "with", "3"],
        ["residual", "with", "3"],
    ]
    assert f"drawn: {output}" in printed
    flows = json.loads(output.with_suffix(".json").read_text())["flows"]
    assert [len(flow["layers"]) for flow in flows] == [101, 101]


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (("--steps", "1"), 2, "steps cannot be 1"),
        (("--rate", "-1"), 2, "rate cannot be -1.0"),
        (("--depth", "34"), 2, "depth cannot be 34"),
        (("--image-size", "8"), 2, "image_size cannot be 8"),
        (("--output", "flow.pdf"), 2, "flow.pdf does not end in .png"),
        (("--data", "/nowhere"), 2, "cannot use the data set /nowhere"),
        (("--batch-norm", "maybe"), 2, "invalid choice: 'maybe'"),
        (("--output", "/dev/null/flow.png"), 1, "cannot write /dev/null/flow.png"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_before_any_work(
    tmp_path: Path,
    more: tuple[str, ...],
    status: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = write_folders(tmp_path / "shades", splits=("train",))
    with pytest.raises(SystemExit) as end:
        sys.exit(main(arguments(data, tmp_path / "out" / "flow.png", *more)))
    assert end.value.code == status
    error = capsys.readouterr().err
    assert message in error
    assert "steps/s" not in error
    assert not (tmp_path / "out").exists()


def test_without_training_images_there_is_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_folders(tmp_path / "shades", splits=("train", "val"), count=0)
    assert main(arguments(data, tmp_path / "flow.png")) == 2
    assert "it has no training images" in capsys.readouterr().err


def test_interruption_leaves_what_was_there(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "out" / "flow.png"
    output.parent.mkdir()
    output.write_bytes(b"an earlier picture")
    call = [sys.executable, "-W", "error", "-m", "tests.small_training"]
    call += [
        *arguments(data, output, "--steps", "100000", "--batch-norm", "with"),
        "--threads",
        "1",
    ]
    with subprocess.Popen(call, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        seen = ""
        while " steps/s" not in seen and (letter := process.stderr.read(1)):
            seen += letter
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130, seen + rest
    assert rest.endswith("model-export: interrupted\n")
    assert "Traceback" not in rest
    assert {path.name: path.read_bytes() for path in output.parent.iterdir()} == {
        "flow.png": b"an earlier picture"
    }


def made_up_flow(kind: NetworkKind, norms: NDArray[np.float64]) -> Flow:
    layers = ("conv1", *(f"res{stage}a_branch2a" for stage in (2, 3, 4, 5)), "fc2")
    return Flow(
        kind=kind,
        batch_norm=True,
        layers=layers,
        losses=np.ones(len(norms)),
        gradient_norms=norms,
        weight_norms=norms,
    )


def drawn(*flows: Flow) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pixels within the two maps: plain, residual."""
    file = io.BytesIO()
    settings = FlowSettings(preset=find_preset("lesson"), steps=8, batch_norms=(True,))
    draw_flows(flows, file, settings=settings, data_set="made up")
    pixels = np.asarray(PillowImage.open(file)).astype(np.int64)
    return pixels[100:300, 80:320], pixels[100:300, 430:660]


def share(pixels: NDArray[np.int64], colour: tuple[int, int, int]) -> float:
    return float((np.abs(pixels - colour).max(axis=2) < 4).mean())


FOUR_DECADES = np.repeat([[0.0101], [99.9]], (4, 4), axis=0) * np.ones(6)  # (8 steps, 6 layers)


def test_maps_share_one_logarithmic_scale_and_leave_steps_not_taken_grey() -> None:
    plain, residual = drawn(
        made_up_flow("plain", FOUR_DECADES), made_up_flow("residual", np.ones((2, 6)))
    )
    assert share(plain, VIRIDIS_ENDS[0]) > 0.4
    assert share(plain, VIRIDIS_ENDS[1]) > 0.4
    assert share(plain, GREY) == 0
    assert share(residual, VIRIDIS_MIDDLE) > 0.15
    assert 0.6 < share(residual, GREY) < 0.8


def test_a_gradient_of_zero_gets_the_lowest_colour() -> None:
    plain, residual = drawn(
        made_up_flow("plain", np.zeros((8, 6))), made_up_flow("residual", FOUR_DECADES)
    )
    assert share(plain, VIRIDIS_ENDS[0]) > 0.9
    assert share(residual, VIRIDIS_ENDS[1]) > 0.4
