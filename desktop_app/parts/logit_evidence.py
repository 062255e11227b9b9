"""What speaks for a class in the last layer: its logit, taken apart."""

from dataclasses import dataclass

from desktop_app.core.logit_evidence import LogitSum


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitEvidence:
    """The answer to one question.

    Attributes:
        image: The image entry's number.
        class_index: Of the class that was asked about.
        against: Index of the class that it was held against; None for none.
        found: The logit as a sum; None where it is none.
        error: Why not, a sentence; else empty.
        remedy: What to do instead, a sentence; else empty.
    """

    image: int
    class_index: int
    against: int | None
    found: LogitSum | None = None
    error: str = ""
    remedy: str = ""
