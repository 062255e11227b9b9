"""What a run must find again to go on exactly: the same images, and the same arithmetic.

The number of images does not tell two data sets apart, so their contents are hashed as training
sees them. Device and threads decide in which order sums are formed, and so the last digits.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from model_export.prepared_images import LabelledPixels
from model_export.ranks import Ranks
from model_export.run_state import not_this_run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConditions:
    """Recorded in every checkpoint of a run.

    Attributes:
        images: SHA-256 of the prepared training images and their targets.
        held_out: Of the held-out ones; empty where there are none.
        device: ``cpu`` or ``cuda``.
        threads: PyTorch's, for one operation.
        processes: That train together.
        deterministic: Whether only algorithms that always give the same bits were allowed.
    """

    images: str
    held_out: str
    device: str
    threads: int
    processes: int = 1
    deterministic: bool = False

    @classmethod
    def here(cls, images: LabelledPixels, held_out: LabelledPixels | None, ranks: Ranks) -> Self:
        """The conditions of a run in this process."""
        return cls(
            images=_sha256(images),
            held_out="" if held_out is None else _sha256(held_out),
            device=torch.device(ranks.device).type,
            threads=torch.get_num_threads(),
            processes=ranks.world_size,
            deterministic=torch.are_deterministic_algorithms_enabled(),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return asdict(self)

    def compare(self, found: Mapping[str, Any] | None, *, path: Path) -> str:
        """Compare with what a checkpoint recorded; None is what earlier versions did.

        Args:
            found: What :meth:`as_dict` gave.
            path: The checkpoint's, for messages.

        Returns:
            A warning, empty where the resumed run will end with the bits of an unbroken one.

        Raises:
            CheckpointError: The run saw other images.
        """
        if found is None:
            return (
                f"{path} is of an earlier version and does not say which images it was trained "
                "on; make sure that they are the same"
            )
        try:
            begun = RunConditions(**found)
        except TypeError as error:
            raise not_this_run(path, f"its state is incomplete ({error})") from error
        if begun.images != self.images:
            raise not_this_run(path, "its training images are others")
        if begun.held_out != self.held_out:
            raise not_this_run(path, "its held-out images are others")
        if begun._arithmetic() != self._arithmetic():
            return (
                f"the run was begun with {begun._arithmetic()} and goes on with "
                f"{self._arithmetic()}; its last digits may differ from those of an unbroken one"
            )
        return ""

    def _arithmetic(self) -> str:
        text = f"{self.threads} {'thread' if self.threads == 1 else 'threads'} on {self.device}"
        if self.processes > 1:
            text = f"{self.processes} processes of {text}"
        return f"{text}, deterministic" if self.deterministic else text


def _sha256(images: LabelledPixels) -> str:
    """Of shape, pixels and targets; the same on every machine."""
    digest = hashlib.sha256(str(images.pixels.shape).encode())
    digest.update(np.ascontiguousarray(images.pixels).data)
    digest.update(np.ascontiguousarray(images.targets, "<i8").data)
    return digest.hexdigest()
