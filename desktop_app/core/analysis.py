"""Everything computed for one image with one model, as one record.

The window has it in pieces, as they arrive; what draws and reports takes it whole. How it is
computed in one call stands in :mod:`desktop_app.core.analysing`.
"""

from dataclasses import dataclass

from desktop_app.core.records import Activations, Classification, Image, Model


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """One consistent set.

    Attributes:
        model: What computed it.
        image: Upright picture.
        classification: Scores, provider and timing.
        activations: Every named activation.
    """

    model: Model
    image: Image
    classification: Classification
    activations: Activations
