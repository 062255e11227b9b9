"""What is asked and answered about evidence: which channels speak for a class."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from desktop_app.core.errors import LensError
from desktop_app.core.evidence import ChannelEvidence
from desktop_app.core.records import Image
from desktop_app.messages.base import Reply, Request


@dataclass(frozen=True, slots=True)
class WeighChannels(Request):
    """How much does each channel of each layer speak for this class?

    Attributes:
        image: Already decoded.
        model: Whose class is meant. Another one that was opened in between is not asked.
        class_index: Of the class.
    """

    supersedes: ClassVar[bool] = True

    image: Image
    model: Path
    class_index: int


@dataclass(frozen=True, slots=True)
class ChannelsWeighed(Reply):
    """Answers :class:`WeighChannels`, for all layers."""

    number: int
    evidence: ChannelEvidence


@dataclass(frozen=True, slots=True)
class WeighingFailed(Reply):
    """Answers :class:`WeighChannels` where there are no scores."""

    number: int
    error: LensError
