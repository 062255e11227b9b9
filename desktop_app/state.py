"""What the window shows, as one frozen snapshot.

The controller owns the only current :class:`LensState`; views render it and keep nothing but
scroll and hover. How one snapshot follows from another stands in ``transitions.py``.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from desktop_app.core.bundled import Sample, samples_for
from desktop_app.core.map_names import Criterion, Method, Scale

if TYPE_CHECKING:
    from desktop_app.core.diagnosis import Diagnosis
    from desktop_app.core.doubt import Doubt
    from desktop_app.core.provider_names import ProviderChoice
    from desktop_app.core.records import (
        Activations,
        Classification,
        Image,
        ImageSource,
        Layer,
        Model,
        ModelListing,
        Prediction,
        PreprocessingStep,
        Provider,
    )
    from desktop_app.parts.attribution import Explanation
    from desktop_app.parts.comparison import Comparison
    from desktop_app.parts.evidence import Evidence
    from desktop_app.parts.grid import GridChoice
    from desktop_app.parts.history import ViewHistory
    from desktop_app.parts.interventions import Interventions
    from desktop_app.parts.logit_evidence import LogitEvidence
    from desktop_app.parts.residual import Residual
    from desktop_app.parts.similarity import Similarity
    from desktop_app.parts.survey import Survey

Theme = Literal["system", "dark", "light"]
Severity = Literal["confirmation", "information", "warning", "error"]
"""A confirmation says that what was asked for is done; it leaves by itself."""
LayersTab = Literal["map", "list", "residual"]
ImagesTab = Literal["list", "map", "similar"]
ChannelTab = Literal["channel", "strongest", "compare", "why"]
Side = Literal["a", "b", "difference"]
"""Of a comparison: A's maps, B's, or B − A."""
StrongestAs = Literal["patch", "photo"]
EntryStatus = Literal["waiting", "ready", "failed", "stopped"]

TOP_K_RANGE: Final = (1, 20)


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One row of the image list.

    Attributes:
        number: Identity for as long as the window lives; never reused.
        source: Where the picture comes from.
        status: ``waiting`` until it has been classified by the current model, ``stopped`` when
            the folder run was cancelled before its turn.
        top: The most probable class once ``ready``.
        error: The whole sentence once ``failed``.
    """

    number: int
    source: ImageSource
    status: EntryStatus = "waiting"
    top: Prediction | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ShowReport:
    """What a notice of something unexpected offers: to read the crash report in this file."""

    report: Path


@dataclass(frozen=True, slots=True, eq=False)
class BringBack:
    """What a notice of an emptied image list offers: to open its images again.

    Attributes:
        sources: Of all images, in their order.
        current: Place among them of the one that was looked at.
    """

    sources: tuple[ImageSource, ...]
    current: int


NoticeAction = ShowReport | BringBack
"""What a notice can offer to do, as a button."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know; shown in the notice bar until dismissed, or passed.

    Attributes:
        number: Identity, for dismissing.
        severity: Decides icon and colour.
        what: What happened or failed.
        why: The cause.
        remedy: What to do; may be empty.
        action: What can be done with one click; None for nothing.
    """

    number: int
    severity: Severity
    what: str
    why: str
    remedy: str = ""
    action: NoticeAction | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a folder run is.

    Attributes:
        done: Images finished, the failed ones counted in.
        total: Images in the run.
        failed: Of the ``done`` ones.
    """

    done: int
    total: int
    failed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The analysis on screen: always one consistent set from one image and one model.

    Attributes:
        number: The image entry's.
        image: Upright picture.
        steps: What preprocessing made of it, as pictures; empty until the scores are there.
        classification: None only between decoding and the first scores.
        activations: None until the tapped run is through.
        doubt: How unlike the training's pictures it is; None until the tapped run is through, and
            where the model's card tells nothing of it.
        trouble: Why there are no activations; empty while they may come.
    """

    number: int
    image: Image
    steps: tuple[PreprocessingStep, ...] = ()
    classification: Classification | None = None
    activations: Activations | None = None
    doubt: Doubt | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """How things are drawn; kept between sessions.

    Attributes:
        scale: See :data:`~desktop_app.core.map_names.Scale`.
        pinned_range: The numbers of the scale ``pinned``, the lower first; None until some were.
        sort: See :data:`~desktop_app.core.map_names.Criterion`.
        hide_dead: Whether channels that are zero everywhere are left out of the grid.
        colormap: A name of the ``cmap`` library.
        overlay: Whether the chosen channel is drawn over the photo.
        overlay_opacity: In 0..1.
        tile_px: Edge of a tile of the channel grid in device-independent pixels;
            0 means fit as the window allows.
        top_k: Number of bars.
        block_shares: Whether the network's map tells what each block brings to its sum.
        show_evidence: Whether the logit is taken apart below the bars.
        theme: Dark, light or the desktop's.
        layers_tab: Which view of the layers is shown.
        images_tab: Which view of the images is shown.
        channel_tab: Which view of the channel is shown.
        side: Whose maps are drawn, while comparing, where there is room for one.
        index_folders: Whether images are indexed, for the strongest images of a channel.
        strongest_as: What the strongest images show: the patch that excites the channel, or the
            whole photo with the patch outlined.
        method: How a class is explained.
        explain_at_chosen: Whether methods that can look at any layer look at the chosen one; else
            at the last one with maps.
    """

    scale: Scale = "layer"
    pinned_range: tuple[float, float] | None = None
    sort: Criterion = "number"
    hide_dead: bool = False
    colormap: str = "inferno"
    overlay: bool = True
    overlay_opacity: float = 0.55
    tile_px: int = 0
    top_k: int = 5
    block_shares: bool = False
    show_evidence: bool = True
    theme: Theme = "system"
    layers_tab: LayersTab = "map"
    images_tab: ImagesTab = "list"
    channel_tab: ChannelTab = "channel"
    side: Side = "b"
    index_folders: bool = True
    strongest_as: StrongestAs = "patch"
    method: Method = "gradcam"
    explain_at_chosen: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LensState:
    """Everything the window shows.

    Attributes:
        models: What the model menu offers.
        model: The open one; None until the first has loaded.
        provider: What really runs; None until the first model has loaded.
        provider_choice: What the user asked for.
        cuda_folder: Where the user keeps CUDA's libraries; None means the usual places.
        diagnosis: Of this machine, once it was asked for.
        diagnosis_error: Why there is none; empty while it is waited for.
        entries: The image list, in order.
        pending: The entry that was asked for and is not shown yet.
        shown: The analysis on screen.
        layer: Name of the chosen layer; kept when the image changes.
        channel: Index of the open channel in the chosen layer.
        channel_chosen: Whether a person chose it; until then it is the layer's most varied one.
        channel_proposed_for: The layer that the open channel was proposed for: a proposal
            stays when the picture changes, so that pictures can be compared.
        grid: Channels that are selected, pinned or compared with; None for none.
        chosen_class: Index of the class that is asked about; None means the likeliest.
        against_class: Index of the class that it is held against; None for none.
        attribution: The heat map that explains it; None while none has been asked for.
        evidence: How much the chosen layer's channels speak for it; None while nobody needs it.
        evidence_error: Why there is none; empty while it is waited for.
        logit_evidence: Its logit, taken apart; None until it is.
        options: How things are drawn.
        notices: Newest last.
        progress: Of the folder run; None when none is under way.
        loading_model: Name of the model that is being loaded, else empty.
        recent: Recently opened files, newest first.
        reports: Crash reports that can be read, newest first.
        survey: What is known over all loaded images; None while nothing is.
        history: The views that can be gone back to; None while there are none.
        similarity: Which loaded images are alike, once somebody has looked.
        comparison: What the picture on screen is compared with; None for nothing.
        interventions: What of the network is switched off or scaled; None for nothing so far.
        residual: What the blocks bring to their sums; None until somebody has looked.
        next_number: For the next entry or notice; numbers are never reused, so an answer
            that comes too late can never land on the wrong row.
    """

    models: tuple[ModelListing, ...] = ()
    model: Model | None = None
    provider: Provider | None = None
    provider_choice: ProviderChoice = "auto"
    cuda_folder: Path | None = None
    diagnosis: Diagnosis | None = None
    diagnosis_error: str = ""
    entries: tuple[ImageEntry, ...] = ()
    pending: int | None = None
    shown: Shown | None = None
    layer: str | None = None
    channel: int = 0
    channel_chosen: bool = False
    channel_proposed_for: str | None = None
    grid: GridChoice | None = None
    chosen_class: int | None = None
    against_class: int | None = None
    attribution: Explanation | None = None
    evidence: Evidence | None = None
    evidence_error: str = ""
    logit_evidence: LogitEvidence | None = None
    options: ViewOptions = field(default_factory=ViewOptions)
    notices: tuple[Notice, ...] = ()
    progress: Progress | None = None
    loading_model: str = ""
    recent: tuple[Path, ...] = ()
    reports: tuple[Path, ...] = ()
    survey: Survey | None = None
    history: ViewHistory | None = None
    comparison: Comparison | None = None
    similarity: Similarity | None = None
    interventions: Interventions | None = None
    residual: Residual | None = None
    next_number: int = 1

    @property
    def current(self) -> int | None:
        """The entry to mark in the list: the one asked for, else the one on screen."""
        if self.pending is not None:
            return self.pending
        return self.shown.number if self.shown is not None else None

    @property
    def listed(self) -> tuple[int, int]:
        """How many images are loaded, and the newest one's number: another pair, other images.

        Numbers are never reused, so as many others have a newer one among them.
        """
        return len(self.entries), self.entries[-1].number if self.entries else 0

    @property
    def chosen_layer(self) -> Layer | None:
        """The chosen layer's record, if the open model has it."""
        if self.model is None or self.layer is None:
            return None
        return self.model.layer(self.layer)

    @property
    def explained_class(self) -> int | None:
        """Index of the class that is asked about: the chosen one, else the likeliest."""
        if self.chosen_class is not None:
            return self.chosen_class
        if self.shown is None or self.shown.classification is None:
            return None
        return int(self.shown.classification.probabilities.argmax())

    @property
    def opposed_class(self) -> int | None:
        """Index of the class that it is held against, unless it is the explained one itself."""
        against = self.against_class
        if self.model is None or against is None or against == self.explained_class:
            return None
        return against if against < len(self.model.labels) else None

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The samples for the open model, or for the one being loaded where none is open yet."""
        return samples_for(self.loading_model if self.model is None else self.model.name)

    def entry(self, number: int) -> ImageEntry | None:
        """The entry of that number, or None."""
        position = self.position(number)
        return None if position is None else self.entries[position]

    def position(self, number: int) -> int | None:
        """The row of the entry of that number, or None.

        Numbers ascend along the list, so this is a bisection: 10,000 entries stay cheap.
        """
        position = bisect_left(self.entries, number, key=attrgetter("number"))
        found = position < len(self.entries) and self.entries[position].number == number
        return position if found else None
