"""What a training run leaves in its folder: checkpoints, history, curves."""

from dataclasses import dataclass
from typing import Any

from desktop_app.core.records import Preprocessing
from model_export.checkpoints import Checkpoint, save_checkpoint
from model_export.curves import draw_curves, write_history
from model_export.run_conditions import RunConditions
from model_export.run_settings import Settings
from model_export.run_state import RunState


@dataclass(slots=True, kw_only=True)
class RunFiles:
    """Writes a run's files, each whole or not at all.

    Attributes:
        settings: Of the run.
        state: Of the run; what is written is what it is at that moment.
        conditions: Of the run.
        preprocessing: How images become input tensors.
        facts: For the checkpoints' ``training``, beside what settings and state say.
        writes: Whether this process does; of several, only the first.
    """

    settings: Settings
    state: RunState
    conditions: RunConditions
    preprocessing: Preprocessing
    facts: dict[str, Any]
    writes: bool

    def save_last(self) -> None:
        """Write the state, to resume from.

        Raises:
            OutputError: The file cannot be written.
        """
        if self.writes:
            run = {**self.state.as_dict(), "conditions": self.conditions.as_dict()}
            save_checkpoint(self._checkpoint(run=run), self.settings.last_path)

    def save_best(self) -> None:
        """Write the weights that the recipe offers.

        Raises:
            OutputError: The file cannot be written.
        """
        if self.writes:
            save_checkpoint(self._checkpoint(run=None), self.settings.best_path)

    def write_record(self) -> None:
        """Write history and curves anew.

        Raises:
            OutputError: A file cannot be written.
        """
        if self.writes:
            history, output = self.state.history, self.settings.output
            write_history(history, output / "history.jsonl")
            title = f"{self.settings.preset.name}, seed {self.settings.seed}"
            draw_curves(history, output / "curves.png", title=title)

    def _checkpoint(self, *, run: dict[str, Any] | None) -> Checkpoint:
        history = self.state.history
        return Checkpoint(
            preset=self.settings.preset,
            labels=self.settings.labels,
            preprocessing=self.preprocessing,
            weights=self.state.chosen.state_dict(),
            training={
                **self.facts,
                "preset": self.settings.preset.name,
                "recipe": self.settings.recipe.as_dict(),
                "seed": self.settings.seed,
                "epoch": self.state.epoch,
                "last_epoch": history[-1].as_dict() if history else None,
            },
            run=run,
        )
