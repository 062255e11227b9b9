"""The heat map that explains a class, and the one that is being made."""

from dataclasses import dataclass

from desktop_app.core.attributions import Attribution, Question


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """What is known of why a class.

    The last good map stays while another one is made, and when that fails.

    Attributes:
        image: Number of the image entry that ``result`` is of.
        result: None until the first is there.
        asked: What is being computed; None while nothing is.
        done: Pictures given to the network for it, of slow methods.
        total: Of how many; 0 while that is not known.
        stopped: Whether the person stopped the newest one.
    """

    image: int = 0
    result: Attribution | None = None
    asked: Question | None = None
    done: int = 0
    total: int = 0
    stopped: bool = False

    def result_of(self, image: int) -> Attribution | None:
        """The map, if it is of that image."""
        return self.result if self.image == image else None
