"""A run that goes on: exactly, or with a warning, or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from model_export.checkpoints import CheckpointError  # noqa: E402
from model_export.prepared_images import LabelledPixels  # noqa: E402
from tests.small_runs import (  # noqa: E402
    RECIPE,
    after,
    history,
    narrow_on_one_thread,
    never,
    new_run,
    settings,
    shades,
    tensors,
    train,
)

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_on_one_thread():
        yield


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the curves out: they take longer than a narrow network's epoch."""
    monkeypatch.setattr("model_export.run_files.draw_curves", lambda *_, **__: None)


@pytest.mark.parametrize("steps", [0, 2, 3, 4, 8], ids="stopped after {} steps".format)
@pytest.mark.usefixtures("undrawn")
def test_a_resumed_run_ends_with_the_bits_of_an_unbroken_one(tmp_path: Path, steps: int) -> None:
    train(tmp_path / "unbroken")
    broken = settings(tmp_path / "broken")
    first = new_run(broken, shades(), shades(8, seed=1))
    assert not first.run(stop=after(steps), progress=False)
    torch.manual_seed(123)  # another process begins with other random numbers
    second = new_run(broken, shades(), shades(8, seed=1))
    second.resume()
    assert (second.state.epoch, second.state.step) == divmod(steps, 3)
    assert second.run(stop=never, progress=False)

    for name in ("last.pt", "best.pt"):
        expected, found = tensors(tmp_path / "unbroken" / name), tensors(broken.output / name)
        assert expected.keys() == found.keys()
        assert len(expected) > 300
        for place, value in expected.items():
            assert torch.equal(value, found[place]), f"{name}{place}"
    assert history(tmp_path / "unbroken") == history(broken.output)


LONG = replace(
    RECIPE,
    epochs=10,
    schedule="trapezoid",
    warm_up=0.1,
    cool_down=0.4,
    average_decay=0.0,
    weights="raw",
)


@pytest.mark.parametrize(
    ("steps", "epochs", "why"),
    [
        (12, 20, ""),  # after 4 of 10, 4 of 20
        (12, 7, ""),
        (2, 20, "after 0.7 epochs of 10 the rate still rises"),
        (3, 20, "after 1.0 epochs of 20 the rate still rises"),
        (19, 20, "after 6.3 epochs of 10 the rate already falls"),
        (12, 6, "after 4.0 epochs of 6 the rate already falls"),
    ],
)
@pytest.mark.usefixtures("undrawn")
def test_a_run_may_become_longer_or_shorter_on_the_top_of_its_trapezoid(
    tmp_path: Path, steps: int, epochs: int, why: str
) -> None:
    new_run(settings(tmp_path, LONG), shades()).run(stop=after(steps), progress=False)
    other = replace(LONG, epochs=epochs)
    resumed = new_run(settings(tmp_path, other), shades())
    if why:
        with pytest.raises(CheckpointError, match=f"its epochs is 10, not {epochs}; {why}"):
            resumed.resume()
        return
    resumed.resume()
    assert not resumed.run(stop=after(1), progress=False)
    assert resumed.state.rate == other.peak_rate
    third = new_run(settings(tmp_path, other), shades())
    third.resume()  # the new length is the run's from now on
    assert (third.state.epoch, third.state.step) == (4, 1)


@pytest.mark.usefixtures("undrawn")
def test_a_run_of_another_schedule_keeps_its_length(tmp_path: Path) -> None:
    new_run(settings(tmp_path), shades()).run(stop=after(4), progress=False)
    longer = new_run(settings(tmp_path, replace(RECIPE, epochs=4)), shades())
    with pytest.raises(CheckpointError, match="one-cycle depends on that from the first step on"):
        longer.resume()


@pytest.mark.usefixtures("undrawn")
def test_a_float16_run_resumes_with_its_scale(tmp_path: Path) -> None:
    told = settings(tmp_path, replace(RECIPE, precision="float16"))
    run = new_run(told, shades())
    run.state.scaler.load_state_dict(run.state.scaler.state_dict() | {"scale": 2.0**10})
    assert not run.run(stop=after(2), progress=False)
    again = new_run(told, shades())
    again.resume()
    assert again.state.scaler.get_scale() == 2.0**10
    assert again.run(stop=never, progress=False)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"recipe": replace(RECIPE, epochs=9)}, "epochs is 3, not 9"),
        ({"seed": 5}, "seed is 0, not 5"),
        ({"labels": ("x", "y")}, "another network or other classes"),
    ],
)
@pytest.mark.usefixtures("undrawn")
def test_resuming_another_run_is_a_named_error(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    new_run(settings(tmp_path), shades()).run(stop=after(1), progress=False)
    other = new_run(replace(settings(tmp_path), **change), shades())
    with pytest.raises(CheckpointError, match=why):
        other.resume()


@pytest.mark.usefixtures("undrawn")
def test_resuming_with_other_images_or_from_an_export_is_a_named_error(tmp_path: Path) -> None:
    train(tmp_path)
    with pytest.raises(CheckpointError, match="number of images is 16, not 20"):
        new_run(settings(tmp_path), shades(20)).resume()
    (tmp_path / "best.pt").replace(tmp_path / "last.pt")
    with pytest.raises(CheckpointError, match="holds no state of a run"):
        new_run(settings(tmp_path), shades()).resume()


def test_a_kill_before_history_and_curves_leaves_them_to_the_resumed_run(tmp_path: Path) -> None:
    train(tmp_path)
    written = history(tmp_path)
    for name in ("history.jsonl", "curves.png"):
        (tmp_path / name).unlink()
    again = new_run(settings(tmp_path), shades(), shades(8, seed=1))
    again.resume()
    assert again.run(stop=never, progress=False)
    assert history(tmp_path) == written
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("images", "held_out", "why"),
    [
        (shades(seed=9), shades(8, seed=1), "its training images are others"),
        (shades(), shades(8, seed=9), "its held-out images are others"),
        (shades(), None, "its held-out images are others"),
        (
            LabelledPixels(pixels=shades().pixels, targets=1 - shades().targets),
            shades(8, seed=1),
            "its training images are others",
        ),
    ],
    ids=["pixels", "held out", "nothing held out", "targets"],
)
@pytest.mark.usefixtures("undrawn")
def test_resuming_with_as_many_other_images_is_a_named_error(
    tmp_path: Path, images: LabelledPixels, held_out: LabelledPixels | None, why: str
) -> None:
    new_run(settings(tmp_path), shades(), shades(8, seed=1)).run(stop=after(1), progress=False)
    with pytest.raises(CheckpointError, match=why):
        new_run(settings(tmp_path), images, held_out).resume()


@pytest.mark.usefixtures("undrawn")
def test_other_threads_are_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new_run(settings(tmp_path), shades()).run(stop=after(1), progress=False)
    new_run(settings(tmp_path), shades()).resume()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    new_run(settings(tmp_path), shades()).resume()
    assert capsys.readouterr().err == (
        "warning: the run was begun with 1 thread on cpu and goes on with 3 threads on cpu; "
        "its last digits may differ from those of an unbroken one\n"
    )


@pytest.mark.usefixtures("undrawn")
def test_a_run_of_an_earlier_version_goes_on_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_run(settings(tmp_path), shades()).run(stop=after(1), progress=False)
    content = torch.load(tmp_path / "last.pt", weights_only=True)
    del content["run"]["conditions"]
    torch.save(content, tmp_path / "last.pt")
    new_run(settings(tmp_path), shades()).resume()
    assert "does not say which images" in capsys.readouterr().err
