"""Several processes that train one network together, as ``torchrun`` starts them.

Each takes its share of every batch; DistributedDataParallel averages the gradients, so that all
hold the same weights after each step. Only the first process writes.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TypeVar

import torch
from torch import nn

_Share = TypeVar("_Share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Which of how many processes this is.

    Attributes:
        rank: From 0.
        world_size: 1 when there are no others.
        device: ``cpu``, or this process's own GPU: ``cuda`` or ``cuda:1``.
    """

    rank: int = 0
    world_size: int = 1
    device: str = "cpu"

    @classmethod
    @contextmanager
    def joined(cls, device: str, environment: Mapping[str, str] = os.environ) -> Iterator[Self]:
        """Meet the other processes (gloo on the CPU, NCCL on GPUs), and part from them at the end.

        Args:
            device: ``cpu`` or ``cuda``.
            environment: ``RANK``, ``WORLD_SIZE`` and ``LOCAL_RANK`` are what torchrun sets; without
                them, this process is alone.
        """
        world_size = int(environment.get("WORLD_SIZE", "1"))
        if world_size == 1:
            yield cls(device=device)
            return
        if device == "cuda":
            device = f"cuda:{environment['LOCAL_RANK']}"
            torch.cuda.set_device(device)
        torch.distributed.init_process_group("gloo" if device == "cpu" else "nccl")
        try:
            yield cls(rank=int(environment["RANK"]), world_size=world_size, device=device)
        finally:
            torch.distributed.destroy_process_group()

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def share(self, items: list[_Share]) -> list[_Share]:
        """Every ``world_size``-th item, beginning with this process's own."""
        return items[self.rank :: self.world_size]

    def sum(self, *values: float) -> list[float]:
        """Add up, over all processes, what each has; the same answer everywhere."""
        if self.world_size == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(total)
        return [float(value) for value in total]

    def parallel(self, network: nn.Module) -> nn.Module:
        """The network, or a twin around it whose backward pass averages the gradients."""
        if self.world_size == 1:
            return network
        return nn.parallel.DistributedDataParallel(
            network,
            device_ids=None if self.device == "cpu" else [torch.device(self.device)],
            gradient_as_bucket_view=True,
        )
