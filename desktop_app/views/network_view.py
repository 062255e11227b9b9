"""The panel with the map of the network: the drawing, and what is known of the chosen layer."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from desktop_app.core.network import Network
from desktop_app.core.network_plan import NetworkPlan
from desktop_app.core.records import Model
from desktop_app.state import LensState
from desktop_app.views.labels import ElidedLabel, heading
from desktop_app.views.layer_facts import all_about, field_of, shape_and_weights
from desktop_app.views.layer_names import place_of
from desktop_app.views.network_canvas import NetworkCanvas
from desktop_app.views.network_remarks import Remarks, remarks_on
from desktop_app.views.theme import font, on_surface, set_text_role

_NO_MODEL: Final = "The network of the open model appears here."
_NO_LAYERS: Final = "This model names no layers."
_NOTHING_CHOSEN: Final = "Choose a layer to see its maps"


class NetworkView(QWidget):
    """The panel at the lower left.

    Signals:
        layer_chosen: A layer's name.
    """

    layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        on_surface(self, "panel")
        self.setMinimumWidth(180)
        self._model: Model | None = None
        self._layer: str | None = None
        self._remarks = Remarks()
        self._heading = heading("")
        self.canvas = NetworkCanvas()
        self.canvas.layer_chosen.connect(self.layer_chosen)
        self._empty = QLabel(_NO_MODEL)
        self._name = ElidedLabel(_NOTHING_CHOSEN, mode=Qt.TextElideMode.ElideMiddle)
        self._facts = [ElidedLabel(role="secondary") for _ in range(3)]
        for fact in self._facts:
            fact.setFont(font(11, tabular=True))
        self._arrange()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Draw the open model's network and mark the chosen layer."""
        if state.model is not self._model:
            self._model, self._layer, self._remarks = state.model, None, Remarks()
            self._show_model(state.model)
        if state.layer != self._layer:
            self._layer = state.layer
            self.canvas.choose(state.layer)
            self._caption()
        if (remarks := remarks_on(state)) != self._remarks:
            self._remarks = remarks
            self.canvas.show_remarks(remarks)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 0, 14, 0)
        top.addWidget(self._heading)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._empty.setContentsMargins(14, 4, 14, 4)
        set_text_role(self._empty, "secondary")
        self._stack = QStackedLayout()
        caption = QVBoxLayout()
        caption.setContentsMargins(14, 6, 14, 10)
        caption.setSpacing(2)
        caption.addWidget(self._name)
        for fact in self._facts:
            caption.addWidget(fact)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        column.addLayout(top)
        column.addLayout(self._stack, 1)
        column.addLayout(caption)
        self._stack.addWidget(self._empty)  # only now: without a parent it would flash as a window
        self._stack.addWidget(self.canvas)

    def _show_model(self, model: Model | None) -> None:
        if model is None or not model.layers:
            self._empty.setText(_NO_MODEL if model is None else _NO_LAYERS)
            self.canvas.show_network(NetworkPlan(), Network())
            self._heading.setText("")
        else:
            weights = model.network.parameters
            self._heading.setText(f"{weights:,} parameters" if weights else "")
            self.canvas.show_network(model.plan, model.network, partial(_told, model))
        self._heading.setVisible(bool(self._heading.text()))
        has_map = model is not None and bool(model.layers)
        self._stack.setCurrentWidget(self.canvas if has_map else self._empty)
        self._caption()

    def _caption(self) -> None:
        """What is known of the chosen layer."""
        model = self._model
        layer = None if model is None or self._layer is None else model.layer(self._layer)
        self._name.setText(_NOTHING_CHOSEN if layer is None else layer.name)
        self._name.setEnabled(layer is not None)
        texts = ("", "", "")
        if model is not None and layer is not None:
            texts = (place_of(layer), shape_and_weights(model, layer), field_of(model, layer))
        for label, text in zip(self._facts, texts, strict=True):
            label.setText(text)


def _told(model: Model, name: str) -> str:
    layer = model.layer(name)
    return name if layer is None else all_about(model, layer)
