"""What ships with the program: which model is the default, and the samples to begin with.

Names only, so that the window knows them before anything that reads models or pictures is there.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_MODEL: Final = "everyday"
"""Name of the bundled model that is opened when nobody names one."""


def model_name(reference: str | None) -> str:
    """The name of the model that a person gave as a name or a path; None means the default."""
    return DEFAULT_MODEL if reference is None else Path(reference).stem


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture to begin with.

    Attributes:
        file: Its name in the folder of samples.
        caption: What it shows, for people.
        model: Name of the bundled model that has a class for it.
    """

    file: str
    caption: str
    model: str


SAMPLES: Final = (
    Sample("ladybug.jpg", "Ladybug", "everyday"),
    Sample("coffee.jpg", "Coffee", "everyday"),
    Sample("two-fingers.png", "Two fingers", "signs"),
)


def samples_for(model: str) -> tuple[Sample, ...]:
    """The samples for the model of that name; all of them where none is meant for it."""
    return tuple(sample for sample in SAMPLES if sample.model == model) or SAMPLES
