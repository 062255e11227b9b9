"""How unlike the training's pictures a picture is: the scores, and what is said of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.core.card import decode_card, encode_card
from desktop_app.core.doubt import Doubt, energy, judge, mahalanobis
from desktop_app.core.familiarity import Familiarity
from desktop_app.core.model_file import load_model
from desktop_app.core.records import Activations, Card, Model, Tensor

FEATURES = 6


@pytest.fixture
def rows() -> Tensor:
    """Features that vary along two directions only, and a little beside."""
    random = np.random.default_rng(0)
    plane = random.normal(size=(2, FEATURES))
    rows = 5 + random.normal(size=(400, 2)) @ plane + 0.05 * random.normal(size=(400, FEATURES))
    return rows.astype(np.float32)


@pytest.fixture
def card(rows: Tensor) -> Familiarity:
    """What the rows' own Gaussian says, with two axes, written by hand."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(np.cov(unit, rowvar=False))
    return Familiarity(
        score="mahalanobis",
        layer="avg_pool",
        mean=unit.mean(axis=0).astype("<f4").tobytes(),
        axes=vectors[:, -2:].T.astype("<f2").tobytes(),
        variances=tuple(map(float, values[-2:])),
        rest=float(values[:-2].mean()),
        quantiles=tuple(float(q) for q in range(1, 100)),
        images=400,
    )


def test_the_distance_of_the_training_s_own_features_is_their_number_of_directions(
    rows: Tensor, card: Familiarity
) -> None:
    # The mean of a squared Mahalanobis distance is the dimension.
    assert mahalanobis(rows, card).mean() == pytest.approx(FEATURES, rel=0.05)


def test_the_distance_is_the_full_one_where_all_axes_are_kept(rows: Tensor) -> None:
    unit = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    covariance = np.cov(unit, rowvar=False)
    values, vectors = np.linalg.eigh(covariance)
    isotropic = float(values[:4].mean())
    values[:4] = isotropic
    whole = vectors @ np.diag(values) @ vectors.T
    away = unit - unit.mean(axis=0)
    expected = np.einsum("ni,ij,nj->n", away, np.linalg.inv(whole), away)
    card = Familiarity(
        score="mahalanobis",
        mean=unit.mean(axis=0).astype("<f4").tobytes(),
        axes=vectors[:, 4:].T.astype("<f2").tobytes(),
        variances=tuple(values[4:]),
        rest=isotropic,
    )
    np.testing.assert_allclose(mahalanobis(rows, card), expected, rtol=0.02)


def test_another_direction_is_far_and_brightness_is_not(rows: Tensor, card: Familiarity) -> None:
    usual = mahalanobis(rows[:1], card)[0]
    assert mahalanobis(3 * rows[:1], card)[0] == pytest.approx(usual, rel=1e-4)
    strange = np.zeros((1, FEATURES), np.float32)
    strange[0, 0] = 1
    assert mahalanobis(strange, card)[0] > 100 * FEATURES


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_no_numbers_are_as_far_as_can_be(
    rows: Tensor, card: Familiarity, value: float
) -> None:
    broken = rows[:1].copy()
    broken[0, 0] = value
    with np.errstate(invalid="ignore"):
        assert mahalanobis(broken, card)[0] == np.inf


def test_the_energy_is_low_where_some_class_fits_well() -> None:
    logits = np.array([[0, 0, 0], [9, 0, 0]], np.float32)
    assert energy(logits) == pytest.approx([-np.log(3), -np.log(np.exp(9) + 2)])
    assert np.isfinite(energy(np.array([[5000, -5000]], np.float32))).all()


def test_what_a_card_tells_survives_its_json(card: Familiarity, tiny_model: Path) -> None:
    written = load_model(tiny_model).card
    assert written is not None
    assert written.doubt is None
    full = replace(written, doubt=card)
    assert decode_card(encode_card(full)) == full


def doubtful(tiny_model: Path, doubt: Familiarity | None) -> Model:
    model = load_model(tiny_model)
    assert isinstance(model.card, Card)
    return replace(model, card=replace(model.card, doubt=doubt))


def judged(tiny_model: Path, card: Familiarity, features: Tensor) -> Doubt | None:
    maps = Activations(values={"avg_pool": features.reshape(-1, 1, 1)}, run_ms=1)
    return judge(doubtful(tiny_model, card), maps)


def test_the_rank_is_the_share_of_familiar_pictures_that_are_less_unlike(
    rows: Tensor, card: Familiarity, tiny_model: Path
) -> None:
    score = float(mahalanobis(rows[:1], card)[0])
    card = replace(card, quantiles=tuple(score - 60 + q for q in range(99)))
    doubt = judged(tiny_model, card, rows[0])
    assert doubt is not None
    assert doubt.rank == pytest.approx(0.6, abs=0.011)
    assert doubt.sentence == ""


@pytest.mark.parametrize(
    ("rank", "begins"), [(0.94, ""), (0.95, "Unusual: "), (0.98, "Unusual: "), (0.99, "Unlike ")]
)
def test_what_is_said_of_a_rank(rank: float, begins: str) -> None:
    sentence = Doubt(rank=rank, score=1, kind="energy").sentence
    assert sentence.startswith(begins)
    assert bool(sentence) == bool(begins)


def test_nothing_is_said_where_the_card_tells_nothing(rows: Tensor, tiny_model: Path) -> None:
    maps = Activations(values={"avg_pool": rows[0].reshape(-1, 1, 1)}, run_ms=1)
    assert judge(load_model(tiny_model), maps) is None
    assert judge(doubtful(tiny_model, Familiarity(score="energy")), maps) is None


def test_a_card_that_prefers_the_energy_is_followed(tiny_model: Path) -> None:
    model = doubtful(tiny_model, Familiarity(score="energy", quantiles=(-3.0, -2.0, -1.0)))
    logits = np.array([0.9, 0.9, 0.9], np.float32).reshape(-1, 1, 1)
    doubt = judge(model, Activations(values={model.logits_name: logits}, run_ms=1))
    assert doubt is not None
    assert (doubt.kind, doubt.rank) == ("energy", 0.5)
