"""The views that can be gone back to."""

from dataclasses import dataclass
from typing import Any

from desktop_app.parts.comparison import ComparedWith


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewPosition:
    """What is looked at, and how: everything that a change of view can change.

    Attributes:
        image: Number of the entry; None for none.
        compared: What it is compared with; None for nothing.
        channel: The open channel, whoever chose it.
        proposed_for: The layer that the program proposed a channel for; None for none.
        turned: The channel's tab (:data:`~desktop_app.state.ChannelTab`) there, and the one that
            the step from there turned to; None where it turned none.
        options: The fields of :class:`~desktop_app.state.ViewOptions` by name, but those that
            arrange the window.
        fields: The view's fields of :class:`~desktop_app.state.LensState` by name.
    """

    image: int | None
    compared: ComparedWith | None
    channel: int
    proposed_for: str | None
    options: dict[str, Any]
    fields: dict[str, Any]
    turned: tuple[Any, Any] | None = None

    @property
    def kept(self) -> int | None:
        """Number of the image that is kept as A beside it; None for none."""
        return None if self.compared is None else self.compared.image


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewHistory:
    """Where a person came from, and from where they went back.

    Attributes:
        past: Oldest first; the last one is where undo leads.
        future: The first one is where redo leads.
        sliding: The one value that has been changed without pause since the last of ``past``; a
            slider's way is one step. Empty for none.
        undo: What undo would change, in words ("layer, scale"); empty when there is no past.
        redo: What redo would change, in words; empty when there is no future.
    """

    past: tuple[ViewPosition, ...] = ()
    future: tuple[ViewPosition, ...] = ()
    sliding: str = ""
    undo: str = ""
    redo: str = ""
