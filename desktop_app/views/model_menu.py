"""The menu of models: each with its figures and its terms, so that one is chosen knowingly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QFontMetrics, QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget, QWidgetAction

from desktop_app.views.model_facts import listed_phrase
from desktop_app.views.state_menu import StateMenu
from desktop_app.views.theme import current_roles, font

if TYPE_CHECKING:
    from desktop_app.core.records import ModelListing

_LEFT: Final = 24
_RIGHT: Final = 16
_PAD: Final = 7
_TICK: Final = 12
_WIDEST: Final = 460


class ModelMenu(StateMenu):
    """What can be opened, the open one ticked.

    Signals:
        model_chosen: The :class:`~pathlib.Path` of a model.
    """

    model_chosen = Signal(object)

    @Slot()
    def _fill(self) -> None:
        self.clear()
        opened, offered = self._state.model, list(self._state.models)
        if opened is not None and opened.path not in [listing.path for listing in offered]:
            offered.append(opened.listing())
        for listing in offered:
            action = QWidgetAction(self)
            action.setText((listing.title or listing.name).replace("&", "&&"))
            action.setToolTip(_tip(listing))
            action.setCheckable(True)
            action.setChecked(opened is not None and listing.path == opened.path)
            action.setData(listing.path)
            action.setDefaultWidget(_ModelRow(self, action, listing))
            self._group.addAction(action)
            self.addAction(action)
        if not offered:
            self.addAction("No models found").setEnabled(False)
        self.addSeparator()
        self.addActions([self._actions.open_model, self._actions.about_model])

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        path: Path = action.data()
        self.model_chosen.emit(path)


class _ModelRow(QWidget):
    """Title, figures, terms. Paints only: mouse and keyboard stay with the menu."""

    def __init__(self, menu: QMenu, action: QAction, listing: ModelListing) -> None:
        super().__init__(menu)
        self._menu = menu
        self._action = action
        lines = [listed_phrase(listing)]
        lines += [f"Licence: {listing.licence}"] if listing.licence else []
        self._lines: list[tuple[str, QFont]] = [
            (listing.title or listing.name, font(13, medium=True)),
            *((line, font(11, tabular=True)) for line in lines),
        ]
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        """As wide as the longest line, up to a limit."""
        metrics = [(QFontMetrics(face), text) for text, face in self._lines]
        width = max(each.horizontalAdvance(text) for each, text in metrics) + 1
        height = sum(each.height() + 1 for each, _ in metrics)
        return QSize(min(_LEFT + width + _RIGHT, _WIDEST), height + 2 * _PAD)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """As the style sheet has it for the rows of other menus."""
        roles = current_roles()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._menu.activeAction() is self._action:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(roles.selection)
                painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
            line = QRect(_LEFT, _PAD, self.width() - _LEFT - _RIGHT, 0)
            for number, (text, face) in enumerate(self._lines):
                painter.setFont(face)
                line.setHeight(painter.fontMetrics().height() + 1)
                if number == 0 and self._action.isChecked():
                    tick = QRect(6, line.center().y() - _TICK // 2 + 1, _TICK, _TICK)
                    QIcon("icon:control-tick.svg").paint(painter, tick)
                painter.setPen(roles.secondary if number else roles.text)
                shown = painter.fontMetrics().elidedText(
                    text, Qt.TextElideMode.ElideRight, line.width()
                )
                painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), shown)
                line.translate(0, line.height())


def _tip(listing: ModelListing) -> str:
    parts = (listing.licence and f"Licence: {listing.licence}", listing.source, str(listing.path))
    return "\n".join(part for part in parts if part)
