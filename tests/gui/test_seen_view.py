"""A snapshot becomes a view and a view a snapshot again."""

from dataclasses import replace

import pytest

from desktop_app import comparing
from desktop_app.controllers.seen_view import findings_of, missing_of, view_of, with_view
from desktop_app.core.doubt import Doubt
from desktop_app.core.findings import Findings
from desktop_app.core.interventions import Intervention
from desktop_app.core.view_file import ViewExplanation
from desktop_app.intervening import changed_by, with_change
from desktop_app.parts.attribution import Explanation
from desktop_app.state import Side
from desktop_app.views.shown_why import asked_question
from tests.gui.comparison_states import compared, second_model
from tests.gui.test_attribution_view import attribution, state_with
from tests.gui.test_evidence_list import state_of as taken_apart
from tests.gui.test_interventions import HALF, OFF, changed_state
from tests.gui.test_residual_view import measured
from tests.gui.window_states import shown_state


def test_what_a_view_says_is_what_was_seen() -> None:
    state = shown_state()
    options = replace(state.options, colormap="viridis", overlay_opacity=0.25, sort="variance")
    seen = replace(state, options=options, layer="res2b_relu", channel=3, chosen_class=2)
    view = view_of(seen)
    assert view is not None
    assert view.scale is not None
    shown = with_view(state, view)
    assert shown.options == options
    assert (shown.layer, shown.channel, shown.chosen_class) == ("res2b_relu", 3, 2)


def test_an_explanation_and_changes_are_what_was_seen_too() -> None:
    branch = Intervention("channel", "res2b_relu", 1, 0.5)
    state = with_change(with_change(shown_state(), OFF), branch)
    options = replace(state.options, channel_tab="why", method="layercam", explain_at_chosen=True)
    seen = replace(state, options=options, chosen_class=2, against_class=1)
    view = view_of(seen)
    assert view is not None
    assert view.explanation == ViewExplanation(method="layercam", at_layer=True)
    shown = with_view(shown_state(), view)
    assert shown.options == options
    assert (shown.chosen_class, shown.against_class) == (2, 1)
    assert changed_by(shown).active == (OFF, branch)


def test_a_view_that_explains_and_changes_nothing_shows_the_untouched_channel() -> None:
    view = view_of(shown_state())
    assert view is not None
    state = with_change(replace(shown_state(), against_class=1), OFF)
    for tab, after in (("why", "channel"), ("strongest", "strongest"), ("compare", "compare")):
        options = replace(state.options, channel_tab=tab, method="cam")  # type: ignore[arg-type]
        shown = with_view(replace(state, options=options), view)
        assert (shown.options.channel_tab, shown.options.method) == (after, "cam")
        assert (changed_by(shown).active, shown.against_class) == ((), None)


def test_changes_that_the_model_has_no_place_for_are_left_out() -> None:
    view = view_of(shown_state())
    assert view is not None
    lacking = (
        Intervention("branch", "9z", None, 0.0),
        Intervention("channel", "res2a_relu", 999, 0.0),
        Intervention("channel", "fc5", 1, 0.0),
    )
    shown = with_view(shown_state(), replace(view, interventions=(*lacking, OFF)))
    assert changed_by(shown).active == (OFF,)


def test_a_picture_waits_for_what_it_shows() -> None:
    state = state_with(attribution("gradcam"), method="gradcam")
    view = view_of(state)
    assert view is not None
    assert missing_of(state, view, findings_of(state)) == ""
    for other in (replace(state, chosen_class=2), state_with(None)):
        assert "no heat map" in missing_of(other, view, findings_of(other))
        asked = replace(other, attribution=Explanation(asked=asked_question(other)))
        assert "heat map is not there yet" in missing_of(asked, view, findings_of(asked))
    changed = changed_state(OFF)
    view = view_of(changed)
    assert view is not None
    assert missing_of(changed, view, findings_of(changed)) == ""
    more = with_change(changed, HALF)
    assert "changed network" in missing_of(more, view, findings_of(more))


@pytest.mark.parametrize("chosen", [5, -1])
def test_a_class_that_the_model_lacks_is_not_asked_about(chosen: int) -> None:
    state = replace(shown_state(), chosen_class=1)
    view = view_of(state)
    assert view is not None
    assert with_view(state, replace(view, chosen_class=chosen)).chosen_class == 1
    assert with_view(state, replace(view, against_class=chosen)).against_class is None


def test_there_is_no_view_before_the_analysis_is_whole() -> None:
    state = shown_state()
    assert state.shown is not None
    assert view_of(replace(state, shown=replace(state.shown, activations=None))) is None
    assert view_of(replace(state, shown=None)) is None


@pytest.mark.parametrize("side", ["a", "b", "difference"])
def test_while_comparing_a_view_is_of_what_is_on_screen(side: Side) -> None:
    state = compared()
    options = replace(state.options, side=side)
    view = view_of(replace(state, options=options))
    of_b = view_of(state)
    assert view is not None
    assert of_b is not None
    assert state.options.side == "b"
    assert view == of_b


# --- what has been found out -------------------------------------------------------------------


def test_nothing_is_found_where_nobody_has_looked() -> None:
    found = findings_of(shown_state())
    for name in Findings.__dataclass_fields__:
        assert not getattr(found, name)


def test_what_was_found_of_another_image_is_not_of_this_one() -> None:
    states = (taken_apart(), measured(), changed_state(OFF), state_with(attribution()))
    for state in states:
        assert state.shown is not None
        found = findings_of(replace(state, shown=replace(state.shown, number=9)))
        assert (found.logit, found.shares, found.outcome) == (None, (), None)
        assert found.attribution is None


def test_a_heat_map_is_found_also_behind_another_tab() -> None:
    state = state_with(attribution())
    behind = replace(state, options=replace(state.options, channel_tab="channel"))
    assert findings_of(behind).attribution is not None


def test_the_doubt_is_that_about_the_image_on_screen() -> None:
    state = shown_state()
    assert state.shown is not None
    doubt = Doubt(rank=0.99, score=1.0, kind="energy")
    assert findings_of(replace(state, shown=replace(state.shown, doubt=doubt))).doubt is doubt


def test_a_logit_of_another_question_is_left_out() -> None:
    assert findings_of(taken_apart()).logit is not None
    assert findings_of(replace(taken_apart(), chosen_class=2)).logit is None


def test_shares_and_effects_are_those_of_the_table() -> None:
    found = findings_of(measured(effects=1))
    assert len(found.shares) == 2
    assert list(found.effects) == ["2a"]


def test_an_outcome_of_other_changes_is_left_out() -> None:
    state = changed_state(OFF, HALF)
    found = findings_of(state)
    assert found.interventions == (OFF, HALF)
    assert found.outcome is changed_by(state).outcome
    more = findings_of(with_change(state, Intervention("branch", "2a", None, 0.0)))
    assert len(more.interventions) == 3
    assert more.outcome is None


def test_a_counterpart_is_whole_and_another_one() -> None:
    found = findings_of(compared()).counterpart
    assert found is not None
    assert (found.kind, found.analysis.image.name) == ("image", "cat.jpg")
    by_model = findings_of(compared(kind="model", model=second_model({}))).counterpart
    assert by_model is not None
    assert (by_model.kind, by_model.analysis.model.name) == ("model", "other")
    assert findings_of(comparing.keep_image(shown_state())).counterpart is None
    halfway = compared()
    assert halfway.comparison is not None
    assert halfway.comparison.reference is not None
    bare = replace(halfway.comparison.reference, activations=None)
    state = replace(halfway, comparison=replace(halfway.comparison, reference=bare))
    assert findings_of(state).counterpart is None
