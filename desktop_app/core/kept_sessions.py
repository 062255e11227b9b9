"""The sessions that a question of somebody needed: the last few are kept, the others let go.

Each holds the weights once more, and what it works in besides, while questions come and go: why,
what if, which images. Whoever owns such sessions keeps them here, all of one model in one place, so
that together they stay few. What is let go is made again when it is asked for.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

SESSIONS_KEPT: Final = 5
"""Beside the two that every picture needs: docs/decisions/0027-few-sessions-are-kept.md."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Kept:
    owner: object
    key: Any
    value: Any


class KeptSessions:
    """Those of one model. Belongs to one thread."""

    def __init__(self, most: int = SESSIONS_KEPT) -> None:
        """Keep up to ``most``."""
        self._most = most
        self._kept: list[_Kept] = []  # the one used last comes first

    def get(
        self,
        owner: object,
        key: K,
        prepare: Callable[[], Callable[[], V]],
        *,
        serves: Callable[[K], bool] | None = None,
    ) -> V:
        """The session of that key, or another one that serves as well; made if there is none.

        Args:
            owner: A mark of whom it belongs to; holding the owner itself would keep both alive.
            key: What it is for.
            prepare: Does what can be refused, and gives what loads the session. What was used
                longest ago goes in between, so that there is room and nothing goes in vain.
            serves: Tells of an owner's key whether its session will do; only ``key``'s if None.
        """
        place = self._place_of(owner, serves or (lambda other: other == key))
        if place is None:
            load = prepare()
            del self._kept[self._most - 1 :]
            self._kept.insert(0, _Kept(owner, key, load()))
        else:
            self._kept.insert(0, self._kept.pop(place))
        found: V = self._kept[0].value
        return found

    def let_go(self, owner: object) -> None:
        """Let all of an owner's go."""
        self._kept = [kept for kept in self._kept if kept.owner is not owner]

    def _place_of(self, owner: object, serves: Callable[[K], bool]) -> int | None:
        for place, kept in enumerate(self._kept):
            if kept.owner is owner and serves(kept.key):
                return place
        return None
