"""A measured run as one self-contained HTML page.

Everything stands in the file: no script, no address but ``data:``, and a content security policy
that allows nothing else. Names of classes, files and data sets are written by others, so the
template escapes every value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jinja2 import PackageLoader
from markupsafe import Markup

from desktop_app.core.html_page import jpeg_address, page_environment, style_hash
from desktop_app.core.records import Accuracy
from model_export.evaluation import ClassScore, Evaluation, interval
from model_export.report_charts import curve_charts, gradient_chart
from model_export.report_measuring import RunReport
from model_export.report_pictures import confused_order, confusion_address
from model_export.report_reliability import FEW_IMAGES, reliability_chart

SMALL_MATRIX: Final = 20
"""Classes whose matrix is a table; of more it is a picture."""
_SHADES: Final = 9
_TOLD_ELSEWHERE: Final = {"data_set", "images", "held_out_images", "preset", "epoch"}
_NO_SETTINGS: Final = {"recipe", "last_epoch", "calibration"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyRow:
    """A measured accuracy with its 95 % intervals, as text."""

    name: str
    images: str
    top1: str
    top1_interval: str
    top5: str
    top5_interval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class of the table; ``bar`` is F1 in 0..100, ``taken_for`` empty without mistakes."""

    label: str
    images: str
    recall: str
    precision: str
    f1: str
    bar: float
    taken_for: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a small matrix; ``shade`` is 0 for none to 9."""

    images: int
    shade: int
    right: bool


def render(report: RunReport) -> str:
    """The page, UTF-8 text."""
    environment = page_environment(PackageLoader("model_export", "templates"))
    environment.filters |= {"percent": percent, "count": count, "jpeg": jpeg_address}
    style = environment.get_template("report.css").render()
    training, evaluation = report.checkpoint.training, report.evaluation
    confusion = np.array(evaluation.confusion)
    small = len(confusion) <= SMALL_MATRIX
    order = np.arange(len(confusion)) if small else confused_order(confusion)
    calibration = report.calibration
    return environment.get_template("report.html").render(
        report=report,
        # The policy's hash is over these very characters.
        style=Markup(style),  # noqa: S704 - from the package's own file
        style_hash=style_hash(style),
        title=_title(report),
        training=training,
        accuracies=[_accuracy_row(each) for each in evaluation.accuracies()],
        facts=_facts(report),
        recipe=_plain(training.get("recipe", {})),
        curves=curve_charts(report.history),
        time=_duration(report),
        labels=report.checkpoint.labels,
        matrix=_matrix(confusion) if small else None,
        picture=None if small else confusion_address(confusion[np.ix_(order, order)]),
        opacities=[(share, share**0.5) for share in (0.02, 0.1, 0.5, 1.0)],
        mistakes=int(confusion.sum() - confusion.trace()),
        classes=_class_rows(evaluation),
        reliability=[
            (name, found, reliability_chart(found, name))
            for name, found in (
                ("Before" if calibration.after else "At temperature 1", calibration.before),
                ("After", calibration.after),
            )
            if found is not None
        ],
        few_images=FEW_IMAGES,
        gradients=[gradient_chart(report.gradients, relative=each) for each in (False, True)],
    )


def percent(share: float | None, digits: int = 1) -> str:
    """``97.1 %`` with a space that does not break; a dash for nothing."""
    return "–" if share is None else f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def count(number: int) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _title(report: RunReport) -> str:
    preset = report.checkpoint.preset
    name = str(report.checkpoint.training.get("data_set", "")) or "a data set without a name"
    return f"ResNet-{preset.depth} on {name}"


def _accuracy_row(accuracy: Accuracy) -> AccuracyRow:
    def told(share: float | None) -> tuple[str, str]:
        if share is None:
            return "–", "–"
        low, high = interval(share, accuracy.images)
        return percent(share), f"{100 * low:.1f} to {percent(high)}"

    top1, top1_interval = told(accuracy.top1)
    top5, top5_interval = told(accuracy.top5)
    return AccuracyRow(
        name=accuracy.name,
        images=f"{count(round(accuracy.top1 * accuracy.images))} of {count(accuracy.images)}",
        top1=top1,
        top1_interval=top1_interval,
        top5=top5,
        top5_interval=top5_interval,
    )


def _facts(report: RunReport) -> list[tuple[str, str]]:
    """What was trained on what, as (name, text); then whatever else the run recorded."""
    training, preset = report.checkpoint.training, report.checkpoint.preset
    facts = [
        ("Data set", str(training.get("data_set", ""))),
        ("Training images", count(int(training.get("images", 0)))),
        ("Held-out images", count(int(training.get("held_out_images", 0)))),
        ("Classes", count(len(report.checkpoint.labels))),
        ("Preset", f"{preset.name}, depth {preset.depth}"),
        ("Image size", f"{preset.image_size} × {preset.image_size}"),
        ("Parameters", count(report.parameters)),
        ("Epochs", f"{len(report.history)}, the best is {training.get('epoch', '–')}"),
        ("Time", _duration(report) if report.history else "not recorded"),
    ]
    skipped = _TOLD_ELSEWHERE | _NO_SETTINGS
    others = {key: value for key, value in training.items() if key not in skipped}
    return facts + [(name, text) for name, text in _plain(others) if text]


def _plain(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Settings as people read them: words for names, yes and no, short numbers."""
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, float):
            text = f"{value:g}"
        elif isinstance(value, int | str):
            text = str(value)
        else:
            continue
        rows.append((name.replace("_", " ").capitalize(), text))
    return rows


def _duration(report: RunReport) -> str:
    seconds = sum(record.seconds for record in report.history)
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours:
        return f"{hours}\N{NO-BREAK SPACE}h {minutes}\N{NO-BREAK SPACE}min"
    return f"{max(minutes, 1)}\N{NO-BREAK SPACE}min"


def _matrix(confusion: Any) -> list[list[Cell]]:  # noqa: ANN401 - an int64 array
    per_class = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    shades = np.ceil(_SHADES * np.sqrt(confusion / per_class)).astype(int)
    return [
        [
            Cell(int(images), int(shade), row == column)
            for column, (images, shade) in enumerate(zip(*pair, strict=True))
        ]
        for row, pair in enumerate(zip(confusion, shades, strict=True))
    ]


def _class_rows(evaluation: Evaluation) -> list[ClassRow]:
    """Worst F1 first; classes without images last."""
    labels = [each.label for each in evaluation.classes]
    rows = zip(evaluation.classes, evaluation.confusion, strict=True)
    ordered = sorted(rows, key=lambda row: (row[0].f1 is None, row[0].f1, row[0].label))
    return [_class_row(score, given, labels) for score, given in ordered]


def _class_row(score: ClassScore, given: Sequence[int], labels: Sequence[str]) -> ClassRow:
    wrong = [
        (images, label)
        for images, label in zip(given, labels, strict=True)
        if images and label != score.label
    ]
    most, taken_for = max(wrong, default=(0, ""), key=lambda pair: pair[0])
    return ClassRow(
        label=score.label,
        images=count(score.images),
        recall=percent(score.recall),
        precision=percent(score.precision),
        f1=percent(score.f1),
        bar=100 * (score.f1 or 0.0),
        taken_for=f"{taken_for} ({most})" if most else "",
    )
