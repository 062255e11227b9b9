"""View files: what they hold, what is tolerated in them, where their parts are found."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from desktop_app.core.errors import ImageMissingError, OutputError, ViewFileError
from desktop_app.core.images import load_image
from desktop_app.core.interventions import Intervention
from desktop_app.core.map_names import Colormap
from desktop_app.core.records import BytesSource, FileSource, PixelsSource
from desktop_app.core.view_file import (
    VIEW_SCHEMA,
    ImageReference,
    ModelReference,
    View,
    ViewExplanation,
    ViewScale,
    decode_view,
    encode_view,
    read_view,
    write_view,
)
from desktop_app.core.view_places import find_places, refer_to_image
from desktop_app.views.colormaps import CHOICES, choice


@pytest.fixture
def view() -> View:
    return View(
        image=ImageReference(name="a.png", path="/nowhere/a.png"),
        model=ModelReference(name="tiny"),
        layer="res2a_relu",
        channel=3,
        scale=ViewScale(kind="layer", low=-0.1, high=1 / 3, legend="layer"),
        pins=(1, 5),
        chosen_class=2,
    )


def test_a_view_comes_back_as_it_was_to_the_last_bit(view: View, tmp_path: Path) -> None:
    path = tmp_path / "inner" / "a.lensview"
    write_view(path, view)
    assert read_view(path) == view
    assert json.loads(path.read_bytes())["schema"] == VIEW_SCHEMA


def test_fields_of_a_later_program_are_passed_over_and_missing_ones_get_defaults() -> None:
    least = {
        "schema": 1,
        "image": {"name": "a.png", "taken": 1999},
        "model": {"name": "tiny"},
        "zoom": [1, 2],
    }
    view = decode_view(json.dumps(least).encode(), "a.lensview")
    assert view.layer == ""
    assert view.scale is None
    assert view.overlay


def test_a_view_of_a_changed_and_explained_network_comes_back_too(view: View) -> None:
    changes = (
        Intervention("channel", "conv1", 3, 0.0),
        Intervention("branch", "2b", None, 1.5),
        Intervention("channel", "conv1", 4, 0.25),
    )
    seen = replace(
        view,
        against_class=1,
        explanation=ViewExplanation(method="layercam", at_layer=True),
        interventions=changes,
    )
    assert decode_view(encode_view(seen), "a.lensview") == seen


def test_a_view_of_an_earlier_program_has_no_changes_and_explains_nothing(view: View) -> None:
    fields = json.loads(encode_view(view))
    for name in ("against_class", "explanation", "interventions"):
        del fields[name]
    assert decode_view(json.dumps(fields).encode(), "a.lensview") == view


CHANNEL = {"kind": "channel", "place": "conv1", "channel": 3, "factor": 0.0}
BRANCH = {"kind": "branch", "place": "2b", "channel": None, "factor": 0.5}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("explanation", {"method": "tea-leaves"}, r"'tea-leaves' .*\$\.explanation\.method"),
        ("explanation", {}, r"method"),
        ("explanation", "gradcam", r"\$\.explanation"),
        ("against_class", "cat", r"\$\.against_class"),
        ("interventions", [CHANNEL | {"factor": 3}], r"factor 3 .*\$\.interventions\[0\]"),
        ("interventions", [BRANCH, CHANNEL | {"factor": -0.1}], r"factor -0.1 .*\[1\]"),
        ("interventions", [CHANNEL | {"kind": "layer"}], r"'layer' .*\$\.interventions\[0\]\.kind"),
        ("interventions", [CHANNEL | {"channel": None}], "a channel has a number"),
        ("interventions", [BRANCH | {"channel": 1}], "a branch has none"),
        ("interventions", [CHANNEL, BRANCH, CHANNEL], r"changed twice .*\[2\]"),
        ("colormap", "rainbowx", r"'rainbowx' .*\$\.colormap"),
        ("scale", {"kind": "pinned", "low": 5, "high": 3.5}, r"low 5 .* high 3\.5 .*\$\.scale"),
    ],
)
def test_what_makes_no_sense_says_which_and_why(
    name: str, value: object, why: str, view: View
) -> None:
    fields = json.loads(encode_view(view)) | {name: value}
    with pytest.raises(ViewFileError, match="cannot open the view") as caught:
        decode_view(json.dumps(fields).encode(), "a.lensview")
    assert re.search(why, caught.value.why)


def test_a_layer_that_is_the_same_everywhere_has_a_scale_of_one_number(view: View) -> None:
    silent = replace(view, scale=ViewScale(kind="layer", low=0.0, high=0.0, legend="layer"))
    assert decode_view(encode_view(silent), "a.lensview") == silent


@pytest.mark.parametrize("name", [each.name for each in (*CHOICES, choice("crameri:vik_r"))])
def test_every_colour_map_of_the_window_comes_back(name: Colormap, view: View) -> None:
    assert decode_view(encode_view(replace(view, colormap=name)), "a.lensview").colormap == name


def test_numbers_out_of_range_are_brought_back(view: View) -> None:
    content = encode_view(replace(view, overlay_opacity=7.0, top_k=900, channel=-4))
    read = decode_view(content, "a.lensview")
    assert (read.overlay_opacity, read.top_k, read.channel) == (1.0, 20, 0)


def test_a_folder_and_a_device_are_no_views(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero")):
        with pytest.raises(ViewFileError, match="no regular file"):
            read_view(path)


def test_a_view_that_cannot_be_written_says_so(view: View, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        write_view(tmp_path / "file" / "a.lensview", view)


def test_a_bitmap_travels_inside_the_view_without_loss(view: View, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 7, 3), np.uint8)
    reference = refer_to_image(PixelsSource("pasted picture", pixels), tmp_path)
    read = decode_view(encode_view(replace(view, image=reference)), "a.lensview").image
    assert (read.path, read.name) == ("", "pasted picture")
    again = load_image(BytesSource(read.name, read.embedded))
    assert (again.pixels == pixels).all()


def test_a_name_that_json_cannot_hold_is_embedded(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.png"
    try:
        PillowImage.new("RGB", (4, 4)).save(path)
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system holds no such name")
    reference = refer_to_image(FileSource(path), tmp_path)
    assert reference.path == ""
    assert reference.embedded == path.read_bytes()


def test_of_two_files_the_unchanged_one_is_taken(view: View, tmp_path: Path) -> None:
    """The original was painted over; the copy beside the view is still what was seen."""
    original, folder = tmp_path / "a.png", tmp_path / "sent"
    folder.mkdir()
    PillowImage.new("RGB", (4, 4), "red").save(original)
    reference = refer_to_image(FileSource(original), tmp_path)
    (folder / "a.png").write_bytes(original.read_bytes())
    PillowImage.new("RGB", (4, 4), "blue").save(original)
    (tmp_path / "tiny.onnx").touch()
    seen = replace(view, image=reference)
    places = find_places(seen, folder, (tmp_path,))
    assert places.source == FileSource(folder / "a.png")
    assert places.remarks == ()
    places = find_places(seen, tmp_path / "elsewhere", (tmp_path,))
    assert places.source == FileSource(original)
    assert places.remarks == ("the image a.png has changed since the view was saved",)


def test_an_image_that_is_gone_is_told_with_all_places(view: View, tmp_path: Path) -> None:
    gone = replace(view, image=replace(view.image, relative="photos/a.png"))
    with pytest.raises(ImageMissingError) as caught:
        find_places(gone, tmp_path, ())
    assert "/nowhere/a.png and " in caught.value.why
    assert str(tmp_path / "photos" / "a.png") in caught.value.why


def test_a_picture_whose_file_is_gone_cannot_be_referred_to(tmp_path: Path) -> None:
    with pytest.raises(ImageMissingError):
        refer_to_image(FileSource(tmp_path / "none.png"), tmp_path)
