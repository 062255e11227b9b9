"""Handing on what is seen: writes view files, pictures, pages and tables; reads view files."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from desktop_app import paths
from desktop_app.answering.bench import Bench, Table
from desktop_app.core import atomic
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import LensError
from desktop_app.core.prediction_tables import FORMATS, as_csv
from desktop_app.core.report.page import analysis_page
from desktop_app.core.view_file import read_view, write_view
from desktop_app.core.view_picture import view_png
from desktop_app.core.view_places import find_places, refer_to_image, refer_to_model
from desktop_app.messages.sharing import (
    ExportPredictions,
    ExportReport,
    ReadView,
    Saved,
    SaveView,
    SaveViewPicture,
    SharingFailed,
    ViewRead,
)


class SharingAnswers:
    """Answers what concerns files that are handed on."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.table: Table = {
            SaveView: self._save_view,
            SaveViewPicture: self._save_picture,
            ExportReport: self._export_report,
            ExportPredictions: self._export_predictions,
            ReadView: self._read_view,
        }

    def _save_view(self, request: SaveView, _: Cancellation) -> None:
        def save() -> str:
            folder = request.path.absolute().parent
            view = replace(
                request.view,
                image=refer_to_image(request.source, folder),
                model=refer_to_model(request.model, folder),
            )
            write_view(request.path, view)
            return ""

        self._write(request.number, request.path, save)

    def _save_picture(self, request: SaveViewPicture, _: Cancellation) -> None:
        def save() -> str:
            picture = view_png(
                request.view, request.analysis, request.findings, fonts=paths.fonts()
            )
            atomic.write_bytes(request.path, picture)
            return ""

        self._write(request.number, request.path, save)

    def _export_report(self, request: ExportReport, _: Cancellation) -> None:
        def save() -> str:
            now = datetime.now().astimezone()
            page = analysis_page(
                request.view,
                request.analysis,
                request.findings,
                resources=paths.resources(),
                written=f"{now.day} {now:%B %Y, %H:%M}",
            )
            atomic.write_bytes(request.path, page.encode())
            return ""

        self._write(request.number, request.path, save)

    def _export_predictions(self, request: ExportPredictions, _: Cancellation) -> None:
        def save() -> str:
            sessions = self._bench.need_sessions()
            reports = [
                self._bench.scores.report_of(
                    entry,
                    source,
                    sessions.model,
                    top_k=request.top_k,
                    provider=sessions.provider.name,
                )
                for entry, source in request.items
            ]
            write = FORMATS.get(request.path.suffix.lower().removeprefix("."), as_csv)
            atomic.write_bytes(request.path, write(reports).encode())
            return _missing_remark([each["error"] for each in reports])

        self._write(request.number, request.path, save)

    def _read_view(self, request: ReadView, _: Cancellation) -> None:
        path = request.path
        try:
            view = read_view(path)
            places = find_places(view, path.absolute().parent, self._bench.model_folders)
        except LensError as error:
            self._bench.deliver(SharingFailed(request.number, error))
            return
        model = self._open_path_of(places.model)
        self._bench.deliver(
            ViewRead(request.number, path, view, places.source, model, places.remarks)
        )

    def _open_path_of(self, model: Path) -> Path:
        """``model`` as the open one calls itself, if it is that: by whatever way it was found."""
        sessions = self._bench.sessions
        with contextlib.suppress(OSError):
            if sessions is not None and sessions.model.path.samefile(model):
                return sessions.model.path
        return model

    def _write(self, number: int, path: Path, save: Callable[[], str]) -> None:
        """Run ``save``, which gives a remark, and say what became of it."""
        try:
            remark = save()
        except LensError as error:
            self._bench.deliver(SharingFailed(number, error))
        else:
            self._bench.deliver(Saved(number, path, remark))


def _missing_remark(errors: list[dict[str, str] | None]) -> str:
    """How many images are in the table without classes; empty when none."""
    missing = sum(error is not None for error in errors)
    if not missing:
        return ""
    return f"{missing} of {len(errors)} images have no classes in it, and say why"
