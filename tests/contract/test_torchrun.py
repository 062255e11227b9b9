"""``torchrun``: two processes train as one, and none waits for another that is gone."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.small_training import narrow_network, norms_at_rest, write_folders

torch = pytest.importorskip("torch")

from model_export.__main__ import main  # noqa: E402
from model_export.checkpoints import load_checkpoint, load_network  # noqa: E402
from model_export.datasets import read_data_set  # noqa: E402
from model_export.measuring import measure  # noqa: E402
from model_export.prepared_images import prepare  # noqa: E402
from model_export.ranks import Ranks  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

ROOT = Path(__file__).parents[2]
FILES = ["best.pt", "curves.png", "history.jsonl", "last.pt"]
SOON_S = 200  # a few seconds on a machine that has nothing else to do
STILL = ("--rotation-degrees=0", "--scale=0", "--shift=0", "--no-flip", "--colour=0")
ENDLESS = ("--epochs", "1000", "--schedule", "trapezoid", "--warm-up", "0.0001")


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_export.run_files.draw_curves", lambda *_, **__: None)
    monkeypatch.setattr("model_export.train._conclude", lambda *_: None)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folders(tmp_path_factory.mktemp("torchrun") / "shades", count=7)


def words(data: Path, output: Path, *more: str) -> list[str]:
    call = ["train", "--data", str(data), "--preset", "lesson", "--image-size", "32"]
    # Two steps an epoch, of seven images each: four for one process and three for the other.
    call += ["--batch-size", "7", "--precision", "float32", "--threads", "1"]
    return [*call, "--output", str(output), *more]


@contextmanager
def two_processes(*call: str) -> Iterator["subprocess.Popen[str]"]:
    """``torchrun`` of the small training; what is left of it is killed in the end."""
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    with subprocess.Popen(
        [*run, "-m", "tests.small_training", *call],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            for pid in workers(process).values():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.kill()


def workers(process: "subprocess.Popen[str]") -> dict[int, int]:
    """Rank → process id."""
    found = {}
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for pid in map(int, children):
            told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            ranks = [int(entry[5:]) for entry in told if entry.startswith(b"RANK=")]
            found.update(dict.fromkeys(ranks, pid))
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
        return {}
    return found


def wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    """Return when standard error has shown ``text``."""
    assert process.stderr is not None
    seen = ""
    while text not in seen and (letter := process.stderr.read(1)):
        seen += letter
    assert text in seen


def state(output: Path) -> dict[str, object]:
    run = load_checkpoint(output / "last.pt").run
    assert run is not None
    return dict(run)


def files(output: Path) -> list[str]:
    return sorted(path.name for path in output.iterdir())


def test_two_processes_train_the_network_that_one_trains(data: Path, tmp_path: Path) -> None:
    call = words(data, tmp_path / "two", "--epochs", "3", *STILL)
    with two_processes("--norms-at-rest", *call) as process:
        out, err = process.communicate(timeout=SOON_S)
    assert process.returncode == 0, err
    assert out.count("trained: ") == 1
    # All by the first process: in the other, small_training makes writing an error.
    assert files(tmp_path / "two") == sorted([*FILES, "report.html"])

    call[call.index("--output") + 1] = str(tmp_path / "one")
    with narrow_network(), norms_at_rest():
        assert main(call) == 0
    one, two = (state(tmp_path / name)["network"] for name in ("one", "two"))
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-4, atol=1e-6, msg=name)
    lines = [
        [json.loads(line) for line in (tmp_path / name / "history.jsonl").read_text().splitlines()]
        for name in ("one", "two")
    ]
    for alone, together in zip(*lines, strict=True):
        for name in ("loss", "accuracy", "rate", "val_loss", "val_accuracy"):
            assert together[name] == pytest.approx(alone[name], rel=1e-4), name


def test_a_killed_worker_ends_the_run_and_one_process_takes_it_up(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "run"
    with two_processes(*words(data, output, *ENDLESS)) as process:
        wait_for(process, "epoch 2: loss")
        pids = workers(process)
        mapped = [
            {line.split()[4] for line in maps.splitlines() if ".images-" in line}
            for maps in (Path(f"/proc/{pid}/maps").read_text() for pid in pids.values())
        ]
        assert mapped[0] == mapped[1]  # the same two files, by their inodes
        assert len(mapped[0]) == 2
        os.kill(pids[1], signal.SIGKILL)
        _, err = process.communicate(timeout=SOON_S)
    assert process.returncode > 0
    assert "another process of the run has ended" in err
    assert files(output) == FILES

    best = load_checkpoint(output / "best.pt")
    val = prepare(read_data_set(data).split("val"), best.preprocessing)
    with narrow_network():
        found = measure(load_network(best), val, best.preprocessing, ranks=Ranks())
    told = best.training["last_epoch"]  # measured by both, each on half of the images
    assert (told["val_loss"], told["val_accuracy"]) == pytest.approx(found, rel=1e-4)

    epoch = state(output)["epoch"]
    assert isinstance(epoch, int)
    assert epoch >= 2
    longer = words(data, output, *ENDLESS, "--epochs", str(2 * epoch), "--resume")
    with narrow_network():
        assert main(longer) == 0
    assert state(output)["epoch"] == 2 * epoch
    assert "begun with 2 processes of 1 thread on cpu and goes on" in capsys.readouterr().err


def test_a_signal_to_torchrun_stops_all_with_a_checkpoint(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    with two_processes(*words(data, output, *ENDLESS)) as process:
        wait_for(process, "epoch 1: loss")
        process.send_signal(signal.SIGINT)  # torchrun treats SIGTERM and SIGHUP alike
        _, err = process.communicate(timeout=SOON_S)
    assert process.returncode > 0
    assert err.count("stopped; continue with --resume") == 1
    assert (
        "model_export" not in err.partition("stopped; continue")[2]
    )  # the traceback is torchrun's
    assert files(output) == FILES
    reached = state(output)
    assert (reached["epoch"], reached["step"]) != (0, 0)


@pytest.mark.parametrize(
    ("more", "message", "count"),
    [
        ("--data /nowhere", "cannot use the data set /nowhere", 1),  # before the two have met
        ("--seed 5", "they do not have the same settings", 2),
        ("", "cannot write", 1),  # the first process, in the middle of the run
    ],
)
def test_a_process_that_cannot_go_on_does_not_leave_the_other_waiting(
    data: Path, tmp_path: Path, more: str, message: str, count: int
) -> None:
    output = tmp_path / "run"
    if message == "cannot write":
        (output / "best.pt").mkdir(parents=True)
    call = words(data, output, "--epochs", "50")
    with two_processes("--only", "1", more, *call) as process:
        _, err = process.communicate(timeout=SOON_S)
    assert process.returncode > 0
    assert err.count(message) == count
    assert ("another process of the run has ended" in err) == (message == "cannot write")
    assert "model_export/" not in err  # no traceback of ours
