"""What stands behind the window: controller and worker, and what connects them with it.

Imported and built once the window is on screen: none of it shows in the window's first picture.
"""

import logging
import sys
from functools import partial
from pathlib import Path
from typing import Final

from desktop_app import paths
from desktop_app.controller import Controller
from desktop_app.controllers.attribution import AttributionController
from desktop_app.controllers.comparison import ComparisonController
from desktop_app.controllers.evidence import EvidenceController
from desktop_app.controllers.grid import GridController
from desktop_app.controllers.index import IndexController
from desktop_app.controllers.interventions import InterventionController
from desktop_app.controllers.logit_evidence import LogitController
from desktop_app.controllers.residual import ResidualController
from desktop_app.controllers.sharing import Sharing
from desktop_app.controllers.similarity import SimilarityController
from desktop_app.conversation import Replies
from desktop_app.core.errors import LensError
from desktop_app.crash_report import kept_reports
from desktop_app.crash_watch import CrashWatch
from desktop_app.last_run import look_back
from desktop_app.messages import SettingsNotSaved, UnexpectedError
from desktop_app.remembering import Remembering
from desktop_app.settings import Settings
from desktop_app.settings_keeper import SettingsKeeper
from desktop_app.state import LensState
from desktop_app.views.file_dialogs import keep_dialog_settings_in
from desktop_app.views.main_window import MainWindow
from desktop_app.worker import Worker

_log: Final = logging.getLogger(__name__)


class Lens:
    """The program's parts, put together."""

    def __init__(
        self,
        window: MainWindow,
        state: LensState,
        settings: Settings | None = None,
        crashes: CrashWatch | None = None,
    ) -> None:
        """Build everything; nothing works yet.

        Args:
            window: May be on screen already.
            state: What the window begins with.
            settings: What was remembered; what is not chosen anew in the window stays so.
            crashes: Makes reports; without one, errors go where Python sends them.
        """
        self._crashes = crashes
        self.window = window
        keep_dialog_settings_in(paths.settings_file().parent)
        window.complete()
        self.replies = Replies()
        self.worker = Worker(
            self.replies.arrived.emit,
            model_folders=(paths.user_models(), paths.bundled_models()),
            report=None if crashes is None else crashes.report,
        )
        self.controller = Controller(window, self.worker, state, samples=paths.samples())
        self.grid = GridController(self.controller)
        self.sharing = Sharing(self.controller)
        self.evidence = EvidenceController(self.controller)
        self.comparison = ComparisonController(self.controller)
        self.similarity = SimilarityController(self.controller)
        self.interventions = InterventionController(self.controller)
        self.residual = ResidualController(self.controller)
        self.index = IndexController(self.controller)
        self.attribution = AttributionController(self.controller)
        self.logit = LogitController(self.controller)
        self._connect()
        self._connect_sharing()
        window.render(state)
        keeper = SettingsKeeper(paths.settings_file(), self._on_settings_failure)
        self._remembering = Remembering(window, self.controller, settings or Settings(), keeper)

    def start(self, named: tuple[Path, ...], model: str | None) -> None:
        """Begin to work.

        Args:
            named: Pictures, folders and models to open.
            model: A listed name or a path; None means the default.
        """
        folder = paths.log_folder()
        last_end = look_back(folder)
        self.worker.start()
        self.controller.start(named, model)
        self.window.open_early_drop()
        self.controller.tell_reports(kept_reports(folder), last_end)

    def close(self) -> None:
        """Stop the worker, also in mid-run, and remember the window."""
        self.index.close()
        if not self.worker.close():
            _log.error("The worker did not stop in time")
        if not self._remembering.close():
            _log.error("The settings were not written in time")

    def _on_error(self, message: str, report: Path | None) -> None:
        """From any thread."""
        self.replies.arrived.emit(UnexpectedError(message, report))

    def _on_settings_failure(self, error: LensError) -> None:
        """From the keeper's thread."""
        self.replies.arrived.emit(SettingsNotSaved(error))

    def _connect(self) -> None:
        window, controller = self.window, self.controller
        self.replies.arrived.connect(controller.receive)
        if self._crashes is not None:
            self._crashes.listen(self._on_error, window.close)
            controller.became.connect(partial(note_model, self._crashes))
        window.paths_opened.connect(controller.open_paths)
        window.source_received.connect(controller.open_source)
        window.samples_requested.connect(controller.open_samples)
        window.image_chosen.connect(controller.choose_image)
        window.image_removed.connect(controller.remove_image)
        window.images_cleared.connect(controller.clear_images)
        window.images_brought_back.connect(controller.bring_back)
        window.layer_chosen.connect(controller.choose_layer)
        window.layer_stepped.connect(controller.step_layer)
        window.channel_chosen.connect(controller.choose_channel)
        window.model_chosen.connect(controller.choose_model)
        window.provider_chosen.connect(controller.choose_provider)
        window.cuda_folder_chosen.connect(controller.choose_cuda_folder)
        window.examination_requested.connect(controller.examine)
        window.options_changed.connect(controller.change_options)
        window.cancel_requested.connect(controller.cancel)
        window.cancel_requested.connect(self.index.cancel)
        window.notice_dismissed.connect(controller.dismiss_notice)
        window.copy_predictions_requested.connect(controller.copy_predictions)
        window.thumbnails_wanted.connect(controller.want_thumbnails)
        window.drop_refused.connect(controller.refuse_drop)
        self._connect_comparison()
        window.commands.undo.triggered.connect(controller.undo)
        window.commands.redo.triggered.connect(controller.redo)
        self._connect_evidence()
        self._connect_attribution()
        self._connect_grid()
        self._connect_interventions()

    def _connect_evidence(self) -> None:
        parts, evidence, logit = self.window.parts, self.evidence, self.logit
        if parts is None:
            return
        parts.predictions.class_chosen.connect(evidence.choose_class)
        parts.state_commands.class_chosen.connect(evidence.choose_class)
        parts.predictions.rival_chosen.connect(logit.hold_against)
        parts.evidence_commands.rival_chosen.connect(logit.hold_against)
        parts.predictions.evidence.channel_opened.connect(logit.open_channel)

    def _connect_attribution(self) -> None:
        parts, attribution = self.window.parts, self.attribution
        if parts is None:
            return
        parts.why.view.rival_chosen.connect(self.logit.hold_against)
        for side in (parts.why.view, parts.why.commands):
            side.stop_wanted.connect(attribution.stop)
        parts.why.view.again_wanted.connect(attribution.explain_again)

    def _connect_grid(self) -> None:
        parts, grid = self.window.parts, self.grid
        if parts is None:
            return
        parts.grid.channels_selected.connect(grid.select)
        parts.grid_commands.pins_toggled.connect(grid.toggle_pins)
        parts.grid_commands.similarity_wanted.connect(grid.sort_by_similarity)
        parts.grid_commands.copy_wanted.connect(grid.copy)
        parts.grid_commands.save_wanted.connect(grid.save)

    def _connect_sharing(self) -> None:
        sharing = self.sharing
        if (parts := self.window.parts) is not None:
            parts.sharing.view_placed.connect(sharing.save_view)
            parts.sharing.picture_placed.connect(sharing.save_picture)
            parts.sharing.report_placed.connect(sharing.export_report)
            parts.sharing.predictions_placed.connect(sharing.export_predictions)

    def _connect_comparison(self) -> None:
        if self.window.parts is None:
            return
        parts, comparison = self.window.parts.comparison, self.comparison
        parts.image_kept.connect(comparison.keep_image)
        parts.entry_compared.connect(comparison.compare_on_screen_with)
        parts.model_chosen.connect(comparison.compare_with_model)
        parts.swap_requested.connect(comparison.swap)
        parts.end_requested.connect(comparison.end)

    def _connect_interventions(self) -> None:
        if self.window.parts is None:
            return
        parts, controller = self.window.parts.interventions, self.interventions
        parts.channel_scaled.connect(controller.scale_channel)
        parts.channel_toggled.connect(controller.toggle_channel)
        parts.branch_toggled.connect(controller.toggle_branch)
        parts.branch_scaled.connect(controller.scale_branch)
        parts.taken_back.connect(controller.take_back)
        parts.reset_requested.connect(controller.reset)
        parts.residual.stop_requested.connect(self.residual.stop)
        parts.residual.measuring_requested.connect(self.residual.measure)


def note_model(crashes: CrashWatch, state: LensState) -> None:
    """Have reports tell the model and what runs it; nothing is written while both stay."""
    name = "" if state.model is None else state.model.name
    loading = f"{state.loading_model}, being loaded" if state.loading_model else ""
    crashes.note("Model", "; ".join(part for part in (name, loading) if part) or "none")
    if state.provider is not None:
        crashes.note("Provider", f"{state.provider.name} ({state.provider.reason})")
        # Loaded by now, by the worker; never loaded for this.
        runtime = sys.modules.get("onnxruntime")
        crashes.note("ONNX Runtime", str(getattr(runtime, "__version__", "not loaded")))
