"""Named figures under each other, numbers aligned at the right in tabular figures."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop_app.views.theme import font, set_text_role


class FigureTable(QWidget):
    """Rows of a name and a number; rows without a number are hidden."""

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(names):
            title, figure = QLabel(name), QLabel()
            set_text_role(title, "secondary")
            figure.setFont(font(13, tabular=True))
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            figure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            figure.setAccessibleName(name)
            grid.addWidget(title, row, 0)
            grid.addWidget(figure, row, 1)
            self._rows[name] = (title, figure)

    def show_figure(self, name: str, text: str) -> None:
        """Show the number of one row; an empty text hides the row."""
        title, figure = self._rows[name]
        figure.setText(text)
        title.setVisible(bool(text))
        figure.setVisible(bool(text))

    def figure(self, name: str) -> str:
        """The number of one row as shown."""
        return self._rows[name][1].text()
