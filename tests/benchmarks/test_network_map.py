"""How smooth the map of a deep network is: drawing, scrolling and choosing against one frame.

The goal is at most one frame of the screen (16.7 ms) for each, on ResNet-152 (517 layers) and a
foreign graph of 1,000; the drawing itself is made once per model.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.core.network_layout import plan_network
from desktop_app.core.records import Model
from desktop_app.state import LensState
from desktop_app.views.network_view import NetworkView
from tests.benchmarks.measure import Ratio, report, timed_ms
from tests.network_layers import RESNET_152, bottleneck_model, foreign_model

FRAME_MS = 1000 / 60
MODELS = {"ResNet-152": bottleneck_model(RESNET_152), "foreign, 1000 layers": foreign_model(1000)}


def against_frame(
    name: str, action: Callable[[], object], *, times: int = 15, frames: float = 1.0
) -> None:
    taken = timed_ms(action, times=times)
    middle = sorted(taken)[len(taken) // 2]
    report(
        name,
        Ratio(
            median=middle / FRAME_MS,
            lowest=min(taken) / FRAME_MS,
            highest=max(taken) / FRAME_MS,
            baseline_ms=FRAME_MS,
            candidate_ms=middle,
        ),
        goal=frames,
    )


@pytest.mark.benchmark
@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("size", [(304, 340), (1200, 900)], ids=["panel", "large"])
def test_the_map_moves_within_a_frame(
    qtbot: QtBot, qapp: QApplication, name: str, size: tuple[int, int]
) -> None:
    model = MODELS[name]
    view = NetworkView()
    qtbot.addWidget(view)
    view.resize(*size)
    with qtbot.waitExposed(view):
        view.show()
    states = [LensState(model=model), LensState(model=replace(model))]

    def draw_anew() -> None:
        states.reverse()
        view.render(states[0])
        view.grab()

    told = f"{name} at {size[0]}×{size[1]}"
    against_frame(f"{told}: model opened and drawn", draw_anew)
    canvas, bar = view.canvas, view.canvas.verticalScrollBar()
    down = [True]

    def scroll() -> None:
        if bar.value() in {bar.minimum(), bar.maximum()}:
            down[0] = bar.value() == bar.minimum()
        bar.setValue(bar.value() + (90 if down[0] else -90))
        canvas.viewport().repaint()

    against_frame(f"{told}: scrolled and painted", scroll, times=60)
    layers = [layer.name for layer in model.layers]
    place = [0]

    def choose() -> None:
        place[0] = (place[0] + 61) % len(layers)
        view.render(replace(states[0], layer=layers[place[0]]))
        canvas.viewport().repaint()
        qapp.processEvents()

    against_frame(f"{told}: a far layer chosen and painted", choose, times=60)
    canvas.fit()

    def zoom() -> None:
        canvas.zoom_by(1.07)
        canvas.viewport().repaint()

    against_frame(f"{told}: zoomed a step and painted", zoom, times=60)
    canvas.fit()
    against_frame(f"{told}: all of it painted", canvas.viewport().repaint)


@pytest.mark.benchmark
@pytest.mark.parametrize("name", MODELS)
def test_laying_out_takes_the_worker_little(name: str) -> None:
    model: Model = MODELS[name]
    against_frame(
        f"{name}: laid out by the worker", lambda: plan_network(model), times=5, frames=30
    )
