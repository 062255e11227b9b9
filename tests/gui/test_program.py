"""The whole program in one process: window, controller, worker and a real model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop_app import paths
from desktop_app.core.records import PixelsSource
from desktop_app.lens import Lens
from desktop_app.settings import load_settings
from desktop_app.state import LensState
from desktop_app.views.about import AboutWindow
from desktop_app.views.main_window import MainWindow

PATIENCE_MS = 30_000


@pytest.fixture
def lens(qtbot: QtBot, tiny_model: Path) -> Lens:
    lens = Lens(MainWindow(), LensState())
    # Before the window goes: an answer on its way may still come, and finds all its parts.
    qtbot.addWidget(lens.window, before_close_func=lambda _: lens.close())
    lens.window.show()
    lens.start((), str(tiny_model))
    qtbot.waitUntil(lambda: lens.controller.state.model is not None, timeout=PATIENCE_MS)
    return lens


def analysed(lens: Lens) -> bool:
    shown = lens.controller.state.shown
    return shown is not None and shown.activations is not None


def picture(path: Path, colour: tuple[int, int, int]) -> Path:
    PillowImage.new("RGB", (60, 40), colour).save(path)
    return path


def test_a_dropped_picture_becomes_predictions_and_maps(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    lens.window.paths_opened.emit((picture(tmp_path / "sky.png", (0, 0, 255)),))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    lens.window.copy_predictions_requested.emit()
    text = QGuiApplication.clipboard().text()
    assert text.splitlines()[0].endswith("blue")


def test_an_emptied_list_is_brought_back_by_the_button_of_its_notice(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    lens.window.paths_opened.emit((picture(tmp_path / "sky.png", (0, 0, 255)),))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    lens.window.commands.clear_images.trigger()
    assert lens.controller.state.entries == ()
    (row,) = lens.window.notices.rows()
    assert row.action_button.text() == "Bring back"
    qtbot.mouseClick(row.action_button, Qt.MouseButton.LeftButton)
    assert lens.window.notices.rows() == ()
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    assert len(lens.controller.state.entries) == 1


def test_moving_between_layers_runs_nothing_again(lens: Lens, qtbot: QtBot) -> None:
    lens.window.source_received.emit(PixelsSource("Pasted", np.zeros((8, 8, 3), np.uint8)))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    before = lens.controller.state.shown
    for _ in range(5):
        lens.window.layer_stepped.emit(1)
    assert lens.controller.state.shown is before


def test_the_channels_of_every_layer_are_weighed_for_the_class_that_is_asked_about(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    lens.window.paths_opened.emit((picture(tmp_path / "sea.png", (0, 120, 255)),))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    options = replace(lens.controller.state.options, sort="evidence")
    lens.window.options_changed.emit(options)
    qtbot.waitUntil(lambda: lens.controller.state.evidence is not None, timeout=PATIENCE_MS)
    lens.window.layer_chosen.emit("avg_pool")
    first = lens.controller.state.evidence
    assert first is not None
    assert (first.layer, first.class_index) == ("avg_pool", 2)
    lens.window.commands.next_class.trigger()
    assert lens.controller.state.chosen_class == 1
    qtbot.waitUntil(lambda: lens.controller.state.evidence is not first, timeout=PATIENCE_MS)
    second = lens.controller.state.evidence
    assert second is not None
    assert (second.layer, second.class_index) == ("avg_pool", 1)
    assert (int(first.scores.argmax()), int(second.scores.argmax())) == (2, 1)
    lens.window.commands.top_class.trigger()
    assert lens.controller.state.chosen_class is None


def test_the_logit_is_taken_apart_and_each_channel_opens_its_map(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    lens.window.paths_opened.emit((picture(tmp_path / "sea.png", (0, 120, 255)),))
    qtbot.waitUntil(lambda: lens.controller.state.logit_evidence is not None, timeout=PATIENCE_MS)
    state, parts = lens.controller.state, lens.window.parts
    assert state.logit_evidence is not None
    assert state.logit_evidence.found is not None
    assert parts is not None
    assert state.shown is not None
    assert state.shown.activations is not None
    logit = float(state.shown.activations.values["fc3"].ravel()[2])
    evidence = parts.predictions.evidence
    assert evidence.sum.text() == f"sum of 16 channels + bias = {logit:.2f}, the logit"
    row = evidence.rows.index(0)
    assert row.data() == "2"  # the network's third channel carries blue
    qtbot.mouseClick(
        evidence.view.viewport(),
        Qt.MouseButton.LeftButton,
        pos=evidence.view.visualRect(row).center(),
    )
    assert (lens.controller.state.layer, lens.controller.state.channel) == ("res3a_relu", 2)
    lens.window.commands.evidence.next_rival.trigger()
    qtbot.waitUntil(lambda: evidence.rows.rowCount() > 0, timeout=PATIENCE_MS)
    assert lens.controller.state.against_class == 1
    assert evidence.heading.text() == "Evidence for “blue” and not “green”"
    lens.window.commands.undo.trigger()
    assert lens.controller.state.against_class is None


def test_a_broken_file_leaves_the_good_result_and_says_why(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    lens.window.paths_opened.emit((picture(tmp_path / "good.png", (0, 255, 0)),))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    good = lens.controller.state.shown
    torn = tmp_path / "torn.png"
    torn.write_bytes(b"torn")
    lens.window.paths_opened.emit((torn,))
    qtbot.waitUntil(lambda: bool(lens.controller.state.notices), timeout=PATIENCE_MS)
    assert lens.controller.state.shown is good
    assert "torn.png" in lens.controller.state.notices[-1].what


def test_a_folder_is_classified_to_its_end(lens: Lens, qtbot: QtBot, tmp_path: Path) -> None:
    for index in range(30):
        picture(tmp_path / f"{index:02}.png", (0, 255, 0))
    lens.window.paths_opened.emit((tmp_path,))
    qtbot.waitUntil(
        lambda: (
            len(lens.controller.state.entries) == 30
            and all(entry.status == "ready" for entry in lens.controller.state.entries)
        ),
        timeout=PATIENCE_MS,
    )
    # The run ends with the index, which follows the classes.
    qtbot.waitUntil(lambda: lens.controller.state.progress is None, timeout=PATIENCE_MS)
    assert {entry.top.label for entry in lens.controller.state.entries if entry.top} == {"green"}


def test_closing_in_the_middle_of_a_folder_is_quick_and_clean(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    for index in range(200):
        picture(tmp_path / f"{index:03}.png", (255, 0, 0))
    lens.window.paths_opened.emit((tmp_path,))
    qtbot.waitUntil(lambda: bool(lens.controller.state.entries), timeout=PATIENCE_MS)
    lens.window.close()
    assert lens.worker.close(timeout_s=PATIENCE_MS / 1000)


def test_what_was_chosen_is_remembered(lens: Lens) -> None:
    options = replace(lens.controller.state.options, colormap="viridis", top_k=3)
    lens.window.options_changed.emit(options)
    lens.window.layer_chosen.emit("pool1")
    lens.close()
    settings, damaged = load_settings(paths.settings_file())
    assert damaged is None
    assert settings.options == options
    assert settings.layer == "pool1"
    assert settings.layout


def test_a_folder_with_cudas_libraries_is_used_told_and_remembered(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    lens.window.cuda_folder_chosen.emit(tmp_path)
    lens.window.commands.about.trigger()
    qtbot.waitUntil(lambda: lens.controller.state.diagnosis is not None, timeout=PATIENCE_MS)
    diagnosis = lens.controller.state.diagnosis
    assert diagnosis is not None
    (about,) = lens.window.findChildren(AboutWindow)
    words = about.text.toPlainText()
    assert f"settings\n{paths.settings_file()}" in words
    if diagnosis.flavour == "gpu":
        assert f"in the chosen folder {tmp_path}" in words
    with qtbot.waitSignal(about.destroyed):
        about.close()
    lens.close()
    settings, _ = load_settings(paths.settings_file())
    assert settings.cuda_folder == str(tmp_path)


def test_every_change_of_view_is_undone_by_key_and_done_again(lens: Lens, qtbot: QtBot) -> None:
    lens.window.activateWindow()
    lens.window.source_received.emit(PixelsSource("Pasted", np.zeros((8, 8, 3), np.uint8)))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    first = lens.controller.state
    lens.window.layer_chosen.emit("pool1")
    lens.window.channel_chosen.emit(3)
    lens.window.options_changed.emit(replace(first.options, scale="channel"))
    undo, redo = lens.window.commands.undo, lens.window.commands.redo
    assert undo.text() == "Undo: scale"
    for _ in range(3):
        qtbot.keyClick(lens.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    state = lens.controller.state
    assert (state.layer, state.channel, state.options) == (
        first.layer,
        first.channel,
        first.options,
    )
    assert not undo.isEnabled()
    while redo.isEnabled():
        redo.trigger()
    state = lens.controller.state
    assert (state.layer, state.channel, state.options.scale) == ("pool1", 3, "channel")


def test_undo_leads_back_to_the_picture_before(lens: Lens, qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        lens.window.paths_opened.emit((picture(tmp_path / name, (0, 0, 255)),))
        qtbot.waitUntil(
            lambda name=name: analysed(lens) and shown_name(lens) == name, timeout=PATIENCE_MS
        )
    lens.window.commands.undo.trigger()
    qtbot.waitUntil(lambda: shown_name(lens) == "a.png", timeout=PATIENCE_MS)
    lens.window.commands.redo.trigger()
    qtbot.waitUntil(lambda: shown_name(lens) == "b.png", timeout=PATIENCE_MS)


def shown_name(lens: Lens) -> str:
    shown = lens.controller.state.shown
    return "" if shown is None else shown.image.name


def test_two_pictures_and_two_models_are_compared(
    lens: Lens, qtbot: QtBot, tmp_path: Path, plain_model: Path
) -> None:
    assert lens.window.parts is not None
    parts, state_of = lens.window.parts.comparison, lambda: lens.controller.state
    lens.window.paths_opened.emit((picture(tmp_path / "sky.png", (0, 0, 255)),))
    qtbot.waitUntil(lambda: analysed(lens), timeout=PATIENCE_MS)
    lens.window.commands.comparing.image.trigger()
    lens.window.paths_opened.emit((picture(tmp_path / "grass.png", (0, 255, 0)),))
    qtbot.waitUntil(lambda: analysed(lens) and state_of().shown.number == 2, timeout=PATIENCE_MS)
    assert [column.name.text() for column in parts.view.columns()][:2] == ["sky.png", "grass.png"]
    assert parts.view.difference.canvas.isVisible()
    lens.window.commands.comparing.swap.trigger()
    assert [column.name.text() for column in parts.view.columns()][:2] == ["grass.png", "sky.png"]

    parts.model_chosen.emit(plain_model)
    qtbot.waitUntil(
        lambda: parts.view.a.name.text() == "plain" and parts.view.a.canvas.isVisible(),
        timeout=PATIENCE_MS,
    )
    assert parts.view.b.name.text() == "Tiny: mean colours"
    parts.model_chosen.emit(tmp_path / "none.onnx")
    qtbot.waitUntil(lambda: bool(state_of().notices), timeout=PATIENCE_MS)
    assert parts.view.a.name.text() == "plain"
    lens.window.commands.comparing.end.trigger()
    assert state_of().comparison is None


def test_a_folder_is_placed_on_the_map_and_lists_what_is_alike(
    lens: Lens, qtbot: QtBot, tmp_path: Path
) -> None:
    assert lens.window.parts is not None
    parts, colours = lens.window.parts, ((250, 0, 0), (240, 9, 0), (0, 250, 0), (0, 0, 250))
    for index, colour in enumerate(colours):
        picture(tmp_path / f"{index}.png", colour)
    lens.window.commands.comparing.image_map.trigger()
    lens.window.paths_opened.emit((tmp_path,))
    qtbot.waitUntil(
        lambda: parts.image_map.heading.text() == "Map of 4 images", timeout=PATIENCE_MS
    )
    lens.window.commands.comparing.similar.trigger()
    qtbot.waitUntil(lambda: len(parts.similar.rows.numbers()) == 3, timeout=PATIENCE_MS)
    entries = lens.controller.state.entries
    assert parts.similar.heading.text() == "Nearest to 0.png"
    assert parts.similar.rows.number(0) == entries[1].number  # the other red one
