"""Undo and redo for every change of view, by comparing snapshots.

No command has to say how it is undone: whatever follows from a snapshot and looks at something
else, or in another way, is a step. What is computed is not part of it, and neither is what
arranges the window (theme, tabs, panels); but a step that turned the channel's tab, as a view file
does, turns it back. Pure, like ``transitions.py``.
"""

from dataclasses import fields, replace
from typing import Any, Final

from desktop_app import comparing, transitions
from desktop_app.intervening import changed_by, with_changes
from desktop_app.parts.history import ViewHistory, ViewPosition
from desktop_app.state import ChannelTab, LensState, ViewOptions

STEPS_KEPT: Final = 200
_ARRANGING: Final = frozenset(
    {"theme", "layers_tab", "images_tab", "channel_tab", "index_folders", "show_evidence"}
)
_SLIDING: Final = frozenset({"overlay_opacity", "tile_px"})
"""Options that change many times on one way of a slider or wheel."""
_FIELDS: Final = ("layer", "channel", "grid", "chosen_class", "against_class")
_SPOKEN: Final = {
    "image": "image",
    "sides": "sides of the comparison",
    "comparison": "comparison",
    "layer": "layer",
    "interventions": "change of the network",
    "channel": "channel",
    "grid": "channels picked out",
    "chosen_class": "class",
    "against_class": "class held against",
    "scale": "scale",
    "pinned_range": "pinned scale",
    "sort": "order of the channels",
    "hide_dead": "dead channels",
    "colormap": "colour map",
    "overlay": "overlay",
    "overlay_opacity": "opacity",
    "tile_px": "size of the tiles",
    "method": "method of explanation",
    "explain_at_chosen": "layer of the explanation",
    "top_k": "number of classes",
    "side": "side of the comparison",
    "block_shares": "shares over the map",
    "strongest_as": "patches or photos",
}


def position_of(state: LensState) -> ViewPosition:
    """What ``state`` looks at, and how."""
    options = state.options
    return ViewPosition(
        image=state.current,
        compared=comparing.compared_with(state),
        channel=state.channel,
        proposed_for=state.channel_proposed_for,
        options={
            field.name: getattr(options, field.name)
            for field in fields(ViewOptions)
            if field.name not in _ARRANGING
        },
        fields={name: getattr(state, name) for name in _FIELDS}
        # Another channel that the program proposed is no step.
        | {
            "channel": state.channel if state.channel_chosen else None,
            "interventions": changed_by(state).active,
        },
    )


def recorded(before: LensState, after: LensState) -> LensState:
    """``after``, with the way back to ``before`` where the view has changed.

    A step that sets the history itself (undo, redo) is left alone. Another model's layers are
    not those of the one before: its history begins anew.
    """
    if after.history is not before.history:
        return after
    if after.model is not before.model:
        return after if before.history is None else replace(after, history=None)
    if _looks_alike(before, after):
        return after
    here, there = position_of(before), position_of(after)
    changed = _changes(here, there)
    is_lost = changed == {"comparison"} and _is_not_to_be_had(before, after)
    if not changed or is_lost or before.model is None or before.current is None:
        return _seen_anew(after)
    history = before.history or ViewHistory()
    if _came_to_nothing(before, after):
        taken_back = withdrawn(before, after)
        if taken_back is not after:
            return taken_back
    sliding = _sliding(changed, here, there)
    past = history.past
    if not sliding or sliding != history.sliding:
        past = (*past, replace(here, turned=_turned(before, after)))[-STEPS_KEPT:]
    return replace(after, history=_history(after, past, (), sliding=sliding))


def withdrawn(before: LensState, after: LensState) -> LensState:
    """``after``, where the last step came to nothing and was taken back: it is no step at all."""
    history, there = before.history, position_of(after)
    if history is None or not history.past or _changes(history.past[-1], there):
        return after
    return replace(after, history=_history(after, history.past[:-1], ()))


def undone(state: LensState) -> LensState:
    """One step back; ``state`` where there is none."""
    history = state.history
    if history is None or not history.past:
        return state
    *past, there = history.past
    restored = _restored(state, there)
    future = (replace(position_of(state), turned=_turned(state, restored)), *history.future)
    return replace(restored, history=_history(restored, tuple(past), future))


def redone(state: LensState) -> LensState:
    """One step forward again; ``state`` where there is none."""
    history = state.history
    if history is None or not history.future:
        return state
    there, *future = history.future
    restored = _restored(state, there)
    past = (*history.past, replace(position_of(state), turned=_turned(state, restored)))
    return replace(restored, history=_history(restored, past, tuple(future)))


def _looks_alike(before: LensState, after: LensState) -> bool:
    """Whether it is plain at a glance that nothing of the view has changed."""
    return (
        before.options is after.options
        and len(before.entries) <= len(after.entries)
        and before.pending == after.pending
        and before.shown is after.shown
        and before.comparison is after.comparison
        and before.channel_chosen == after.channel_chosen
        and before.interventions is after.interventions
        and all(getattr(before, name) is getattr(after, name) for name in _FIELDS)
    )


def _is_not_to_be_had(before: LensState, after: LensState) -> bool:
    """Whether a second model that undo was to bring back could not be loaded."""
    wanted = before.comparison is not None and before.comparison.wanted is not None
    return wanted and after.comparison is None


def _came_to_nothing(before: LensState, after: LensState) -> bool:
    """Whether an image that was asked for could not be had."""
    return before.pending is not None and after.pending is None and after.shown is before.shown


def _restored(state: LensState, there: ViewPosition) -> LensState:
    """``state`` looking at ``there``; an image or layer that is gone stays as it is."""
    chosen: dict[str, Any] = dict(there.fields)
    layer, channel = chosen.pop("layer"), chosen.pop("channel")
    state = with_changes(state, chosen.pop("interventions"))
    options = replace(state.options, **there.options)
    if there.turned is not None and there.turned[1] == options.channel_tab:
        options = replace(options, channel_tab=there.turned[0])
    state = replace(state, options=options, **chosen)
    if _are_swapped(position_of(state), there):
        state = comparing.swap_images(state)
    else:
        state = comparing.compare_again(state, there.compared)
        if there.image is not None and there.image != state.current:
            state = transitions.ask_for(state, there.image)
    if layer is not None:
        state = _with_proposal(state, there, layer)
    return state if channel is None else transitions.choose_channel(state, channel)


def _with_proposal(state: LensState, there: ViewPosition, layer: str) -> LensState:
    """``state`` at ``layer``, with the channel that was open there."""
    was_proposed = there.proposed_for == layer
    if not was_proposed and not state.channel_chosen and state.channel_proposed_for == layer:
        return transitions.choose_layer(state, layer)  # it was proposed after that step
    state = replace(state, channel=there.channel, channel_chosen=False)
    if was_proposed or state.pending is None:
        state = replace(state, channel_proposed_for=there.proposed_for)
        return transitions.choose_layer(state, layer)
    # The picture on screen is being left: the one that is asked for will propose.
    state = transitions.choose_layer(replace(state, channel_proposed_for=layer), layer)
    return replace(state, channel_proposed_for=None)


def _changes(one: ViewPosition, other: ViewPosition) -> set[str]:
    """Names of what differs."""
    changed = {"image"} if one.image != other.image else set()
    if one.compared != other.compared:
        changed.add("comparison")
    if _are_swapped(one, other):
        changed = {"sides"}
    for values, others in ((one.options, other.options), (one.fields, other.fields)):
        changed |= {name for name, value in values.items() if others[name] != value}
    return changed


def _turned(before: LensState, after: LensState) -> tuple[ChannelTab, ChannelTab] | None:
    """The channel's tab before and after, where the step has turned it.

    The tab of a comparison comes and goes with the comparison.
    """
    tabs = before.options.channel_tab, after.options.channel_tab
    return None if tabs[0] == tabs[1] or "compare" in tabs else tabs


def _are_swapped(one: ViewPosition, other: ViewPosition) -> bool:
    """Whether the two images of a comparison have changed sides."""
    if one.image == one.kept:
        return False
    return one.image is not None and (one.image, one.kept) == (other.kept, other.image)


def _sliding(changed: set[str], here: ViewPosition, there: ViewPosition) -> str:
    """What is being slid, if the change is one of a slider's many; else empty."""
    if len(changed) != 1:
        return ""
    if changed <= _SLIDING:
        return next(iter(changed))
    if changed != {"interventions"}:
        return ""
    fresh = [
        one for one in there.fields["interventions"] if one not in here.fields["interventions"]
    ]
    # Switching off is a step of its own, and so is taking a change back.
    return str(fresh[0].target) if len(fresh) == 1 and fresh[0].factor else ""


def _seen_anew(state: LensState) -> LensState:
    """``state``, where an image has come or gone without a step."""
    history = state.history
    if history is None:
        return state
    seen = _history(state, history.past, history.future, sliding=history.sliding)
    stays = all(getattr(seen, each.name) == getattr(history, each.name) for each in fields(seen))
    return state if stays else replace(state, history=seen)


def _history(
    state: LensState,
    past: tuple[ViewPosition, ...],
    future: tuple[ViewPosition, ...],
    *,
    sliding: str = "",
) -> ViewHistory:
    """The steps around ``state``, without those next to it that would change nothing.

    Else undo has no name for what it would do, and none of the steps beyond could be reached.
    """
    here = position_of(state)
    while past and not _reach(state, here, past[-1]):
        past, sliding = past[:-1], ""
    while future and not _reach(state, here, future[0]):
        future = future[1:]
    return ViewHistory(
        past=past,
        future=future,
        sliding=sliding,
        undo=_names(_reach(state, here, past[-1]), here) if past else "",
        redo=_names(_reach(state, here, future[0]), here) if future else "",
    )


def _reach(state: LensState, here: ViewPosition, there: ViewPosition) -> set[str]:
    """Names of what going to ``there`` would change: an image that is gone does not come back."""
    changed = _changes(here, there)
    if there.image is None or state.entry(there.image) is None:
        changed.discard("image")
    if there.kept is not None and state.entry(there.kept) is None:
        changed.discard("comparison")
    return changed


def _names(changed: set[str], here: ViewPosition) -> str:
    """What differs, in words; the first two things of more."""
    order = ("image", "sides", "comparison", *here.fields, *here.options)
    names = [_SPOKEN.get(name, name.replace("_", " ")) for name in order if name in changed]
    return ", ".join(names[:2])
