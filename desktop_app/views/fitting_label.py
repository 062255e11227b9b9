"""A line of text that says as much as there is room for: shorter wordings first, names cut last."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop_app.views.theme import TextRole, set_text_role


class FittingLabel(QLabel):
    """One line with several wordings; its tooltip is set by whoever knows what it stands for."""

    def __init__(self, role: TextRole, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wordings: tuple[str, ...] = ("",)
        self._names: tuple[str, ...] = ()
        self.setTextFormat(Qt.TextFormat.PlainText)
        set_text_role(self, role)

    def say(self, *wordings: str, names: tuple[str, ...] = ()) -> None:
        """Take other words.

        Args:
            wordings: The longest first; ``{}`` stands for a name.
            names: They keep their whole length where one of the wordings has room for it; in the
                last one the longest are cut.
        """
        self._wordings, self._names = wordings, names
        self.setAccessibleName(_filled(wordings[0], names))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has room for other words."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """The words may be cut."""
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Whatever is said: another sentence does not move what stands around."""
        return QSize(0, super().sizeHint().height())

    def _fit(self) -> None:
        self.ensurePolished()  # else the width is that of another font
        metrics, room = self.fontMetrics(), self.contentsRect().width()
        for wording in self._wordings:
            text = _filled(wording, self._names)
            if metrics.horizontalAdvance(text) <= room:
                self.setText(text)
                return
        last = self._wordings[-1]
        fixed = metrics.horizontalAdvance(_filled(last, ("",) * len(self._names)))
        # One more, because both widths are rounded.
        widths = [metrics.horizontalAdvance(name) + 1 for name in self._names]
        shares = _shared_out(max(room - fixed, 0), widths)
        cut = Qt.TextElideMode.ElideRight
        names = tuple(
            metrics.elidedText(name, cut, share)
            for name, share in zip(self._names, shares, strict=True)
        )
        self.setText(metrics.elidedText(_filled(last, names), cut, room))


def _shared_out(room: int, widths: list[int]) -> list[int]:
    """Of ``room``, as much for each as it needs; what is short is short for the longest."""
    shares = [0] * len(widths)
    for left, place in enumerate(sorted(range(len(widths)), key=widths.__getitem__)):
        shares[place] = min(widths[place], room // (len(widths) - left))
        room -= shares[place]
    return shares


def _filled(wording: str, names: tuple[str, ...]) -> str:
    """The wording with its names; a name may contain braces."""
    parts = wording.split("{}")
    padded = (*names, *[""] * len(parts))
    return "".join(part + (padded[n] if n < len(parts) - 1 else "") for n, part in enumerate(parts))
