"""What a method is given, and what it gives back."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias

from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.attributions import Completeness
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.records import Tensor

Progress: TypeAlias = Callable[[int, int], None]
"""Told how much is done, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One picture and one question about it.

    Attributes:
        derivatives: Runs the network.
        tensor: The input tensor, a batch of one.
        weights: float32 (1, classes): 1 for the class, -1 for the one it is held against.
        layer: Whose maps are looked at; None for the method's own choice.
        progress: Is told how far it is.
        switch: Stops it.
    """

    derivatives: Derivatives
    tensor: Tensor
    weights: Tensor
    layer: str | None
    progress: Progress
    switch: Cancellation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finding:
    """What a method found.

    Attributes:
        values: float32 (h, w) over the part of the picture that the network was given.
        score: The class's logit, or its lead over the other class.
        run_ms: Wall-clock milliseconds that the network ran.
        layer: Whose maps were looked at; empty for the input.
        completeness: Of integrated gradients.
        runs: How many pictures the network was given.
    """

    values: Tensor
    score: float
    run_ms: float
    layer: str = ""
    completeness: Completeness | None = None
    runs: int = 1


Steps: TypeAlias = Generator[None, None, Finding]
"""A method at work: it pauses between runs, and returns what it found."""


def at_once(method: Callable[[Case], Finding]) -> Callable[[Case], Steps]:
    """A method of one run, which pauses nowhere, as one that works in steps."""

    def steps(case: Case) -> Steps:
        yield from ()
        return method(case)

    return steps
