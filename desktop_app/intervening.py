"""The pure steps between snapshots that concern changes of the network and its residual blocks.

Below the views, unlike ``transitions.py``, because they also ask here what holds now.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from desktop_app.parts.interventions import Interventions
from desktop_app.parts.residual import Residual

if TYPE_CHECKING:
    from desktop_app.core.block_effects import BlockEffect
    from desktop_app.core.interventions import Intervention, InterventionOutcome
    from desktop_app.core.records import Model
    from desktop_app.core.residual_shares import ResidualShare
    from desktop_app.state import LensState

# --- changes of the network --------------------------------------------------------------------


def changed_by(state: LensState) -> Interventions:
    """The interventions of a snapshot; none of them where nobody intervened."""
    return state.interventions or Interventions()


def with_change(state: LensState, change: Intervention) -> LensState:
    """One place gets another factor; 1 takes its change back."""
    active = changed_by(state).active
    targets = [one.target for one in active]
    if change.factor == 1:
        return with_changes(state, tuple(one for one in active if one.target != change.target))
    if change.target in targets:
        place = targets.index(change.target)
        return with_changes(state, (*active[:place], change, *active[place + 1 :]))
    return with_changes(state, (*active, change))


def with_changes(state: LensState, active: tuple[Intervention, ...]) -> LensState:
    """Exactly these changes hold."""
    part = changed_by(state)
    if active == part.active:
        return state
    return replace(state, interventions=replace(part, active=active))


def changes_for(state: LensState, model: Model) -> Interventions | None:
    """What holds once ``model`` is open: the same file on another provider keeps its changes.

    Another model has other places, and no outcome of the one before is one of its own.
    """
    before = state.model
    active = changed_by(state).active
    if not active or before is None or before.path != model.path:
        return None
    return Interventions(active=active)


def show_outcome(
    state: LensState, entry: int, ran: tuple[Intervention, ...], outcome: InterventionOutcome
) -> LensState:
    """A run with changes is through."""
    part = replace(changed_by(state), entry=entry, ran=ran, outcome=outcome)
    return replace(state, interventions=part)


def shown_outcome(state: LensState) -> InterventionOutcome | None:
    """What the changes did to the picture on screen; None while none hold or it is not known.

    While other changes are being run, the outcome of those before stays.
    """
    part, shown = state.interventions, state.shown
    if part is None or shown is None or shown.classification is None or not part.active:
        return None
    return part.outcome if part.entry == shown.number else None


# --- residual blocks ---------------------------------------------------------------------------


def show_shares(state: LensState, entry: int, shares: tuple[ResidualShare, ...]) -> LensState:
    """The shares of an entry are there."""
    return replace(state, residual=Residual(entry=entry, shares=shares))


def fail_shares(state: LensState, entry: int, why: str) -> LensState:
    """There will be no shares of an entry."""
    return replace(state, residual=Residual(entry=entry, shares=(), trouble=why))


def begin_effects(state: LensState, class_index: int) -> LensState:
    """The effects on a class are being measured."""
    if state.residual is None:
        return state
    begun = replace(
        state.residual, class_index=class_index, effects=MappingProxyType({}), measuring=True
    )
    return replace(state, residual=begun)


def show_effect(state: LensState, effect: BlockEffect, *, is_last: bool) -> LensState:
    """One block's effect is there."""
    part = state.residual
    if part is None:
        return state
    effects = MappingProxyType({**part.effects, effect.block: effect})
    return replace(state, residual=replace(part, effects=effects, measuring=not is_last))


def stop_effects(state: LensState) -> LensState:
    """No more of them will come; those that are there stay."""
    part = state.residual
    if part is None or not part.measuring:
        return state
    return replace(state, residual=replace(part, measuring=False))


def shown_residual(state: LensState) -> Residual | None:
    """The figures of the picture on screen, or None."""
    part, shown = state.residual, state.shown
    return part if part is not None and shown is not None and part.entry == shown.number else None
