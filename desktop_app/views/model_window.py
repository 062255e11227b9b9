"""The window about the open model: what its card says, in words."""

from html import escape
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from desktop_app.core.records import Model
from desktop_app.views.model_facts import model_rows
from desktop_app.views.theme import current_roles, font

_WIDTH: Final = 600
_SIDE: Final = 24
_BELOW_TITLE: Final = 14


def model_window(model: Model, parent: QWidget) -> QDialog:
    """Everything worth knowing of ``model``, as text that can be selected; not yet shown."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("About the model")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    text = QTextBrowser()
    text.setAccessibleName(f"About {model.title}")
    text.setFont(font(13))
    # Paths and hashes have no spaces, so words may break anywhere.
    text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    text.setHtml(_page(model))
    column = QVBoxLayout(dialog)
    column.setContentsMargins(_SIDE, _SIDE, _SIDE, _SIDE)
    column.addWidget(text)
    document = text.document().clone()
    document.setTextWidth(_WIDTH - 2 * _SIDE)
    height = round(document.size().height()) + 2 * _SIDE + 8
    dialog.resize(QSize(_WIDTH, height).boundedTo(dialog.screen().availableSize() - QSize(40, 60)))
    return dialog


def _page(model: Model) -> str:
    """The title, and a table of names and values."""
    quiet = f"padding-bottom:7px; color:{current_roles().secondary.name()}"
    rows = "".join(
        f'<tr><td width="136" style="{quiet}">{escape(name)}</td>'
        f'<td style="padding-bottom:7px">{_lines(value)}</td></tr>'
        for name, value in model_rows(model)
    )
    title = f'<p style="font-size:15px; font-weight:500">{escape(model.title)}</p>'
    # Qt drops a paragraph's margin before a table, but keeps the table's own.
    style = f"margin-top:{_BELOW_TITLE}px"
    return (
        f'{title}<table width="100%" cellpadding="0" cellspacing="0" style="{style}">{rows}</table>'
    )


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())
