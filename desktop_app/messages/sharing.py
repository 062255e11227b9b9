"""Handing on what is seen: view files, pictures, pages and tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from desktop_app.core.analysis import Analysis
from desktop_app.core.errors import LensError
from desktop_app.core.findings import Findings
from desktop_app.core.records import ImageSource, Model
from desktop_app.core.view_file import View
from desktop_app.messages.base import Priority, Reply, Request


@dataclass(frozen=True, slots=True)
class SaveView(Request):
    """Write a view file.

    Attributes:
        path: Of the file.
        view: What it says; where image and model lie is noted by the worker.
        source: The image.
        model: The model.
    """

    path: Path
    view: View
    source: ImageSource
    model: Model


@dataclass(frozen=True, slots=True)
class SaveViewPicture(Request):
    """Write the picture of a view, as the command ``render`` draws it.

    Attributes:
        path: Of the file.
        view: What it shows.
        analysis: Of its image with its model.
        findings: With what the view explains and changes.
    """

    path: Path
    view: View
    analysis: Analysis
    findings: Findings


@dataclass(frozen=True, slots=True)
class ExportReport(Request):
    """Write the page of an analysis, and of what was found out about it."""

    path: Path
    view: View
    analysis: Analysis
    findings: Findings


@dataclass(frozen=True, slots=True)
class ExportPredictions(Request):
    """Write a table of all images.

    Attributes:
        path: Its ending says the format: ``.csv``, ``.json`` or ``.jsonl``.
        items: Entry and source of every image, in order.
        top_k: Classes for each.
    """

    path: Path
    items: tuple[tuple[int, ImageSource], ...]
    top_k: int


@dataclass(frozen=True, slots=True)
class ReadView(Request):
    """Read a view file, and find its image and its model."""

    priority: ClassVar[Priority] = Priority.OPENING
    supersedes: ClassVar[bool] = True

    path: Path


@dataclass(frozen=True, slots=True)
class Saved(Reply):
    """A file has been written.

    Attributes:
        number: The request's.
        path: Of the file.
        remark: What should be known about it, a phrase; may be empty.
    """

    number: int
    path: Path
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SharingFailed(Reply):
    """A file could not be written, or a view not be opened."""

    number: int
    error: LensError


@dataclass(frozen=True, slots=True)
class ViewRead(Reply):
    """Answers :class:`ReadView`.

    Attributes:
        number: The request's.
        path: Of the view file.
        view: What it says.
        source: Where its image is.
        model: Where its model is.
        remarks: What is not as it was when the view was saved, each a phrase.
    """

    number: int
    path: Path
    view: View
    source: ImageSource
    model: Path
    remarks: tuple[str, ...]
