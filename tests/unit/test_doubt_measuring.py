"""What a network knows, measured by the build step: which score separates, and what is written."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.core.doubt import judge, mahalanobis
from desktop_app.core.images import load_image
from desktop_app.core.model_file import load_model
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import FileSource, Tensor
from desktop_app.core.sessions import ModelSessions
from model_export.__main__ import main
from model_export.datasets import DataSetError, read_data_set
from model_export.doubt import Seen, auroc, fit, measure, sample

pytestmark = pytest.mark.torch
FEATURES = 5


def cloud(centre: float, count: int, *, seed: int) -> Tensor:
    random = np.random.default_rng(seed)
    rows = np.array([4, centre, 0, 0, 0]) + random.normal(0, 0.1, (count, FEATURES))
    return rows.astype(np.float32)


def seen(features: Tensor, surest: float) -> Seen:
    logits = np.zeros((len(features), 3), np.float32)
    logits[:, 0] = surest + np.random.default_rng(0).normal(0, 0.1, len(features))
    return Seen(features=features, logits=logits)


def test_the_area_under_the_curve_counts_pairs_and_ties_half() -> None:
    familiar, others = np.array([1.0, 2.0, 3.0]), np.array([2.0, 5.0])
    pairs = [(o > f) + 0.5 * (o == f) for f in familiar for o in others]
    assert auroc(familiar, others) == pytest.approx(np.mean(pairs))
    assert auroc(familiar, familiar) == 0.5


def test_the_score_that_separates_better_is_chosen_and_both_are_told() -> None:
    fitted = fit(cloud(0, 300, seed=1), layer="avg_pool", axes=2)
    familiar = seen(cloud(0, 100, seed=2), surest=5)
    far = measure(fitted, familiar, {"far": seen(cloud(3, 50, seed=3), surest=5)})
    assert far.score == "mahalanobis"
    assert {(s.score, s.against, s.images, s.familiar) for s in far.separation} == {
        ("mahalanobis", "far", 50, 100),
        ("energy", "far", 50, 100),
    }
    unsure = measure(fitted, familiar, {"unsure": seen(cloud(0, 50, seed=4), surest=-5)})
    assert unsure.score == "energy"
    assert unsure.mean == b""
    better = {s.score: s.auroc for s in unsure.separation}
    assert better["energy"] > 0.99
    assert better["mahalanobis"] < 0.7


def test_five_of_a_hundred_familiar_pictures_are_called_unusual() -> None:
    fitted = fit(cloud(0, 300, seed=1), layer="avg_pool", axes=2)
    features = cloud(0, 1000, seed=2)
    card = measure(fitted, seen(features, surest=1), {})
    assert card.score == "mahalanobis"
    beyond = mahalanobis(features, card) > card.quantiles[94]
    assert beyond.mean() == pytest.approx(0.05, abs=0.005)


def test_features_that_do_not_vary_give_finite_scores() -> None:
    card = fit(np.ones((10, FEATURES), np.float32), layer="avg_pool")
    assert np.isfinite(mahalanobis(np.ones((1, FEATURES), np.float32), card)).all()


@pytest.mark.parametrize("shape", [(1, FEATURES), (10, 1)], ids=["one picture", "one feature"])
def test_too_little_to_measure_a_spread_is_said(shape: tuple[int, int]) -> None:
    with pytest.raises(DataSetError, match="at least two"):
        fit(np.ones(shape, np.float32), layer="avg_pool")


def test_pictures_whose_features_overflow_are_left_out() -> None:
    rows = cloud(2, 20, seed=0)
    broken = np.concatenate([rows, np.full((1, FEATURES), np.inf, np.float32)])
    broken[0, 0] = np.nan
    card = fit(broken, layer="avg_pool")
    assert card == fit(rows[1:], layer="avg_pool")
    assert card.trained_on == 19


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Folders of reds, greens and blues, each picture a little different."""
    random = np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 6)):
        for index, name in enumerate(("red", "green", "blue")):
            folder = tmp_path / "colours" / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = random.integers(0, 40, (32, 32, 3))
                pixels[..., index] += 180
                PillowImage.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    return tmp_path / "colours"


def test_a_sample_has_every_class_alike(colours: Path) -> None:
    names = [source.name for source in sample(read_data_set(colours).split("train"), 9)]
    assert len(names) == 9
    assert sample(read_data_set(colours).split("train"), 9) == sample(
        read_data_set(colours).split("train"), 9
    )


def test_the_command_writes_the_card_and_the_program_reads_it(
    colours: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    greys = tmp_path / "greys"
    greys.mkdir()
    for value in range(0, 250, 25):
        PillowImage.new("RGB", (32, 32), (value,) * 3).save(greys / f"{value}.png")
    (greys / "torn.png").write_bytes(b"torn")
    written = tmp_path / "knows.onnx"
    arguments = ["doubt", str(tiny_model), "--data", str(colours), "--output", str(written)]
    assert main([*arguments, "--against", f"greys={greys}"]) == 0
    printed = capsys.readouterr().out
    assert "greys" in printed
    assert "AUROC" in printed
    model, before = load_model(written), load_model(tiny_model)
    assert before.card is not None
    assert before.card.doubt is None
    assert model.card is not None
    doubt = model.card.doubt
    assert doubt is not None
    assert (doubt.images, doubt.trained_on) == (18, 36)
    assert {s.images for s in doubt.separation} == {10}
    assert doubt.score == max(doubt.separation, key=lambda s: s.auroc).score
    sessions = ModelSessions(model, "cpu")
    image = load_image(FileSource(greys / "125.png"))
    tensor = preprocess(image, model.preprocessing)
    found = judge(model, sessions.activations(tensor))
    assert found is not None
    assert found.kind == doubt.score
    assert found.rank > 0.5
    # Nothing but the card has changed: the answers are the same.
    plain = ModelSessions(before, "cpu").probabilities(tensor)
    np.testing.assert_array_equal(sessions.probabilities(tensor), plain)


@pytest.mark.parametrize("against", ["no-equals-sign", "name=/no/such/folder", "=x"])
def test_a_wrong_call_is_told_before_anything_runs(
    against: str, colours: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["doubt", str(tiny_model), "--data", str(colours), "--against", against]
    assert main(call) == 2
    assert "NAME=DIR" in capsys.readouterr().err


def test_a_model_without_a_card_is_refused(
    colours: Path, plain_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = plain_model.read_bytes()
    assert main(["doubt", str(plain_model), "--data", str(colours)]) == 1
    assert "it has none" in capsys.readouterr().err
    assert plain_model.read_bytes() == before
