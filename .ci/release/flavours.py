"""The two builds of the program: with ONNX Runtime for the CPU alone, and with CUDA support."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""The checkout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One way to build the program.

    Attributes:
        name: Names its folders.
        runtime: The distribution of ONNX Runtime inside.
        package: The Debian package's name.
        limit_mb: The most it may take unpacked, in units of 10⁶ bytes, models not counted.
    """

    name: str
    runtime: str
    package: str
    limit_mb: int

    @property
    def work(self) -> Path:
        """The folder for what is needed on the way."""
        return ROOT / "build" / self.name

    @property
    def environment(self) -> Path:
        """The virtual environment that the program is frozen from."""
        return self.work / "venv"

    @property
    def program(self) -> Path:
        """The frozen program: one folder with everything in it."""
        return ROOT / "dist" / self.name / "residual-lens"


CPU: Final = Flavour(name="cpu", runtime="onnxruntime", package="residual-lens", limit_mb=300)
GPU: Final = Flavour(
    name="gpu", runtime="onnxruntime-gpu", package="residual-lens-gpu", limit_mb=560
)
FLAVOURS: Final = {flavour.name: flavour for flavour in (CPU, GPU)}
