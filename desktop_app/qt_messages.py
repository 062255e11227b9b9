"""What Qt has to say goes to the log; what it calls critical or fatal also becomes a report."""

import logging
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QMessageLogContext, QtMsgType

from desktop_app.crash_watch import CrashWatch

_LEVELS: Final = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def qt_message_taker(
    crashes: CrashWatch,
) -> Callable[[QtMsgType, QMessageLogContext, str], None]:
    """A function for ``qInstallMessageHandler``; Qt calls it from any thread."""
    log = logging.getLogger("qt")

    def take(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if kind == QtMsgType.QtCriticalMsg:
            crashes.fail_with(f"Qt: {message}")
            return
        log.log(_LEVELS.get(kind, logging.WARNING), "%s: %s", context.category, message)
        if kind == QtMsgType.QtFatalMsg:  # Qt ends the process when this returns
            crashes.note_fatal(f"Qt: {message}")

    return take
