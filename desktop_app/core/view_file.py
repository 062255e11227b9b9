"""A view: what somebody looks at, as a record and as a file that can be handed on.

The file (``.lensview``) is JSON: which image, model, layer and channel, in which colours and on
which scale, how a class is explained, and what is changed in the network. It holds no result; the
picture of it is computed anew, here (:mod:`desktop_app.core.view_picture`) or in the window. What
belongs together is found again by :mod:`desktop_app.core.view_places`.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from desktop_app.core import atomic
from desktop_app.core.errors import ViewFileError
from desktop_app.core.interventions import LARGEST_FACTOR, Intervention
from desktop_app.core.map_names import Colormap, Method

VIEW_SUFFIX: Final = ".lensview"
VIEW_SCHEMA: Final = 1
"""Rises when a program that knows only the number before would misread the file. A field that was
added later has a default, and an older program passes over it."""
_LARGEST_BYTES: Final = 512 * 2**20
"""A view is a few hundred bytes, or as large as the one picture in it."""
_MOST_BARS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """Which picture.

    Attributes:
        name: For display.
        path: Absolute; empty for a picture that is no file.
        relative: From the view file's folder, with forward slashes; empty where there is no such
            way. It leads to the picture also when both are moved or sent together.
        sha256: Of the file's bytes, lower-case hexadecimal; empty for a picture that is no file.
        embedded: The encoded picture itself, where it is no file; base64 in JSON.
    """

    name: str
    path: str = ""
    relative: str = ""
    sha256: str = ""
    embedded: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReference:
    """Which model.

    Attributes:
        name: Under which it is listed, if it is.
        path: Absolute.
        relative: As an image's.
        sha256: Of its weights, as its card says; of the file where it has no card.
    """

    name: str
    path: str = ""
    relative: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewScale:
    """The scale of the maps, with the numbers that were drawn.

    Attributes:
        kind: A word of the window's options ("layer", "channel").
        low: The value of the first colour.
        high: The value of the last colour.
        legend: What the numbers hold for, as a colour bar says it ("layer", "channel 44").
    """

    kind: str
    low: float
    high: float
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewExplanation:
    """That a class is explained, and how; which one, and against which, stands in the view.

    Attributes:
        method: See :data:`~desktop_app.core.attribution.methods.METHODS`.
        at_layer: Whether methods that can look at any layer look at the view's; else at the last
            one with maps.
    """

    method: Method
    at_layer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is looked at, and how; nothing of the window around it.

    Attributes:
        schema: ``VIEW_SCHEMA`` of the writer.
        image: See :class:`ImageReference`.
        model: See :class:`ModelReference`.
        layer: Name of the open layer; empty for a model without layers.
        channel: Index of the open channel.
        scale: None without a layer.
        colormap: Name of the colour map.
        overlay: Whether the channel is drawn over the photo.
        overlay_opacity: In 0..1.
        top_k: Number of bars.
        chosen_class: Index of the class that was chosen; None: the likeliest.
        against_class: Index of the class that it is held against; None for none.
        sort: How the window's grid is sorted; empty where nothing was said.
        hide_dead: Whether the grid leaves dead channels out.
        pins: Pinned channels of the layer, in the order they were pinned in.
        similar_to: The channel that others are compared with.
        explanation: Takes the channel's place where a class is explained; None where none is.
        interventions: What of the network is switched off or scaled, no two at one place.
    """

    schema: int = VIEW_SCHEMA
    image: ImageReference
    model: ModelReference
    layer: str = ""
    channel: int = 0
    scale: ViewScale | None = None
    colormap: Colormap = "inferno"
    overlay: bool = True
    overlay_opacity: float = 0.55
    top_k: int = 5
    chosen_class: int | None = None
    against_class: int | None = None
    sort: str = ""
    hide_dead: bool = False
    pins: tuple[int, ...] = ()
    similar_to: int = 0
    explanation: ViewExplanation | None = None
    interventions: tuple[Intervention, ...] = ()


def encode_view(view: View) -> bytes:
    """The view as JSON, keys in the order of the record: the same view gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(view), indent=2) + b"\n"


def decode_view(content: bytes, name: str) -> View:
    """The view from its JSON.

    Args:
        content: Of the file.
        name: Of the file, for what is said of it.

    Raises:
        ViewFileError: No JSON, not a view, or of a newer schema than this program knows.
    """
    what = f"cannot open the view {name}"
    try:
        schema = msgspec.json.decode(content, type=_Schema).schema
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ViewFileError(
            what,
            why=f"it is no view file, or it is damaged ({error})",
            remedy="Save the view once more, or fetch the file again.",
        ) from error
    if schema > VIEW_SCHEMA:
        raise ViewFileError(
            what,
            why=f"it has schema {schema} and this program knows up to {VIEW_SCHEMA}",
            remedy="Update the program.",
        )
    try:
        view = msgspec.json.decode(content, type=View)
    except msgspec.MsgspecError as error:
        raise _unlike_a_view(what, str(error)) from error
    if wrong := _wrong_scale(view.scale) or _wrong_change(view.interventions):
        raise _unlike_a_view(what, wrong)
    return replace(
        view,
        channel=max(view.channel, 0),
        overlay_opacity=min(max(view.overlay_opacity, 0.0), 1.0),
        top_k=min(max(view.top_k, 1), _MOST_BARS),
    )


def read_view(path: Path) -> View:
    """Read a view file.

    Raises:
        ViewFileError: Missing, not readable, or no view that this program knows.
    """
    what = f"cannot open the view {path.name}"
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_BYTES:
            raise ViewFileError(
                what,
                why="it is no regular file, or larger than any view",
                remedy="Choose a .lensview file.",
            )
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ViewFileError(
            what, why=f"there is no file {path}", remedy="Check the path."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ViewFileError(
            what, why=f"it cannot be read ({reason})", remedy="Check its permissions."
        ) from error
    return decode_view(content, path.name)


def write_view(path: Path, view: View) -> None:
    """Write a view file, whole or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    atomic.write_bytes(path, encode_view(view))


def relative_way(path: Path, folder: Path) -> str:
    """The way from ``folder`` to ``path``, with forward slashes; empty where there is none."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive of Windows
        return ""


def _unlike_a_view(what: str, details: str) -> ViewFileError:
    return ViewFileError(
        what,
        why=f"something in it is not as a view has it ({details})",
        remedy="Save the view once more, or update the program.",
    )


def _wrong_scale(scale: ViewScale | None) -> str:
    """What is wrong with the numbers of a scale; empty where nothing is.

    They are equal where a layer is the same everywhere.
    """
    if scale is None or scale.low <= scale.high:
        return ""
    return f"the low {scale.low:g} is above the high {scale.high:g} - at `$.scale`"


def _wrong_change(interventions: Sequence[Intervention]) -> str:
    """What is wrong with one of the changes, whatever the model; empty where nothing is."""
    for place, one in enumerate(interventions):
        at = f"at `$.interventions[{place}]`"
        if not 0 <= one.factor <= LARGEST_FACTOR:
            return f"the factor {one.factor:g} is not between 0 and {LARGEST_FACTOR:g} - {at}"
        if (one.kind == "channel") != (one.channel is not None):
            return f"a channel has a number, and a branch has none - {at}"
        if one.target in {other.target for other in interventions[:place]}:
            return f"the {one} is changed twice - {at}"
    return ""


class _Schema(msgspec.Struct):
    schema: int
