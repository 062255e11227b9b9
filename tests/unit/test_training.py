"""A training run: learns, keeps its promises about files, and heeds its recipe."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model_export.recipes import RecipeError

torch = pytest.importorskip("torch")

from model_export.checkpoints import load_checkpoint, load_network  # noqa: E402
from model_export.measuring import measure  # noqa: E402
from model_export.ranks import Ranks  # noqa: E402
from model_export.training import DivergedError, TrainingRun  # noqa: E402
from tests.small_runs import (  # noqa: E402
    RECIPE,
    after,
    history,
    narrow_on_one_thread,
    never,
    new_run,
    settings,
    shades,
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


@pytest.mark.parametrize(("choice", "best"), [("raw", 2), ("averaged", 3)])
@pytest.mark.usefixtures("undrawn")
def test_average_and_raw_weights_are_measured_apart_and_the_offered_ones_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: Any, best: int
) -> None:
    run = new_run(settings(tmp_path, replace(RECIPE, weights=choice)), shades(), shades(8, seed=1))
    scores = {id(run.state.network): iter([0.1, 0.8, 0.3])}
    assert run.state.average is not None
    scores[id(run.state.average.module)] = iter([0.2, 0.4, 0.6])
    monkeypatch.setattr(
        "model_export.training.measure", lambda network, *_, **__: (1.0, next(scores[id(network)]))
    )
    assert run.run(stop=never, progress=False)
    records = history(tmp_path)
    assert [record["val_accuracy"] for record in records] == [0.1, 0.8, 0.3]
    assert [record["val_accuracy_averaged"] for record in records] == [0.2, 0.4, 0.6]
    assert load_checkpoint(tmp_path / "best.pt").training["epoch"] == best


@pytest.mark.parametrize(
    ("scores", "epochs"),
    [
        ([0.1, 0.5, 0.5, 0.4, 0.6], 4),  # a tie is nothing better
        ([0.1, 0.5, 0.4, 0.6, 0.6, 0.6], 6),
        ([0.5, 0.6, 0.7, 0.8, 0.9, 0.95], 6),
        ([0.0, 0.0, 0.0], 3),
    ],
    ids=str,
)
@pytest.mark.usefixtures("undrawn")
def test_patience_ends_the_run_when_nothing_got_better(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    scores: list[float],
    epochs: int,
) -> None:
    recipe = replace(RECIPE, epochs=6, patience=2, average_decay=0.0, weights="raw")
    left = iter(scores)
    monkeypatch.setattr("model_export.training.measure", lambda *_, **__: (1.0, next(left)))
    run = train(tmp_path, recipe)
    assert run.state.epoch == epochs
    said = "stopped early: nothing better in 2 epochs" in capsys.readouterr().err
    assert said == (epochs < 6)
    again = new_run(settings(tmp_path, recipe), shades(), shades(8, seed=1))
    again.resume()
    assert again.run(stop=never, progress=False)
    assert again.state.epoch == epochs


class AnotherStops(Ranks):
    """A process that, asked whether to stop, learns that another wants to."""

    def sum(self, *values: float) -> list[float]:
        return [value + 1 for value in values] if len(values) == 1 else list(values)


@pytest.mark.usefixtures("undrawn")
def test_a_run_stops_when_any_process_wants_to(tmp_path: Path) -> None:
    run = TrainingRun(settings(tmp_path), shades(), ranks=AnotherStops())
    assert not run.run(stop=never, progress=False)
    assert load_checkpoint(tmp_path / "last.pt").run["step"] == 0


def test_patience_without_anything_to_watch_is_a_wrong_recipe(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="patience is measured on held-out images"):
        new_run(settings(tmp_path, replace(RECIPE, patience=2)), shades())


def test_a_batch_that_is_too_small_for_the_processes_is_a_wrong_recipe(tmp_path: Path) -> None:
    told = settings(tmp_path, replace(RECIPE, batch_size=3))  # 16 images: batches of 2 and 3
    with pytest.raises(RecipeError, match="a batch of 2 is not 2 images for each of 2 processes"):
        TrainingRun(told, shades(), ranks=Ranks(world_size=2))


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
