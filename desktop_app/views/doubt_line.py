"""A plain sentence over the classes when the picture is unlike what the network was trained on."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop_app.core.doubt import UNLIKE_FROM
from desktop_app.state import LensState
from desktop_app.views import icons
from desktop_app.views.theme import current_roles, font

_SIGN = 14


class DoubtLine(QWidget):
    """A sign and a sentence; takes no room where there is nothing to doubt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("How unlike the training pictures")
        self.sign = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setFont(font(11))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 2, 14, 4)
        row.setSpacing(6)
        row.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        self.hide()

    def render(self, state: LensState) -> None:  # type: ignore[override]  # not Qt's
        """Say the doubt about the picture on screen."""
        doubt = None if state.shown is None else state.shown.doubt
        sentence = "" if doubt is None else doubt.sentence
        if doubt is None or not sentence:
            self.hide()
            return
        roles = current_roles()
        colour = roles.warning if doubt.rank >= UNLIKE_FROM else roles.secondary
        self.sign.setPixmap(
            icons.pixmap("warning", colour, size=_SIGN, scale=self.devicePixelRatioF())
        )
        self.text.setText(sentence)
        self.text.setToolTip(
            f"Measured by the {doubt.kind} score of the features: {doubt.score:.3g}"
        )
        self.setAccessibleDescription(sentence)
        # The words are in a layout of this widget's own, so the panel's would hear of their new
        # height a turn late, and give them the room of the sentence before until then.
        self.updateGeometry()
        self.show()
