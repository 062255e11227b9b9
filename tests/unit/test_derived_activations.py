"""A mapping that computes what is asked for, once, and keeps little of it."""

import gc
import math
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from desktop_app.core.derived_activations import DerivedActivations, held_bytes
from desktop_app.core.formulas import Added, Clipped, Formula, Mixed, Scaled
from desktop_app.core.records import Tensor, read_only

TAPPED = read_only(np.linspace(-1, 1, 4 * 3 * 3, dtype=np.float32).reshape(4, 3, 3))


@dataclass(frozen=True, slots=True, eq=False)
class Doubled:
    """Counts how often it is computed."""

    inputs: tuple[str, ...]
    computed: list[float] = field(default_factory=list)

    def cost(self, values: int) -> float:
        return values

    def of(self, inputs: Sequence[Tensor]) -> Tensor:
        self.computed.append(float(inputs[0].max()))
        return inputs[0] * 2


def chain(length: int) -> dict[str, Formula]:
    names = ["tapped", *(f"step{n}" for n in range(length))]
    return {name: Doubled((before,)) for before, name in pairwise(names)}


def activations(formulas: dict[str, Formula], *, kept: int = 10**9) -> DerivedActivations:
    return DerivedActivations(
        {"tapped": TAPPED}, formulas, names=("tapped", *formulas), kept_bytes=kept
    )


def computed(formulas: dict[str, Formula]) -> int:
    return sum(len(f.computed) for f in formulas.values() if isinstance(f, Doubled))


def test_a_layer_is_derived_when_asked_for_and_not_before() -> None:
    formulas = chain(3)
    values = activations(formulas)
    assert list(values) == ["tapped", "step0", "step1", "step2"]
    assert len(values) == 4
    assert "step2" in values
    assert computed(formulas) == 0
    np.testing.assert_array_equal(values["step1"], TAPPED * 4)
    assert computed(formulas) == 2
    assert values["tapped"] is TAPPED


def test_what_is_asked_for_twice_is_the_same_array() -> None:
    formulas = chain(2)
    values = activations(formulas, kept=0)
    held = values["step1"]
    values["step0"]
    assert values["step1"] is held
    assert len(formulas["step1"].computed) == 1  # type: ignore[attr-defined]
    assert not held.flags.writeable


def test_no_more_is_kept_than_allowed_and_what_was_let_go_comes_again() -> None:
    formulas = chain(6)
    values = activations(formulas, kept=2 * TAPPED.nbytes)
    for name in formulas:
        values[name]
        assert values.held_bytes <= 3 * TAPPED.nbytes
    gc.collect()
    np.testing.assert_array_equal(values["step0"], TAPPED * 2)
    assert held_bytes(values) == values.held_bytes == 3 * TAPPED.nbytes


def test_one_layer_is_kept_however_large() -> None:
    formulas = chain(2)
    values = activations(formulas, kept=1)
    values["step1"]
    assert values.held_bytes == 2 * TAPPED.nbytes
    values["step1"]
    assert computed(formulas) == 2


def test_all_that_was_derived_can_be_let_go() -> None:
    values = activations(chain(3))
    values["step2"]
    values.let_go()
    assert values.held_bytes == TAPPED.nbytes
    np.testing.assert_array_equal(values["step2"], TAPPED * 8)


def test_what_is_no_layer_is_a_key_error_also_where_it_is_needed_on_the_way() -> None:
    values = DerivedActivations({"tapped": TAPPED}, chain(2), names=["step1"])
    assert values.get("step0") is None
    assert values.get("nothing") is None
    with pytest.raises(KeyError):
        values["tapped"]
    assert [maps.shape for maps in values.values()] == [TAPPED.shape]


def test_a_graph_may_be_deeper_than_the_stack() -> None:
    formulas: dict[str, Formula] = {"step0": Clipped(inputs=("tapped",))}
    for step in range(1, 5000):
        formulas[f"step{step}"] = Clipped(inputs=(f"step{step - 1}",))
    values = activations(formulas, kept=0)
    np.testing.assert_array_equal(values["step4999"], TAPPED.clip(min=0))


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads take turns at every step, so that what is not guarded goes wrong."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-7)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_threads_that_ask_at_once_get_one_array() -> None:
    formulas = chain(40)
    values = activations(formulas)
    barrier = threading.Barrier(8)

    def ask(_: int) -> Tensor:
        barrier.wait()
        return values["step39"]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert all(maps is found[0] for maps in found)
    assert computed(formulas) == 40


def test_formulas_give_what_their_operators_give() -> None:
    other = read_only(TAPPED[::-1].copy())
    scale = np.array([0, 1, -2, 3], np.float32).reshape(4, 1, 1)
    kernel = np.arange(8, dtype=np.float32).reshape(2, 4)
    bias = np.array([[1], [2]], np.float32)
    formulas: dict[str, Formula] = {
        "positive": Clipped(inputs=("tapped",)),
        "between": Clipped(inputs=("tapped",), low=-math.inf, high=0.5),
        "sum": Added(inputs=("tapped", "other", "tapped")),
        "norm": Scaled(inputs=("tapped",), scale=scale, shift=scale + 1),
        "mixed": Mixed(inputs=("tapped",), kernel=kernel, bias=bias, stride=(2, 1)),
    }
    values = DerivedActivations({"tapped": TAPPED, "other": other}, formulas, names=formulas)
    np.testing.assert_array_equal(values["positive"], TAPPED.clip(min=0))
    np.testing.assert_array_equal(values["between"], TAPPED.clip(max=0.5))
    np.testing.assert_array_equal(values["sum"], TAPPED + other + TAPPED)
    np.testing.assert_array_equal(values["norm"], TAPPED * scale + (scale + 1))
    mixed = np.einsum("oi,ihw->ohw", kernel, TAPPED[:, ::2]) + bias[:, :, None]
    assert values["mixed"].shape == (2, 2, 3)
    np.testing.assert_allclose(values["mixed"], mixed, rtol=1e-5, atol=1e-5)


def test_what_overflows_is_infinite_and_no_warning() -> None:
    large = read_only(np.full((1, 1, 1), 3e38, np.float32))
    formulas: dict[str, Formula] = {"sum": Added(inputs=("large", "large"))}
    values = DerivedActivations({"large": large}, formulas, names=formulas)
    assert np.isposinf(values["sum"]).all()
