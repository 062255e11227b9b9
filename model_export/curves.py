"""The history of a training run: a JSON Lines file and a picture of loss and accuracy."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from desktop_app.core.atomic import write_bytes
from desktop_app.core.errors import LensError


class HistoryError(LensError):
    """The history of a run is damaged."""

    code = "history-unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """What one epoch came to. Accuracies are shares in 0..1.

    Attributes:
        epoch: From 1.
        loss: Mean training loss (smoothed and mixed as the recipe says).
        accuracy: On the augmented training images, while the weights moved.
        rate: Learning rate of the last step.
        seconds: Wall-clock, validation included.
        val_loss: Cross entropy on the held-out images; None where there are none.
        val_accuracy: Of the raw weights on the held-out images.
        val_accuracy_averaged: Of the averaged weights, where the recipe has them.
    """

    epoch: int
    loss: float
    accuracy: float
    rate: float
    seconds: float
    val_loss: float | None = None
    val_accuracy: float | None = None
    val_accuracy_averaged: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and checkpoints."""
        return asdict(self)


def write_history(history: Sequence[EpochRecord], path: Path) -> None:
    """Write one JSON object a line, atomically, so that a resumed run leaves no double epochs.

    Raises:
        OutputError: The file cannot be written.
    """
    text = "".join(json.dumps(record.as_dict()) + "\n" for record in history)
    write_bytes(path, text.encode())


def read_history(path: Path) -> tuple[EpochRecord, ...]:
    """What :func:`write_history` wrote; empty when there is no such file.

    Raises:
        HistoryError: It is damaged or of another version.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
        return tuple(EpochRecord(**json.loads(line)) for line in lines)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise HistoryError(
            f"cannot read the history {path}",
            why=str(error),
            remedy="Resume the run, which writes it anew, or remove the file.",
        ) from error


def draw_curves(history: Sequence[EpochRecord], path: Path, *, title: str) -> None:
    """Draw loss and accuracy over the epochs as a PNG.

    Raises:
        OutputError: The file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    losses, accuracies = figure.subplots(1, 2)
    figure.suptitle(title)
    series = (
        (losses, "loss", "training", "#8b919c"),
        (losses, "val_loss", "held out", "#5b8def"),
        (accuracies, "accuracy", "training (augmented)", "#8b919c"),
        (accuracies, "val_accuracy", "held out", "#5b8def"),
        (accuracies, "val_accuracy_averaged", "held out, averaged weights", "#e0795b"),
    )
    for axes, key, label, colour in series:
        points = [
            (record.epoch, value)
            for record in history
            if (value := getattr(record, key)) is not None
        ]
        if points:
            axes.plot(*zip(*points, strict=True), label=label, color=colour, marker=".")
    losses.set(xlabel="epoch", ylabel="cross entropy")
    accuracies.set(xlabel="epoch", ylabel="top-1 accuracy", ylim=(0, 1.01))
    accuracies.yaxis.set_major_formatter(PercentFormatter(1.0))
    for axes in (losses, accuracies):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    write_bytes(path, picture.getvalue())
