"""``model-export train`` as a process: killed, interrupted, resumed, and called wrongly."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from model_export.__main__ import main
from tests import small_training
from tests.small_training import write_folders

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_folders(tmp_path / "shades")


def command(data: Path, output: Path, *more: str) -> list[str]:
    call = [sys.executable, "-W", "error", "-m", "tests.small_training", "train"]
    call += ["--data", str(data), "--preset", "lesson", "--image-size", "32", "--threads", "1"]
    return [*call, "--epochs", "4", "--batch-size", "4", "--output", str(output), *more]


def finish(call: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)


def begin(call: list[str], *, until: str) -> "subprocess.Popen[str]":
    """Start, and return when standard error has shown ``until``."""
    process = subprocess.Popen(call, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    seen = ""
    while until not in seen and (letter := process.stderr.read(1)):
        seen += letter
    if until not in seen:
        process.communicate()
        pytest.fail(f"ended before it said {until!r}: {seen}")
    return process


def weights(output: Path) -> dict[str, "torch.Tensor"]:
    content = torch.load(output / "last.pt", weights_only=True)
    return content["run"]["network"] | {"momentum": content["run"]["optimiser"]["state"][0]}


def test_killed_and_resumed_equals_unbroken(data: Path, tmp_path: Path) -> None:
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    done = finish(command(data, unbroken))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"trained: {unbroken / 'best.pt'}\n"
    assert "epoch 4: loss" in done.stderr

    with begin(command(data, broken), until="epoch 1: loss") as process:
        process.kill()
    assert process.returncode == -signal.SIGKILL
    again = finish(command(data, broken, "--resume"))
    assert again.returncode == 0, again.stderr
    assert "epoch 1: loss" not in again.stderr
    assert "epoch 4: loss" in again.stderr
    expected, found = weights(unbroken), weights(broken)
    momenta = [part.pop("momentum")["momentum_buffer"] for part in (expected, found)]
    assert torch.equal(*momenta)
    assert all(torch.equal(value, found[name]) for name, value in expected.items())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_ends_cleanly_with_a_checkpoint(
    data: Path, tmp_path: Path, number: signal.Signals
) -> None:
    output = tmp_path / "run"
    call = command(data, output, "--epochs", "1000")
    with begin(call, until="epoch 1: loss") as process:
        process.send_signal(number)
        _, rest = process.communicate()
    assert process.returncode == 130
    assert "continue with --resume" in rest
    assert "Traceback" not in rest
    assert torch.load(output / "last.pt", weights_only=True)["run"]["epoch"] >= 1


def test_a_run_is_never_overwritten(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    output.mkdir()
    (output / "last.pt").write_bytes(b"hours of work")
    done = finish(command(data, output))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Continue it with --resume" in done.stderr
    assert (output / "last.pt").read_bytes() == b"hours of work"
    damaged = finish(command(data, output, "--resume"))
    assert damaged.returncode == 1
    assert "model-export: cannot read the checkpoint" in damaged.stderr
    assert "Traceback" not in damaged.stderr


def test_resuming_nothing_starts_and_says_so(data: Path, tmp_path: Path) -> None:
    done = finish(command(data, tmp_path / "run", "--resume", "--epochs", "1"))
    assert done.returncode == 0, done.stderr
    assert "nothing to resume" in done.stderr


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (("--batch-size", "1"), 2, "batch size cannot be 1"),
        (("--image-size", "8"), 2, "image_size cannot be 8"),
        (("--data", "/nowhere"), 2, "cannot use the data set /nowhere"),
        (("--preset", "vgg"), 2, "invalid choice: 'vgg'"),
        (("--device", "cuda"), 1, "cannot train on CUDA"),
    ],
    ids=str,
)
def test_wrong_calls_are_said_plainly(
    tmp_path: Path,
    more: tuple[str, ...],
    status: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "cuda" in more and torch.cuda.is_available():
        pytest.skip("there is a usable GPU here")
    data = write_folders(tmp_path / "shades")
    arguments = command(data, tmp_path / "run", *more)
    with pytest.raises(SystemExit) as end:  # in this process, without its second of imports
        sys.exit(main(arguments[arguments.index("train") :]))
    assert end.value.code == status
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_script_is_the_command_with_a_narrow_network() -> None:
    assert small_training.NARROW[5] == (4, 4, 8)
