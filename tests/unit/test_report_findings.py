"""What the page of an analysis tells of what was found out, and that it is silent on the rest."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app import paths
from desktop_app.core.analysing import analyse
from desktop_app.core.analysis import Analysis
from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.attributions import Question
from desktop_app.core.block_effects import block_effects
from desktop_app.core.doubt import Doubt
from desktop_app.core.explaining import explain
from desktop_app.core.figures import format_value, points_text, probability_text, signed_text
from desktop_app.core.findings import Counterpart, Findings
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.interventions import Intervention
from desktop_app.core.logit_evidence import read_head, take_apart
from desktop_app.core.model_file import load_model
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import PixelsSource, ResizeRule
from desktop_app.core.report.page import analysis_page
from desktop_app.core.residual_shares import residual_shares
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.view_file import View
from tests.example_view import view_of_channel
from tests.html_pages import HOSTILE, QUOTES, Page

RED, GREEN = 0, 1
OFF = Intervention("channel", "conv1", 0, 0.0)
HALF = Intervention("branch", "2b", None, 0.5)


@pytest.fixture(scope="module")
def sessions(tiny_model: Path) -> ModelSessions:
    return ModelSessions(load_model(tiny_model), "cpu")


@pytest.fixture(scope="module")
def analysis(sessions: ModelSessions) -> Analysis:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 70, 3), np.uint8)
    pixels[..., 0] |= 128
    return analyse(PixelsSource("pasted picture", pixels), sessions)


@pytest.fixture(scope="module")
def other(sessions: ModelSessions) -> Analysis:
    """Of another picture with the same model."""
    pixels = np.random.default_rng(4).integers(0, 256, (30, 30, 3), np.uint8)
    return analyse(PixelsSource("another", pixels), sessions)


@pytest.fixture(scope="module")
def found(sessions: ModelSessions, analysis: Analysis, other: Analysis) -> Findings:
    """All there is to be found."""
    model, runtime = sessions.model, sessions.runtime
    tensor = preprocess(analysis.image, model.preprocessing)
    gated = GatedSessions(model, sessions.provider, runtime)
    gradients = GradientSessions(model, sessions.provider, runtime=runtime)
    question = Question(method="integrated-gradients", class_index=RED, against=GREEN)
    changes = (OFF, HALF)
    return Findings(
        attribution=explain(Derivatives(gradients), tensor, question),
        logit=take_apart(read_head(model, runtime), analysis.activations, RED, against=GREEN),
        shares=residual_shares(analysis.activations, model.blocks),
        effects={effect.block: effect for effect in block_effects(gated, tensor, RED)},
        interventions=changes,
        outcome=gated.run(tensor, changes),
        counterpart=Counterpart(kind="image", analysis=other),
    )


@pytest.fixture
def view(analysis: Analysis) -> View:
    return view_of_channel(analysis)


@pytest.fixture
def page_of(view: View, analysis: Analysis) -> Callable[..., Page]:
    def make(findings: Findings, seen: View = view, of: Analysis = analysis) -> Page:
        text = analysis_page(seen, of, findings, resources=paths.resources(), written="today")
        page = Page(text)
        page.assert_self_contained()
        return page

    return make


def percent(probability: float) -> str:
    """As a page's text has it, where all space is alike."""
    return " ".join(probability_text(probability).split())


def test_what_nobody_looked_at_is_not_mentioned(page_of: Callable[..., Page]) -> None:
    page = page_of(Findings())
    for word in ("Why", "Evidence", "Changes", "Compared", "Residual blocks", "untouched"):
        assert word not in page.text


@pytest.mark.parametrize(("rule", "cut"), [("shorter-side", True), ("stretch", False)])
def test_a_crop_is_mentioned_only_where_something_is_cut_off(
    page_of: Callable[..., Page], analysis: Analysis, rule: ResizeRule, *, cut: bool
) -> None:
    preprocessing = replace(analysis.model.preprocessing, resize_rule=rule)
    model = replace(analysis.model, preprocessing=preprocessing)
    page = page_of(Findings(), of=replace(analysis, model=model))
    assert ("What the crop cut off is shaded" in page.text) == cut
    assert ("cropped" in page.text) == cut


@pytest.mark.parametrize(("rank", "said"), [(0.5, ""), (0.96, "Unusual"), (0.99, "Unlike")])
def test_a_doubt_about_the_classes_is_said_where_there_is_one(
    rank: float, said: str, page_of: Callable[..., Page]
) -> None:
    page = page_of(Findings(doubt=Doubt(rank=rank, score=1.0, kind="energy")))
    assert ([each.get("class") for each in page.named("p")].count("doubt") == 1) == bool(said)
    assert said in page.text


def test_the_explanation_comes_with_its_question_colours_and_numbers(
    page_of: Callable[..., Page], found: Findings
) -> None:
    page = page_of(Findings(attribution=found.attribution))
    assert found.attribution is not None
    assert found.attribution.completeness is not None
    shown = found.attribution.shown_range
    for said in (
        "Why red and not green Integrated gradients · input, 32 × 32",
        f"99th percentile against {format_value(shown.low)} {format_value(shown.high)} for",
        "completeness error " + format_value(found.attribution.completeness.error),
        "Sundararajan et al. 2017",
    ):
        assert said in page.text
    alone = Question(method="gradcam", class_index=GREEN)
    other = page_of(Findings(attribution=replace(found.attribution, question=alone)))
    assert "Why green Grad-CAM" in other.text
    assert "and not" not in other.text


def test_the_logit_is_the_sum_of_its_rows(page_of: Callable[..., Page], found: Findings) -> None:
    page = page_of(Findings(logit=found.logit))
    assert found.logit is not None
    assert "Evidence for “red” and not “green” channels of res3a_relu" in page.text
    strongest = found.logit.strongest(16)
    first = signed_text(float(found.logit.contributions[strongest[0]]))
    assert f"{strongest[0]} {first}" in page.text
    assert f"Together: the difference of the logits {signed_text(found.logit.value)}" in page.text
    assert f"the run itself gave {signed_text(found.logit.logit, decimals=6)}" in page.text
    bars = [bar for bar in page.named("rect") if bar.get("class") in ("value", "against")]
    assert {bar["class"] for bar in bars} == {"value", "against"}


def test_changes_stand_beside_what_the_untouched_network_gives(
    page_of: Callable[..., Page], view: View, found: Findings
) -> None:
    page = page_of(
        Findings(interventions=found.interventions, outcome=found.outcome),
        replace(view, top_k=1, against_class=2),
    )
    assert "channel 0 of conv1 off branch of 2b × 0.50" in page.text
    assert "Predictions of the untouched network" in page.text
    outcome = found.outcome
    assert outcome is not None
    before, after = outcome.untouched_probabilities, outcome.probabilities
    for index in (int(before.argmax()), int(after.argmax()), 2):
        label = ("red", "green", "blue")[index]
        row = [float(before[index]), float(after[index])]
        numbers = " ".join(map(percent, row))
        change = points_text(float(outcome.probability_changes[index]))
        assert f"{label} {numbers} {change}" in page.text


def test_scores_that_are_no_numbers_draw_no_bar_and_no_mark(
    page_of: Callable[..., Page], found: Findings
) -> None:
    assert found.outcome is not None
    nothing = np.full(3, np.nan, np.float32)
    burst = replace(found.outcome, probabilities=nothing, untouched_probabilities=nothing)
    page = page_of(Findings(interventions=found.interventions, outcome=burst))
    assert "red NaN NaN NaN" in page.text
    changed = [bar for bar in page.named("rect") if bar.get("y") == "2"]
    assert {bar["width"] for bar in changed if bar["class"] == "value"} == {"0.00"}
    assert page.named("line") == []


def test_changes_whose_effect_is_not_known_yet_are_named_alone(
    page_of: Callable[..., Page], found: Findings
) -> None:
    page = page_of(Findings(interventions=found.interventions))
    assert "branch of 2b × 0.50" in page.text
    assert "Untouched" not in page.text


def test_blocks_tell_shares_and_what_was_measured_of_their_effects(
    page_of: Callable[..., Page], found: Findings
) -> None:
    shares = page_of(Findings(shares=found.shares))
    assert "2a" in shares.text
    assert "Change" not in shares.text
    first = found.shares[0].block.name
    some = Findings(shares=found.shares, effects={first: found.effects[first]})
    page = page_of(some)
    change = points_text(found.effects[first].probability_change)
    cosine = signed_text(found.shares[0].cosine)
    assert f"{cosine} {change}" in page.text
    assert f"of {len(found.shares) - 1} blocks it was not measured" in page.text
    assert "not measured" not in page_of(found).text


def test_a_block_that_decides_the_class_says_what_would_be_on_top(
    page_of: Callable[..., Page], found: Findings
) -> None:
    name, effect = next(iter(found.effects.items()))
    moved = {name: replace(effect, top_index=2, top_probability=0.61)}
    page = page_of(Findings(shares=found.shares, effects=moved))
    assert "Then on top" in page.text
    assert "blue (61.0" in page.text


def test_a_comparison_tells_both_sides_with_their_numbers(
    page_of: Callable[..., Page], found: Findings, other: Analysis, analysis: Analysis
) -> None:
    page = page_of(Findings(counterpart=found.counterpart))
    assert (
        "Compared with another A is another (30 × 30), B is pasted picture (70 × 40)" in page.text
    )
    for one, sign in ((other, "A"), (analysis, "B")):
        assert f"Map of channel 1 of {sign}" in [img["alt"] for img in page.named("img")]
        red = percent(float(one.classification.probabilities[RED]))
        assert red in page.text
    means = [float(each.activations.values["conv1"][1].mean()) for each in (other, analysis)]
    texts = [format_value(value, decimals=3) for value in (*means, means[1] - means[0])]
    assert "mean " + " ".join(texts) in page.text


def test_models_without_a_class_or_a_layer_in_common_are_compared_in_what_they_share(
    page_of: Callable[..., Page], view: View, analysis: Analysis
) -> None:
    model = replace(analysis.model, name="b", title="", labels=("red", "x", "y"))
    bare = replace(model, layers=tuple(one for one in model.layers if one.name != "conv1"))
    counterpart = Counterpart(kind="model", analysis=replace(analysis, model=bare))
    page = page_of(Findings(counterpart=counterpart), replace(view, chosen_class=999))
    assert "A is b, B is Tiny: mean colours: what each makes of pasted picture." in page.text
    assert "no such class" in page.text
    assert "Channel 1 of conv1 has no difference: b has no conv1." in page.text
    without = page_of(Findings(counterpart=counterpart), replace(view, layer="", scale=None))
    assert "has no difference" not in without.text


def test_single_values_are_compared_without_maps(
    page_of: Callable[..., Page], view: View, found: Findings
) -> None:
    page = page_of(Findings(counterpart=found.counterpart), replace(view, layer="avg_pool"))
    assert "Channel 1 of avg_pool" in page.text
    assert not any("Map of channel 1 of A" in (img["alt"] or "") for img in page.named("img"))


def test_names_of_others_are_text_in_every_section(
    page_of: Callable[..., Page], analysis: Analysis, found: Findings
) -> None:
    model = replace(analysis.model, title=QUOTES, labels=(HOSTILE, QUOTES, "</style>"))
    image = replace(analysis.image, name=HOSTILE)
    hostile = replace(analysis, model=model, image=image)
    change = Intervention("channel", HOSTILE, 1, 0.0)
    for kind in ("image", "model"):
        everything = replace(
            found,
            interventions=(change,),
            counterpart=Counterpart(kind=kind, analysis=hostile),  # type: ignore[arg-type]
        )
        page = page_of(everything, of=hostile)
        assert f"Why {HOSTILE} and not {QUOTES}" in page.text


def test_every_picture_has_words_and_every_heading_of_a_table_its_direction(
    page_of: Callable[..., Page], found: Findings
) -> None:
    page = page_of(found)
    assert all("alt" in img for img in page.named("img"))
    assert all(cell.get("scope") in ("col", "row") for cell in page.named("th"))
    titles = {each["id"] for _, each in page.elements if "id" in each}
    named = {section["aria-labelledby"] for section in page.named("section")}
    assert named == titles
