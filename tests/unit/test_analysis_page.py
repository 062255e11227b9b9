"""The page of an analysis: all of it inside, nothing that runs, names of others escaped."""

import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app import paths
from desktop_app.core.analysing import analyse
from desktop_app.core.analysis import Analysis
from desktop_app.core.findings import Findings
from desktop_app.core.model_file import load_model
from desktop_app.core.records import PixelsSource
from desktop_app.core.report.page import analysis_page
from desktop_app.core.sessions import ModelSessions
from desktop_app.core.view_file import View
from tests.example_view import view_of_channel
from tests.html_pages import HOSTILE, QUOTES, Page


@pytest.fixture(scope="module")
def analysis(tiny_model: Path) -> Analysis:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 70, 3), np.uint8)
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    return analyse(PixelsSource("pasted picture", pixels), sessions)


@pytest.fixture
def view(analysis: Analysis) -> View:
    return view_of_channel(analysis)


def page_of(view: View, analysis: Analysis) -> Page:
    resources = paths.resources()
    return Page(analysis_page(view, analysis, Findings(), resources=resources, written="today"))


def test_everything_stands_on_the_page_and_nothing_is_loaded(
    view: View, analysis: Analysis
) -> None:
    page = page_of(view, analysis)
    page.assert_self_contained()
    for said in ("pasted picture", "70 × 40", "Channel 1", "normalised", "Channels of conv1"):
        assert said in page.text
    for layer in analysis.model.layers:
        assert layer.name in page.text
    likeliest = analysis.classification.probabilities.argmax()
    assert analysis.model.labels[likeliest] in page.text


def test_names_of_others_are_text(view: View, analysis: Analysis) -> None:
    image = replace(analysis.image, name=HOSTILE, notes=(QUOTES,))
    model = replace(analysis.model, title=QUOTES, labels=(HOSTILE, QUOTES, "</style>"))
    page = page_of(
        replace(view, scale=replace(view.scale, legend=HOSTILE)),
        replace(analysis, image=image, model=model),
    )
    page.assert_self_contained()
    assert HOSTILE in page.text
    assert QUOTES in page.text


def test_each_channels_own_scale_is_said_and_drawn(view: View, analysis: Analysis) -> None:
    layer_wide = page_of(view, analysis)
    own = page_of(replace(view, scale=replace(view.scale, kind="channel")), analysis)
    assert "each channel" in own.text
    assert "each channel" not in layer_wide.text
    assert own.named("image") != layer_wide.named("image")


def test_the_channels_stand_in_the_views_order(view: View, analysis: Analysis) -> None:
    by_number = page_of(view, analysis)
    assert "Sorted by number, row by row." in by_number.text
    sorted_view = replace(view, sort="similarity", similar_to=2, pins=(1,))
    other = page_of(sorted_view, analysis)
    assert "Sorted by similarity to channel 2, row by row; 1 pinned first." in other.text
    assert other.named("image") != by_number.named("image")
    odd = page_of(replace(view, sort="evidence", pins=(999,), similar_to=-1), analysis)
    assert odd.named("image") == by_number.named("image")


def test_between_the_tiles_the_page_shows_through(view: View, analysis: Analysis) -> None:
    address = page_of(view, analysis).named("image")[0]["href"]
    content = base64.b64decode(str(address).partition(",")[2])
    with PillowImage.open(io.BytesIO(content)) as picture:
        alpha = np.asarray(picture.convert("RGBA"))[..., 3]
    assert set(np.unique(alpha)) == {0, 255}


def test_single_values_and_models_without_layers_have_pages_too(
    view: View, analysis: Analysis
) -> None:
    values = page_of(replace(view, layer="probabilities"), analysis)
    assert "Channels of" not in values.text
    assert analysis.model.labels[1] in values.text
    bare = page_of(replace(view, layer="", scale=None), analysis)
    assert "Channel 1" not in bare.text
    bare.assert_self_contained()


def test_a_model_without_a_card_says_what_was_assumed(view: View, analysis: Analysis) -> None:
    model = replace(analysis.model, card=None, assumptions=("Labels are not known.",))
    page = page_of(view, replace(analysis, model=model))
    assert "Labels are not known." in page.text
    assert "Measured accuracy" not in page.text
