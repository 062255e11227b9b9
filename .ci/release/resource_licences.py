"""Whose the files in ``resources/`` are; one that nobody has named ends the build."""

import re
from dataclasses import dataclass
from typing import Final

from release.parts import Kind, Licence


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something in ``resources/`` with a licence that is not the program's.

    Attributes:
        pattern: Matches its path below ``resources/``.
        name: What it is.
        kind: Of what sort.
        licence: What it is handed on under.
        text: Its file in ``resources/licences``; None means the program's own licence.
    """

    pattern: re.Pattern[str]
    name: str
    kind: Kind
    licence: Licence
    text: str | None


RESOURCES: Final = (
    Resource(
        pattern=re.compile(r"fonts/Inter-\w+\.otf"),
        name="Inter",
        kind="data",
        licence=Licence(term="OFL-1.1", stated="resources/licences/Inter.txt"),
        text="Inter.txt",
    ),
    Resource(
        pattern=re.compile(r"models/everyday\.onnx"),
        name="everyday.onnx (everyday things)",
        kind="model",
        licence=Licence(
            term="Non-commercial research and education only (ImageNet's terms)",
            is_spdx=False,
            stated="resources/licences/everyday.txt and the model's card",
        ),
        text="everyday.txt",
    ),
    Resource(
        pattern=re.compile(r"models/signs\.onnx"),
        name="signs.onnx (six hand signs)",
        kind="model",
        licence=Licence(term="MIT", stated="the model's card"),
        text=None,
    ),
    Resource(
        pattern=re.compile(r"samples/coffee\.jpg"),
        name="coffee.jpg",
        kind="data",
        licence=Licence(term="CC0-1.0", stated="resources/licences/samples.txt"),
        text="samples.txt",
    ),
)

OWN_RESOURCES: Final = re.compile(
    r"icons/[\w-]+\.svg|report/\w+\.(html|css)|samples/(ladybug\.jpg|two-fingers\.png)|licences/[\w-]+\.txt"
)
"""What was made for this project, and the licence texts."""
