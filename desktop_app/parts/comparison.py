"""What the picture on screen is compared with, as part of the snapshot.

B is what is on screen, as always; A is what it is compared with. A is either another image, kept
with all that was computed from it while a person moves on (then both go through the open model),
or a second model, which analyses whatever image is on screen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from desktop_app.core.doubt import Doubt
    from desktop_app.core.records import (
        Activations,
        Classification,
        Image,
        Model,
        PreprocessingStep,
    )

ComparisonKind = Literal["image", "model"]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One analysis of A: from one image and one model.

    Attributes:
        number: The image entry's.
        image: Upright picture.
        steps: What preprocessing made of it, as pictures.
        classification: None until it has been computed.
        activations: None until they have been computed.
        doubt: How unlike the training's pictures it is; None where that is not known.
    """

    number: int
    image: Image
    steps: tuple[PreprocessingStep, ...] = ()
    classification: Classification | None = None
    activations: Activations | None = None
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class ComparedWith:
    """What a view is compared with: what a step of undo needs to bring the comparison back.

    Attributes:
        image: Number of the entry that is kept as A; None in a comparison of models.
        model: File of the second model; None in a comparison of images.
        picture: A's upright picture, of which the rest is computed again.
    """

    image: int | None = None
    model: Path | None = None
    picture: Image | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is on screen is compared with A.

    Attributes:
        kind: Whether A is an image or a model.
        model: What computes A: the open model, or the second one; None while the first second
            model is being loaded.
        reference: A's analysis; None until there is one. In a comparison of models it may be of
            the image before, until that of the image on screen has been computed.
        loading: Name of the model that is being loaded as A, else empty; what is there stays.
        trouble: Entry whose analysis as A could not be had, and why.
        wanted: File of the second model that a step of undo brings back; None once it is loaded.
    """

    kind: ComparisonKind
    model: Model | None
    reference: Reference | None = None
    loading: str = ""
    trouble: tuple[int, str] | None = None
    wanted: Path | None = None

    def without_image(self, number: int) -> Comparison | None:
        """An entry was taken out of the image list: a comparison with that image has ended."""
        if self.reference is None or self.reference.number != number:
            return self
        return None if self.kind == "image" else replace(self, reference=None)

    def without_images(self) -> Comparison | None:
        """The image list was emptied."""
        return None if self.kind == "image" else replace(self, reference=None)

    def with_open_model(self, model: Model) -> Comparison:
        """Another model was opened: what the old one made of image A no longer holds."""
        if self.kind == "model" or self.reference is None:
            return self
        bare = Reference(self.reference.number, self.reference.image)
        return replace(self, model=model, reference=bare, trouble=None)

    def reference_for(self, number: int | None) -> Reference | None:
        """A's analysis, if it belongs beside the entry that is on screen."""
        found = self.reference
        if found is None or (self.kind == "model" and found.number != number):
            return None
        return found

    def trouble_for(self, number: int | None) -> str:
        """Why there is no A beside the entry that is on screen; empty while it may come."""
        wanted = self.reference.number if self.kind == "image" and self.reference else number
        return self.trouble[1] if self.trouble is not None and self.trouble[0] == wanted else ""
