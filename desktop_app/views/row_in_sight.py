"""Rows of a list stay in sight when what stands below the list takes some of its height."""

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListView


def keep_in_sight(view: QListView, row: QModelIndex, event: QResizeEvent) -> None:
    """Bring a row back that a resize has taken out of sight; not one that was scrolled away.

    Args:
        view: With its new size, scrolled as before.
        row: Of its model; an invalid one is no row.
        event: The resize.
    """
    place = view.visualRect(row)
    if row.isValid() and place.top() >= 0 and place.bottom() < event.oldSize().height():
        view.scrollTo(row)
