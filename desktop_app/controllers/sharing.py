"""Handing on what is seen: view files, their pictures, reports, tables of predictions.

Everything is written by the worker, and a notice says when it is done. Opening a view takes
several answers: its file is read, its model opened, its image analysed; then what it says of
layer, channel and colours is applied, unless the person has gone elsewhere meanwhile.
"""

from dataclasses import dataclass
from pathlib import Path

from desktop_app.controller import Controller
from desktop_app.controllers.seen_view import (
    analysis_of,
    findings_of,
    missing_of,
    view_of,
    with_view,
)
from desktop_app.core.view_file import View
from desktop_app.intervening import changed_by
from desktop_app.messages import ActivationsReady, AnalysisFailed, ModelFailed
from desktop_app.messages.sharing import (
    ExportPredictions,
    ExportReport,
    Saved,
    SaveView,
    SaveViewPicture,
    SharingFailed,
    ViewRead,
)


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A view that is applied once the entry has been analysed with the model."""

    view: View
    entry: int
    model: Path


class Sharing:
    """Takes the window's intentions to save, to export, and to open a view."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._awaited: _Awaited | None = None
        self._table = 0  # number of the request whose file tells of no changes of the network
        controller.on(Saved, self._receive_saved)
        controller.on(SharingFailed, self._receive_failure)
        controller.on(ViewRead, self._receive_view)
        controller.on(ActivationsReady, self._receive_activations)
        controller.on(AnalysisFailed, self._receive_failed_analysis)
        controller.on(ModelFailed, self._receive_failed_model)

    # --- intentions ----------------------------------------------------------------------------

    def save_view(self, path: Path) -> None:
        """Write what is shown as a view file."""
        state = self._controller.state
        view, shown, model = view_of(state), state.shown, state.model
        entry = None if shown is None else state.entry(shown.number)
        if view is None or model is None or entry is None:
            self._refuse(path)
            return
        source = entry.source
        self._controller.ask(lambda number: SaveView(number, path, view, source, model))

    def save_picture(self, path: Path) -> None:
        """Write the picture of what is shown."""
        state = self._controller.state
        view, analysis, found = view_of(state), analysis_of(state), findings_of(state)
        if view is None or analysis is None:
            self._refuse(path)
        elif why := missing_of(state, view, found):
            self._refuse(path, why)
        else:
            self._controller.ask(
                lambda number: SaveViewPicture(number, path, view, analysis, found)
            )

    def export_report(self, path: Path) -> None:
        """Write what is shown as a page."""
        state = self._controller.state
        view, analysis = view_of(state), analysis_of(state)
        if view is None or analysis is None:
            self._refuse(path)
            return
        found = findings_of(state)
        self._controller.ask(lambda number: ExportReport(number, path, view, analysis, found))

    def export_predictions(self, path: Path) -> None:
        """Write the classes of all images as a table."""
        state = self._controller.state
        items = tuple((entry.number, entry.source) for entry in state.entries)
        top_k = state.options.top_k
        self._table = self._controller.ask(
            lambda number: ExportPredictions(number, path, items, top_k)
        )

    # --- replies -------------------------------------------------------------------------------

    def _receive_saved(self, reply: Saved) -> None:
        controller = self._controller
        if reply.remark:
            controller.notice("warning", f"Saved {reply.path.name}", why=reply.remark)
            return
        where = f"it is in {reply.path.parent}"
        if reply.number == self._table and changed_by(controller.state).active:
            where += "; it is of the network without your changes"
        controller.notice("confirmation", f"Saved {reply.path.name}", why=where)

    def _receive_failure(self, reply: SharingFailed) -> None:
        self._controller.notice_error(reply.error)

    def _receive_view(self, reply: ViewRead) -> None:
        controller = self._controller
        for remark in reply.remarks:
            controller.notice(
                "warning",
                f"{reply.path.name} may look otherwise than when it was saved",
                why=remark,
            )
        controller.use_model(reply.model)
        entry = controller.look_at_source(reply.source)
        self._awaited = _Awaited(reply.view, entry, reply.model)
        self._apply_when_there()

    def _receive_activations(self, _reply: ActivationsReady) -> None:
        if self._awaited is not None and self._controller.state.current != self._awaited.entry:
            self._awaited = None  # the person looks at something else by now
        self._apply_when_there()

    def _receive_failed_analysis(self, reply: AnalysisFailed) -> None:
        if self._awaited is not None and reply.entry == self._awaited.entry:
            self._awaited = None

    def _receive_failed_model(self, _reply: ModelFailed) -> None:
        self._awaited = None

    # --- inside --------------------------------------------------------------------------------

    def _apply_when_there(self) -> None:
        awaited, state = self._awaited, self._controller.state
        if awaited is None or state.shown is None or state.model is None:
            return
        there = state.pending is None and state.shown.number == awaited.entry
        if not there or state.loading_model or state.model.path != awaited.model:
            return
        if state.shown.activations is None:
            return
        self._awaited = None
        self._controller.become(with_view(state, awaited.view))
        view, after = awaited.view, self._controller.state
        if view.layer and after.layer != view.layer:
            self._controller.notice(
                "warning",
                f"Cannot open the layer {view.layer} of the view",
                why=f"{state.model.name} has no layer of that name",
            )
        asked = (view.chosen_class, view.against_class)
        classes = range(len(state.model.labels))
        if lacking := [f"number {one}" for one in asked if one is not None and one not in classes]:
            self._controller.notice(
                "warning",
                f"Cannot ask about every class of the view: {', '.join(lacking)}",
                why=f"{state.model.name} has {len(classes)} classes",
            )
        made = changed_by(after).active
        if lacking := [str(one) for one in view.interventions if one not in made]:
            self._controller.notice(
                "warning",
                f"Cannot make every change of the view: {', '.join(lacking)}",
                why=f"{state.model.name} has no such place",
            )

    def _refuse(self, path: Path, why: str = "the image is still being analysed") -> None:
        self._controller.notice("warning", f"Cannot save {path.name} yet", why=why)
