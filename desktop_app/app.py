"""Begins and ends the program: settings, window, log. What stands behind the window is in ``lens``.

The window is on screen before anything is imported that it does not show, so that it is there at
once.
"""

from __future__ import annotations

import gc
import importlib
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, qInstallMessageHandler, qVersion
from PySide6.QtWidgets import QApplication

from desktop_app import paths
from desktop_app.core.bundled import model_name
from desktop_app.crash_watch import CrashWatch
from desktop_app.cuda_choice import chosen_folder
from desktop_app.first_process import Standing
from desktop_app.log_file import keeping_log
from desktop_app.qt_messages import qt_message_taker
from desktop_app.run_file import telling_its_end
from desktop_app.settings import Damage, Settings, load_settings
from desktop_app.state import LensState, ShowReport
from desktop_app.transitions import add_notice, begin_loading
from desktop_app.views.early_commands import EarlyCommands
from desktop_app.views.first_paint import FirstPaint
from desktop_app.views.main_window import MainWindow
from desktop_app.views.theme import STYLE_ARGUMENTS, load_resources

if TYPE_CHECKING:
    from desktop_app.arrivals import Arrivals
    from desktop_app.core.provider_names import ProviderChoice
    from desktop_app.lens import Lens

_INTERRUPT_POLL_MS: Final = 200
_SLOW_IMPORTS: Final = ("numpy", "desktop_app.views.window_parts", "desktop_app.lens")
"""What everything behind the window's first picture needs; each takes less than a tenth of a
second, and together they would hold the window up for two."""


def open_window(
    named: tuple[Path, ...],
    *,
    model: str | None = None,
    provider: ProviderChoice | None = None,
    cuda_folder: Path | None = None,
    standing: Standing | None = None,
) -> int:
    """Run the window until it is closed; returns the exit status.

    Args:
        named: Pictures, folders and models from the command line.
        model: A listed name or a path; None opens what was open last, else the default.
        provider: None asks for what was asked for last.
        cuda_folder: With CUDA's libraries; None takes what was chosen last.
        standing: What this process is among those of one person; None for one that stands alone.
    """
    folder = paths.log_folder()
    with keeping_log(folder) as lines, telling_its_end(folder) as run:
        crashes = CrashWatch(folder, lines, run)
        crashes.note("Qt", qVersion())
        with crashes.hooks():
            return _run(
                named,
                model=model,
                provider=provider,
                cuda_folder=cuda_folder,
                standing=standing or Standing(),
                crashes=crashes,
            )


def _run(
    named: tuple[Path, ...],
    *,
    model: str | None,
    provider: ProviderChoice | None,
    cuda_folder: Path | None,
    standing: Standing,
    crashes: CrashWatch,
) -> int:
    qInstallMessageHandler(qt_message_taker(crashes))
    application = QApplication([*sys.argv[:1], *STYLE_ARGUMENTS])
    application.setApplicationName("residual-lens")
    application.setApplicationDisplayName("Residual Lens")
    application.setDesktopFileName("residual-lens")
    load_resources(paths.resources())
    settings, damage = load_settings(paths.settings_file())
    state = _told_why_alone(_remembered(settings, provider, cuda_folder, damage), standing)
    program = Program(state, settings, crashes, standing)
    program.show(named, model or settings.model)
    _let_python_see_interrupts(application)
    status = application.exec()
    program.close()
    return status


class Program:
    """The window at once, and everything else when the window is on screen.

    Attributes:
        window: The one window.
        lens: What stands behind it; None until then.
    """

    def __init__(
        self, state: LensState, settings: Settings, crashes: CrashWatch, standing: Standing
    ) -> None:
        """Build the window.

        Args:
            state: What it begins with.
            settings: What was remembered.
            crashes: Makes reports of errors, which are shown here until there is more.
            standing: Hears of later starts as soon as there is a lens.
        """
        self._state = state
        self._settings = settings
        self._crashes = crashes
        self._standing = standing
        self.window = MainWindow()
        self.window.restore_layout(settings.layout)
        self.lens: Lens | None = None
        self._arrivals: Arrivals | None = None
        self._early: EarlyCommands | None = None
        crashes.listen(self._on_early_error, self.window.close)

    def show(self, named: tuple[Path, ...], model: str | None) -> None:
        """Show the window; the rest begins by itself."""
        # As it will be in a moment: nothing of it jumps when the rest has begun.
        self.window.render(begin_loading(self._state, model_name(model)))
        steps: list[Callable[[], object]] = [
            *(partial(importlib.import_module, name) for name in _SLOW_IMPORTS),
            partial(self._begin, named, model),
        ]
        commands = (listed.action for listed in self.window.commands.listed)
        self._early = EarlyCommands(commands, self.window)
        first_paint = FirstPaint(self.window)
        first_paint.over.connect(gc.enable)
        first_paint.over.connect(partial(self._take_steps, steps))
        self.window.show()

    def close(self) -> None:
        """End what has begun, and remember the window; a later start may then be the first."""
        self._standing.stop_listening()
        self._crashes.listen(None, None)
        if self.lens is not None:
            self.lens.close()
        self._standing.close()

    def _take_steps(self, steps: list[Callable[[], object]]) -> None:
        """One in each turn of the event loop, so that the window answers in between."""
        steps.pop(0)()
        if steps:
            # Not 0, which Qt makes a posted event: those are all taken before any other.
            QTimer.singleShot(1, partial(self._take_steps, steps))

    def _begin(self, named: tuple[Path, ...], model: str | None) -> None:
        from desktop_app.arrivals import Arrivals  # noqa: PLC0415 - as the next
        from desktop_app.lens import Lens  # noqa: PLC0415 - not needed for the first picture

        self.lens = Lens(self.window, self._state, self._settings, self._crashes)
        self.lens.start(named, model)
        self._arrivals = Arrivals(self.lens.controller, self.window)
        self._standing.listen(self._arrivals.arrived.emit)
        if self._early is not None:
            self._early.give_again()

    def _on_early_error(self, message: str, report: Path | None) -> None:
        """Say in the window why nothing stands behind it."""
        self._state = add_notice(
            self._state,
            "error",
            "Something in the program went wrong",
            why=message,
            action=None if report is None else ShowReport(report),
        )
        self.window.render(self._state)


def _remembered(
    settings: Settings,
    provider: ProviderChoice | None,
    cuda_folder: Path | None,
    damage: Damage | None,
) -> LensState:
    state = LensState(
        options=settings.options,
        recent=tuple(Path(name) for name in settings.recent),
        provider_choice=provider or settings.provider,
        cuda_folder=chosen_folder(named=cuda_folder, remembered=settings.cuda_folder),
        layer=settings.layer,
    )
    if damage is None:
        return state
    return add_notice(
        state,
        "warning",
        damage.what,
        why=damage.why,
        remedy=f"The file was kept as {damage.aside}." if damage.aside else "",
    )


def _told_why_alone(state: LensState, standing: Standing) -> LensState:
    if not standing.obstacle:
        return state
    return add_notice(
        state,
        "warning",
        "Opened in a second window",
        why=standing.obstacle,
        remedy="Close the first one if it stays so.",
    )


def _let_python_see_interrupts(application: QApplication) -> None:
    """Close on Ctrl+C and on SIGTERM: Python's handlers only run when its interpreter does.

    From the event loop, not in the middle of whatever slot was interrupted, nor before there is a
    loop that could end.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: QTimer.singleShot(0, application.closeAllWindows))
    timer = QTimer(application)
    timer.timeout.connect(lambda: None)
    timer.start(_INTERRUPT_POLL_MS)
