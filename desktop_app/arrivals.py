"""Later starts of the program, from the thread that hears of them to the window's."""

from PySide6.QtCore import QObject, Signal, Slot

from desktop_app.controller import Controller
from desktop_app.first_process.listening import Visit
from desktop_app.views.foreground import bring_to_front
from desktop_app.views.main_window import MainWindow


class Arrivals(QObject):
    """Takes what a later process was started for, as if it stood on this one's command line.

    Lives as long as the program, because a signal dies with its object.

    Signals:
        arrived: A :class:`~desktop_app.first_process.listening.Visit`; emitted from any thread.
    """

    arrived = Signal(object)

    def __init__(self, controller: Controller, window: MainWindow) -> None:
        super().__init__()
        self._controller = controller
        self._window = window
        self.arrived.connect(self._on_arrived)

    @Slot(object)
    def _on_arrived(self, visit: Visit) -> None:
        if not self._window.isVisible():
            visit.leave()  # the program is ending: the later one is the first now
            return
        if not visit.take():
            return  # it lost patience and has opened a window of its own
        start = visit.start
        bring_to_front(self._window, start.activation)
        self._controller.open_named(
            start.paths,
            model=start.model,
            provider=start.provider,
            cuda_folder=start.cuda_folder,
        )
