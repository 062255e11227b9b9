"""Handing on what is seen: the whole program in one process, with real dialogs and files."""

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from desktop_app.__main__ import main
from desktop_app.controllers.seen_view import findings_of, missing_of, view_of
from desktop_app.core.attributions import Question
from desktop_app.core.interventions import Intervention
from desktop_app.core.map_names import Method
from desktop_app.core.records import PixelsSource
from desktop_app.core.view_file import read_view, write_view
from desktop_app.lens import Lens
from desktop_app.state import LensState
from desktop_app.views.main_window import MainWindow
from tests.html_pages import Page

PATIENCE_MS = 30_000


@pytest.fixture
def model(tmp_path: Path, tiny_model: Path) -> Path:
    path = tmp_path / "tiny.onnx"
    shutil.copy(tiny_model, path)
    return path


@pytest.fixture
def lens(qtbot: QtBot, model: Path) -> Iterator[Lens]:
    lens = Lens(MainWindow(), LensState())
    qtbot.addWidget(lens.window, before_close_func=lambda _: lens.close())
    lens.window.show()
    lens.start((), str(model))
    qtbot.waitUntil(lambda: lens.controller.state.model is not None, timeout=PATIENCE_MS)
    yield lens
    for dialog in lens.window.findChildren(QFileDialog):
        dialog.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "stripes.png"
    values = np.linspace(0, 255, 60 * 90 * 3).astype(np.uint8).reshape(60, 90, 3)
    PillowImage.fromarray(values).save(path)
    return path


def analysed(lens: Lens) -> bool:
    shown = lens.controller.state.shown
    waits = lens.controller.state.pending is not None or lens.controller.state.loading_model
    return not waits and shown is not None and shown.activations is not None


def look_at(lens: Lens, qtbot: QtBot, path: Path) -> None:
    lens.window.paths_opened.emit((path,))
    qtbot.waitUntil(
        lambda: analysed(lens) and lens.controller.state.shown.image.path == path,  # type: ignore[union-attr]
        timeout=PATIENCE_MS,
    )


def told(lens: Lens, words: str) -> bool:
    return any(words in notice.what for notice in lens.controller.state.notices)


def save_with(lens: Lens, qtbot: QtBot, trigger: str, path: Path) -> None:
    """Trigger a command, and let its dialog say the path."""
    getattr(lens.window.commands, trigger).trigger()
    dialog = lens.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.close()
    qtbot.waitUntil(lambda: told(lens, f"Saved {path.name}"), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: lens.window.findChild(QFileDialog) is None, timeout=PATIENCE_MS)


def saved_view(lens: Lens, qtbot: QtBot, photo: Path, folder: Path) -> Path:
    """The view file of a picture that is looked at."""
    look_at(lens, qtbot, photo)
    path = folder / "a.lensview"
    save_with(lens, qtbot, "save_view", path)
    return path


def test_the_saved_picture_is_the_one_that_render_draws(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    look_at(lens, qtbot, photo)
    lens.window.layer_chosen.emit("conv1")
    lens.window.channel_chosen.emit(2)
    options = replace(lens.controller.state.options, scale="channel", colormap="crameri:vik")
    lens.window.options_changed.emit(options)
    save_with(lens, qtbot, "save_view", tmp_path / "a.lensview")
    save_with(lens, qtbot, "save_picture", tmp_path / "window.png")
    assert not told(lens, "Saved a.lensview")  # the last one is told, notices do not pile up
    words = ["render", str(tmp_path / "a.lensview"), "--output", str(tmp_path / "command.png")]
    assert main([*words, "--provider", "cpu"]) == 0
    assert (tmp_path / "window.png").read_bytes() == (tmp_path / "command.png").read_bytes()


def test_a_pasted_picture_renders_the_same_as_in_the_window(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (31, 47, 3), np.uint8)
    lens.window.source_received.emit(PixelsSource("pasted picture", pixels))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    save_with(lens, qtbot, "save_view", tmp_path / "a.lensview")
    save_with(lens, qtbot, "save_picture", tmp_path / "window.png")
    words = ["render", str(tmp_path / "a.lensview"), "--output", str(tmp_path / "command.png")]
    assert main([*words, "--provider", "cpu"]) == 0
    assert (tmp_path / "window.png").read_bytes() == (tmp_path / "command.png").read_bytes()


@pytest.mark.parametrize("method", ["gradcam", "integrated-gradients"])
def test_a_changed_and_explained_network_renders_the_same_as_in_the_window(
    method: Method, lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    look_at(lens, qtbot, photo)
    lens.interventions.scale_channel("conv1", 1, 0.25)
    lens.interventions.scale_branch("3a", 0.0)
    lens.logit.hold_against(2)
    options = replace(lens.controller.state.options, channel_tab="why", method=method)
    lens.window.options_changed.emit(options)
    qtbot.waitUntil(lambda: picture_is_there(lens), timeout=PATIENCE_MS)
    save_with(lens, qtbot, "save_view", tmp_path / "a.lensview")
    save_with(lens, qtbot, "save_picture", tmp_path / "window.png")
    assert "without your changes" not in lens.controller.state.notices[-1].why
    words = ["render", str(tmp_path / "a.lensview"), "--output", str(tmp_path / "command.png")]
    assert main([*words, "--provider", "cpu"]) == 0
    assert (tmp_path / "window.png").read_bytes() == (tmp_path / "command.png").read_bytes()


def picture_is_there(lens: Lens) -> bool:
    state = lens.controller.state
    view = view_of(state)
    return view is not None and not missing_of(state, view, findings_of(state))


def test_a_picture_is_not_saved_before_its_heat_map_is_there(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    look_at(lens, qtbot, photo)
    options = replace(lens.controller.state.options, channel_tab="why")
    lens.window.options_changed.emit(options)
    lens.sharing.save_picture(tmp_path / "a.png")
    notice = lens.controller.state.notices[-1]
    assert (notice.what, notice.why) == ("Cannot save a.png yet", "its heat map is not there yet")
    qtbot.waitUntil(lambda: picture_is_there(lens), timeout=PATIENCE_MS)


def test_a_view_brings_its_explanation_and_its_changes(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    look_at(lens, qtbot, photo)
    lens.interventions.scale_branch("2b", 0.5)
    lens.evidence.choose_class(1)
    lens.logit.hold_against(2)
    options = replace(lens.controller.state.options, channel_tab="why", method="layercam")
    lens.window.options_changed.emit(options)
    path = tmp_path / "a.lensview"
    save_with(lens, qtbot, "save_view", path)
    before = view_of(lens.controller.state)
    lens.interventions.reset()
    lens.evidence.choose_class(None)
    lens.logit.hold_against(None)
    lens.window.options_changed.emit(replace(options, channel_tab="channel", method="cam"))
    assert view_of(lens.controller.state) != before
    drop(lens.window, path)
    qtbot.waitUntil(lambda: view_of(lens.controller.state) == before, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: picture_is_there(lens), timeout=PATIENCE_MS)
    found = findings_of(lens.controller.state)
    assert found.attribution is not None
    assert found.attribution.question == Question(method="layercam", class_index=1, against=2)


def test_a_change_that_the_model_has_no_place_for_is_said(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    path = saved_view(lens, qtbot, photo, tmp_path)
    lacking = Intervention("branch", "9z", None, 0.0)
    write_view(path, replace(read_view(path), interventions=(lacking,)))
    lens.window.paths_opened.emit((path,))
    qtbot.waitUntil(lambda: told(lens, "branch of 9z off"), timeout=PATIENCE_MS)


def test_a_class_that_the_model_does_not_have_is_said(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    path = saved_view(lens, qtbot, photo, tmp_path)
    write_view(path, replace(read_view(path), chosen_class=500, against_class=1))
    lens.window.paths_opened.emit((path,))
    what = "Cannot ask about every class of the view: number 500"
    qtbot.waitUntil(lambda: told(lens, what), timeout=PATIENCE_MS)
    assert lens.controller.state.chosen_class is None
    assert lens.controller.state.against_class == 1


def test_a_table_says_that_it_is_of_the_untouched_network(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    look_at(lens, qtbot, photo)
    lens.interventions.scale_branch("2b", 0.0)
    save_with(lens, qtbot, "export_predictions", tmp_path / "all.csv")
    assert "without your changes" in lens.controller.state.notices[-1].why


def test_a_dialog_suggests_the_images_name_and_adds_the_ending(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    look_at(lens, qtbot, photo)
    lens.window.commands.save_view.trigger()
    dialog = lens.window.findChild(QFileDialog)
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == "stripes.lensview"
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    assert name is not None
    name.setText(str(tmp_path / "other"))
    qtbot.keyClick(name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: told(lens, "Saved other.lensview"), timeout=PATIENCE_MS)


def test_nothing_can_be_saved_before_there_is_something(lens: Lens, qtbot: QtBot) -> None:
    commands = lens.window.commands
    saving = (commands.save_view, commands.save_picture, commands.export_report)
    assert not any(action.isEnabled() for action in (*saving, commands.export_predictions))
    lens.window.source_received.emit(PixelsSource("pasted", np.zeros((8, 8, 3), np.uint8)))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    assert all(action.isEnabled() for action in (*saving, commands.export_predictions))


def test_a_dropped_view_brings_its_model_image_layer_and_options(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path, model: Path
) -> None:
    other = tmp_path / "other.onnx"
    shutil.copy(model, other)
    look_at(lens, qtbot, photo)
    lens.window.layer_chosen.emit("pool1")
    lens.window.channel_chosen.emit(1)
    drawn = replace(
        lens.controller.state.options,
        colormap="viridis",
        overlay=False,
        scale="channel",
        sort="maximum",
        hide_dead=True,
    )
    lens.window.options_changed.emit(drawn)
    lens.grid.toggle_pins((2, 0))
    path = tmp_path / "a.lensview"
    save_with(lens, qtbot, "save_view", path)
    before = lens.controller.state
    # Elsewhere: another model, no image, other colours.
    lens.window.images_cleared.emit()
    lens.window.model_chosen.emit(other)
    qtbot.waitUntil(
        lambda: (
            lens.controller.state.model is not None and lens.controller.state.model.path == other
        ),
        timeout=PATIENCE_MS,
    )
    lens.window.options_changed.emit(
        replace(drawn, colormap="inferno", overlay=True, sort="number", hide_dead=False)
    )
    lens.grid.toggle_pins((2, 0))  # as pinned they were: let go
    lens.window.layer_chosen.emit("conv1")
    drop(lens.window, path)
    qtbot.waitUntil(
        lambda: analysed(lens) and lens.controller.state.layer == "pool1", timeout=PATIENCE_MS
    )
    state = lens.controller.state
    assert state.model is not None
    assert state.shown is not None
    assert state.model.path == model
    assert state.shown.image.path == photo
    assert (state.layer, state.channel, state.options) == ("pool1", 1, before.options)
    assert state.grid is not None
    assert state.grid.pinned_in("pool1") == (2, 0)
    assert lens.controller.chosen_model == str(other)  # a view's model is nobody's choice
    # The view can be undone like any other change.
    assert lens.window.commands.undo.isEnabled()


def drop(window: MainWindow, path: Path) -> None:
    offered = QMimeData()
    offered.setUrls([QUrl.fromLocalFile(str(path))])
    window.parts.drops.dropped.emit(offered)  # type: ignore[union-attr]


def test_a_view_named_on_the_command_line_is_opened(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    look_at(lens, qtbot, photo)
    lens.window.layer_chosen.emit("pool1")
    path = tmp_path / "a.lensview"
    save_with(lens, qtbot, "save_view", path)
    lens.window.layer_chosen.emit("conv1")
    lens.controller.open_named((path,))
    qtbot.waitUntil(lambda: lens.controller.state.layer == "pool1", timeout=PATIENCE_MS)
    assert len(lens.controller.state.entries) == 1  # the image was there already
    assert path in lens.controller.state.recent


@pytest.mark.parametrize("kind", ["pinned", "images"])
def test_a_range_of_other_images_is_pinned_here(
    kind: str, lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    path = saved_view(lens, qtbot, photo, tmp_path)
    view = read_view(path)
    assert view.scale is not None
    write_view(path, replace(view, scale=replace(view.scale, kind=kind, low=-0.5, high=8.0)))
    lens.window.paths_opened.emit((path,))
    qtbot.waitUntil(lambda: lens.controller.state.options.scale == "pinned", timeout=PATIENCE_MS)
    assert lens.controller.state.options.pinned_range == (-0.5, 8.0)


def test_what_has_changed_since_is_said(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    path = saved_view(lens, qtbot, photo, tmp_path)
    PillowImage.new("RGB", (20, 20), "red").save(photo)
    lens.window.paths_opened.emit((path,))
    qtbot.waitUntil(lambda: told(lens, "may look otherwise"), timeout=PATIENCE_MS)


def test_a_view_without_its_image_leaves_what_is_shown_and_says_why(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    path = saved_view(lens, qtbot, photo, tmp_path)
    view = read_view(path)
    write_view(path, replace(view, image=replace(view.image, path="/none.png", relative="")))
    before = lens.controller.state.shown
    lens.window.paths_opened.emit((path,))
    qtbot.waitUntil(lambda: told(lens, "Cannot find the image"), timeout=PATIENCE_MS)
    assert lens.controller.state.shown is before


def test_a_report_is_one_page(lens: Lens, qtbot: QtBot, tmp_path: Path) -> None:
    pixels = np.zeros((30, 40, 3), np.uint8)
    lens.window.source_received.emit(PixelsSource("<script>alert(1)</script>", pixels))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    save_with(lens, qtbot, "export_report", tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text("utf-8"))
    page.assert_self_contained()
    assert "<script>alert(1)</script>" in page.text


def test_a_report_tells_what_was_looked_at_and_no_more(
    lens: Lens, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    look_at(lens, qtbot, photo)
    options = replace(lens.controller.state.options, show_evidence=False)
    lens.window.options_changed.emit(options)
    save_with(lens, qtbot, "export_report", tmp_path / "bare.html")
    bare = Page((tmp_path / "bare.html").read_text("utf-8"))
    titles = {"image-title", "steps-title", "channel-title", "grid-title", "model-title"}
    assert {section["aria-labelledby"] for section in bare.named("section")} == {
        *titles,
        "layers-title",
    }
    looking = replace(
        options, show_evidence=True, channel_tab="why", layers_tab="residual", method="cam"
    )
    lens.window.options_changed.emit(looking)
    lens.interventions.scale_branch("2b", 0.0)
    state = lens.controller.state
    qtbot.waitUntil(lambda: all_found(lens), timeout=PATIENCE_MS)
    assert lens.controller.state.shown is state.shown
    save_with(lens, qtbot, "export_report", tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text("utf-8"))
    page.assert_self_contained()
    found = {section["aria-labelledby"] for section in page.named("section")}
    assert found >= {"why-title", "evidence-title", "changes-title", "residual-title"}
    assert "branch of 2b off" in page.text
    assert "without your changes" not in lens.controller.state.notices[-1].why


def all_found(lens: Lens) -> bool:
    found = findings_of(lens.controller.state)
    measured = len(found.effects) == len(found.shares) > 0
    return measured and None not in (found.attribution, found.logit, found.outcome)


def test_the_predictions_of_a_folder_are_those_of_classify(
    lens: Lens, qtbot: QtBot, tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for index, colour in enumerate(((250, 10, 10), (10, 250, 10), (10, 10, 250)) * 4):
        PillowImage.new("RGB", (40 + index, 30), colour).save(folder / f"{index:02}.png")
    (folder / "05.png").write_bytes(b"torn")
    lens.window.paths_opened.emit((folder,))
    qtbot.waitUntil(
        lambda: (
            len(lens.controller.state.entries) == 12
            and all(e.status in ("ready", "failed") for e in lens.controller.state.entries)
        ),
        timeout=PATIENCE_MS,
    )
    save_with(lens, qtbot, "export_predictions", tmp_path / "all.json")
    words = ["classify", str(folder), "--model", str(model), "--provider", "cpu"]
    assert main([*words, "--format", "json"]) == 1
    expected = json.loads(capsys.readouterr().out)
    found = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert [without_time(one) for one in found] == [without_time(one) for one in expected]
    assert all(one["timing_ms"]["run"] > 0 for one in found if not one["error"])
    save_with(lens, qtbot, "export_predictions", tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert main([*words, "--format", "csv"]) == 1
    assert (tmp_path / "all.csv").read_text("utf-8") == capsys.readouterr().out
    assert sum(bool(row["error"]) for row in rows) == 1
    notices = [n for n in lens.controller.state.notices if "all.csv" in n.what]
    assert notices[-1].severity == "warning"
    assert "1 of 12 images" in notices[-1].why


def without_time(one: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in one.items() if name != "timing_ms"}


def test_images_that_were_stopped_say_so_in_the_table(
    lens: Lens, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    look_at(lens, qtbot, photo)
    state = lens.controller.state
    never = replace(state.entries[0], number=state.next_number, status="stopped", top=None)
    lens.controller.become(
        replace(state, entries=(*state.entries, never), next_number=state.next_number + 1)
    )
    save_with(lens, qtbot, "export_predictions", tmp_path / "all.json")
    one, other = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert one["error"] is None
    assert other["error"]["code"] == "not-classified"


def test_a_file_in_the_way_is_told(lens: Lens, qtbot: QtBot, tmp_path: Path, photo: Path) -> None:
    look_at(lens, qtbot, photo)
    lens.sharing.export_report(photo / "page.html")
    qtbot.waitUntil(lambda: told(lens, "Cannot write"), timeout=PATIENCE_MS)
    assert lens.controller.state.shown is not None
