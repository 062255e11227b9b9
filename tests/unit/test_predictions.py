"""Scores, probabilities and the order of classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from desktop_app.core.predictions import as_text, softmax, temper, top_k
from desktop_app.core.records import Prediction

LABELS = ("ant", "bee", "cat", "dog")


def test_softmax_known_values() -> None:
    # e^0 : e^ln2 : e^ln5 = 1 : 2 : 5
    logits = np.log(np.array([[1.0, 2.0, 5.0]]))
    np.testing.assert_allclose(softmax(logits), [[0.125, 0.25, 0.625]], rtol=1e-6)


def test_softmax_of_huge_and_impossible_logits() -> None:
    np.testing.assert_array_equal(softmax(np.array([1e30, -1e30, -np.inf])), [1.0, 0.0, 0.0])


@given(
    arrays(np.float32, (3, 5), elements=st.floats(-80, 80, width=32)),
    st.floats(-1000, 1000, width=32),
)
def test_softmax_sums_to_one_and_ignores_a_shift(logits: np.ndarray, shift: float) -> None:
    result = softmax(logits)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result.sum(axis=-1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(softmax(logits.astype(np.float64) + shift), result, atol=1e-6)


LOGITS = arrays(np.float32, (4, 6), elements=st.floats(-40, 40, width=32))


@given(LOGITS, st.floats(0.5, 10))
def test_temperature_on_probabilities_is_temperature_on_logits(
    logits: np.ndarray, temperature: float
) -> None:
    expected = softmax(logits.astype(np.float64) / temperature)
    found = temper(softmax(logits), temperature)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@given(LOGITS, st.floats(0.05, 20))
def test_temperature_never_swaps_two_classes(logits: np.ndarray, temperature: float) -> None:
    before = softmax(logits)
    after = temper(before, temperature)
    order = np.argsort(-before, axis=-1, kind="stable")
    assert (np.diff(np.take_along_axis(after, order, axis=-1), axis=-1) <= 0).all()


def test_temperature_makes_modest_or_sure() -> None:
    # Square roots of 1 : 4 : 4, and their squares.
    np.testing.assert_allclose(temper(np.array([1, 4, 4]) / 9, 2), [0.2, 0.4, 0.4], rtol=1e-6)
    np.testing.assert_allclose(temper(np.array([1, 2, 2]) / 5, 0.5), np.array([1, 4, 4]) / 9)
    unlikely = temper(np.array([1.0, 0.0], np.float32), 3)
    assert np.isfinite(unlikely).all()
    assert unlikely.argmax() == 0


def test_temperature_one_changes_no_bit() -> None:
    probabilities = softmax(np.random.default_rng(0).normal(size=(5, 9)))
    assert temper(probabilities, 1.0).tobytes() == probabilities.tobytes()


def test_top_k_sorts_and_clips() -> None:
    found = top_k(np.array([0.1, 0.6, 0.0, 0.3], np.float32), LABELS, 99)
    assert [(p.label, p.index) for p in found] == [("bee", 1), ("dog", 3), ("ant", 0), ("cat", 2)]
    assert found[0].probability == pytest.approx(0.6)
    assert [p.label for p in top_k(np.array([0.1, 0.6, 0.0, 0.3]), LABELS, 1)] == ["bee"]


def test_ties_stand_in_the_order_of_the_labels() -> None:
    found = top_k(np.full(4, 0.25), LABELS, 3)
    assert [p.index for p in found] == [0, 1, 2]


@pytest.mark.parametrize(("k", "classes"), [(0, 4), (-1, 4), (1, 3)])
def test_wrong_calls_are_refused(k: int, classes: int) -> None:
    with pytest.raises(ValueError, match=r"k must be|labels for"):
        top_k(np.full(classes, 1 / classes), LABELS, k)


def test_text_has_one_line_per_prediction() -> None:
    predictions = (Prediction("tabby cat", 281, 0.97314), Prediction("100% lynx", 287, 0.0001))
    assert as_text(predictions) == "97.31 %\ttabby cat\n0.01 %\t100% lynx"
    assert as_text(()) == ""
