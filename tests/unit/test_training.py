"""A training run: learns, is exact about resuming, and keeps its promises about files."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from model_export.presets import find_preset
from model_export.recipes import Recipe
from tests.small_training import narrow_network

torch = pytest.importorskip("torch")

from model_export.checkpoints import CheckpointError, load_checkpoint, load_network  # noqa: E402
from model_export.measuring import measure  # noqa: E402
from model_export.prepared_images import LabelledPixels  # noqa: E402
from model_export.ranks import Ranks  # noqa: E402
from model_export.run_settings import Settings  # noqa: E402
from model_export.training import DivergedError, TrainingRun  # noqa: E402

pytestmark = pytest.mark.torch

RECIPE = Recipe(
    epochs=3,
    batch_size=6,
    peak_rate=0.05,
    mixup_alpha=0.3,
    average_decay=0.5,
    weights="averaged",
)


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with narrow_network():
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the curves out: they take longer than a narrow network's epoch."""
    monkeypatch.setattr("model_export.run_files.draw_curves", lambda *_, **__: None)


def shades(images: int = 16, seed: int = 0) -> LabelledPixels:
    """Dark and bright noise: easy to tell apart."""
    generator = np.random.default_rng(seed)
    targets = np.arange(images) % 2
    pixels = generator.integers(0, 100, (images, 3, 32, 32)) + 150 * targets[:, None, None, None]
    return LabelledPixels(pixels=pixels.astype(np.uint8), targets=targets)


def settings(output: Path, recipe: Recipe = RECIPE, *, seed: int = 0) -> Settings:
    output.mkdir(exist_ok=True)
    return Settings(
        preset=find_preset("lesson", classes=2, image_size=32),
        recipe=recipe,
        seed=seed,
        labels=("dark", "bright"),
        output=output,
        facts={"data_set": "shades"},
    )


def after(steps: int) -> Callable[[], bool]:
    """Stop when asked for the time after ``steps`` steps."""
    asked = count()
    return lambda: next(asked) >= steps


def never() -> bool:
    return False


def new_run(
    run_settings: Settings, images: LabelledPixels, held_out: LabelledPixels | None = None
) -> TrainingRun:
    return TrainingRun(run_settings, images, held_out, ranks=Ranks())


def train(output: Path, recipe: Recipe = RECIPE, *, seed: int = 0) -> TrainingRun:
    run = new_run(settings(output, recipe, seed=seed), shades(), shades(8, seed=1))
    assert run.run(stop=never, progress=False)
    return run


def tensors(path: Path) -> dict[str, "torch.Tensor"]:
    """Everything in a checkpoint that is a number in a tensor, by where it stands."""
    found: dict[str, torch.Tensor] = {}

    def walk(value: object, place: str) -> None:
        if isinstance(value, torch.Tensor):
            found[place] = value
        elif isinstance(value, dict):
            for key, part in value.items():
                walk(part, f"{place}/{key}")
        elif isinstance(value, list | tuple):
            for key, part in enumerate(value):
                walk(part, f"{place}/{key}")

    walk(torch.load(path, weights_only=True), "")
    return found


def history(output: Path) -> list[dict[str, object]]:
    lines = (output / "history.jsonl").read_text().splitlines()
    return [{**json.loads(line), "seconds": None} for line in lines]


def test_learns_and_leaves_what_it_promised(tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=12, mixup_alpha=0.0, peak_rate=0.2)
    train(tmp_path, recipe)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.pt",
        "curves.png",
        "history.jsonl",
        "last.pt",
    ]
    best = load_checkpoint(tmp_path / "best.pt")
    assert best.run is None
    assert best.training["data_set"] == "shades"
    assert (best.training["images"], best.training["held_out_images"]) == (16, 8)
    loss, accuracy = measure(
        load_network(best), shades(8, seed=2), best.preprocessing, ranks=Ranks()
    )
    assert accuracy == 1.0
    assert loss < 0.5
    records = history(tmp_path)
    assert [record["epoch"] for record in records] == list(range(1, 13))
    assert records[-1]["loss"] < records[0]["loss"]


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


@pytest.mark.usefixtures("undrawn")
def test_another_seed_gives_another_network(tmp_path: Path) -> None:
    runs = [train(tmp_path / str(number), seed=seed) for number, seed in enumerate((0, 0, 1))]
    weights = [run.state.network.fc.weight for run in runs]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.usefixtures("undrawn")
def test_a_checkpoint_is_there_before_the_first_step(tmp_path: Path) -> None:
    run = new_run(settings(tmp_path), shades())
    assert not run.run(stop=lambda: True, progress=False)
    assert load_checkpoint(tmp_path / "last.pt").run["epoch"] == 0


@pytest.mark.usefixtures("undrawn")
def test_checkpoints_come_within_an_epoch_too(tmp_path: Path) -> None:
    often = replace(settings(tmp_path), checkpoint_every_s=0.0)
    seen: list[tuple[int, int]] = []

    def look() -> bool:
        run = load_checkpoint(tmp_path / "last.pt").run
        seen.append((run["epoch"], run["step"]))
        return len(seen) == 5

    new_run(often, shades()).run(stop=look, progress=False)
    assert seen == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]


@pytest.mark.usefixtures("undrawn")
def test_offered_weights_are_the_ones_the_recipe_names(tmp_path: Path) -> None:
    for choice in ("raw", "averaged"):
        run = train(tmp_path / choice, replace(RECIPE, weights=choice))
        assert run.state.average is not None
        wanted = run.state.network if choice == "raw" else run.state.average.module
        offered = load_checkpoint(tmp_path / choice / "last.pt").weights["fc.weight"]
        assert torch.equal(offered, wanted.fc.weight)
        assert not torch.equal(run.state.network.fc.weight, run.state.average.module.fc.weight)


@pytest.mark.usefixtures("undrawn")
def test_best_is_the_epoch_with_the_best_held_out_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.5, 0.9, 0.9, 0.7])
    monkeypatch.setattr("model_export.training.measure", lambda *_, **__: (1.0, next(scores)))
    train(tmp_path, replace(RECIPE, epochs=4, average_decay=0.0, weights="raw"))
    assert load_checkpoint(tmp_path / "best.pt").training["epoch"] == 3
    assert load_checkpoint(tmp_path / "last.pt").training["epoch"] == 4


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


@pytest.mark.usefixtures("undrawn")
def test_a_diverging_loss_is_a_named_error(tmp_path: Path) -> None:
    run = new_run(settings(tmp_path), shades())
    run.state.network.fc.weight.data.fill_(torch.inf)
    with pytest.raises(DivergedError, match="epoch 1"):
        run.run(stop=never, progress=False)


@pytest.mark.usefixtures("undrawn")
def test_norms_and_biases_do_not_decay(tmp_path: Path) -> None:
    run = new_run(settings(tmp_path), shades())
    decayed, others = run.state.optimiser.param_groups
    assert (decayed["weight_decay"], others["weight_decay"]) == (RECIPE.weight_decay, 0.0)
    assert {parameter.ndim for parameter in decayed["params"]} == {2, 4}
    assert {parameter.ndim for parameter in others["params"]} == {1}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("images", [2, 3, 7])
def test_no_batch_is_of_one_image(tmp_path: Path, images: int) -> None:
    run = new_run(settings(tmp_path, replace(RECIPE, batch_size=2)), shades(images))
    assert run.run(stop=never, progress=False)
    assert len(run.state.history) == RECIPE.epochs


def test_clipping_shortens_the_gradient_of_a_step(tmp_path: Path) -> None:
    lengths = {}
    for clip_norm in (0.0, 1e-3):
        recipe = replace(RECIPE, clip_norm=clip_norm, weight_decay=0.0)
        run = new_run(settings(tmp_path / str(clip_norm), recipe), shades())
        run.run(stop=after(1), progress=False)
        # After one step SGD's momentum is that step's gradient.
        momenta = [state["momentum_buffer"].norm() for state in run.state.optimiser.state.values()]
        lengths[clip_norm] = torch.stack(momenta).norm().item()
    assert lengths[0.0] > 0.1
    assert lengths[1e-3] == pytest.approx(1e-3, rel=1e-3)
