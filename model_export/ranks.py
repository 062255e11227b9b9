"""Several processes that train one network together, as ``torchrun`` starts them.

Each takes its share of every batch; DistributedDataParallel averages the gradients, so that all
hold the same weights after each step. Only the first process writes.

No process waits for one that has failed: an error ends its process, and that breaks the
connections on which the others wait (:class:`PeerLostError`).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TypeVar

import torch
from torch import distributed, nn

from desktop_app.core.errors import LensError, ProviderError

_Share = TypeVar("_Share")


class PeerLostError(LensError):
    """Another process of the run has ended."""

    code = "peer-lost"


class PeersDifferError(LensError):
    """The processes were not started with the same call."""

    code = "peers-differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Which of how many processes this is.

    Attributes:
        rank: From 0.
        world_size: 1 when there are no others.
        local_rank: From 0, among the processes on this machine.
        local_world_size: How many these are.
        device: ``cpu``, or this process's own GPU: ``cuda`` or ``cuda:1``.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    local_world_size: int = 1
    device: str = "cpu"

    @classmethod
    @contextmanager
    def joined(cls, device: str, environment: Mapping[str, str] = os.environ) -> Iterator[Self]:
        """Meet the other processes (gloo on the CPU, NCCL on GPUs), and part from them at the end.

        Args:
            device: ``cpu`` or ``cuda``.
            environment: ``RANK``, ``WORLD_SIZE``, ``LOCAL_RANK`` and ``LOCAL_WORLD_SIZE`` are what
                torchrun sets; without them, this process is alone.

        Raises:
            PeerLostError: Another process ended while this one was waiting for it.
            ProviderError: There are more processes on this machine than GPUs.
        """
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        if int(environment.get("WORLD_SIZE", "1")) == 1:
            yield cls(device=device)
            return
        rank, world_size, local_rank, local_world_size = (int(environment[name]) for name in names)
        if device == "cuda":
            device = f"cuda:{local_rank}"
            _take_gpu(local_rank)
        try:
            distributed.init_process_group("gloo" if device == "cpu" else "nccl")
            yield cls(
                rank=rank,
                world_size=world_size,
                local_rank=local_rank,
                local_world_size=local_world_size,
                device=device,
            )
        except RuntimeError as error:
            if not _is_lost_connection(error):
                raise
            raise PeerLostError(
                "cannot go on training",
                why="another process of the run has ended",
                remedy="See what it said; then continue from the last checkpoint with --resume.",
            ) from error
        finally:
            if distributed.is_initialized():
                distributed.destroy_process_group()

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def share(self, items: Sequence[_Share]) -> Sequence[_Share]:
        """Every ``world_size``-th item, beginning with this process's own."""
        return items[self.rank :: self.world_size]

    def local_share(self, items: Sequence[_Share]) -> Sequence[_Share]:
        """The same among the processes on this machine."""
        return items[self.local_rank :: self.local_world_size]

    def sum(self, *values: float) -> list[float]:
        """Add up, over all processes, what each has; the same answer everywhere."""
        if self.world_size == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return [float(value) for value in total]

    def told(self, message: str) -> list[str]:
        """What each process has to say, by rank; waits for all of them."""
        if self.world_size == 1:
            return [message]
        messages = [""] * self.world_size
        distributed.all_gather_object(messages, message)
        return messages

    def local_told(self, message: str) -> str:
        """What the first process on this machine has to say; waits for all processes."""
        # torchrun numbers the processes of a machine in a row.
        return self.told(message)[self.rank - self.local_rank]

    def agree(self, topic: str, value: object) -> None:
        """Make sure that all processes have the same before they build on it.

        Args:
            topic: What ``value`` is, for the message.
            value: Its ``repr`` is compared.

        Raises:
            PeersDifferError: They do not.
        """
        if len(set(self.told(repr(value)))) > 1:
            raise PeersDifferError(
                "cannot train with these processes",
                why=f"they do not have the same {topic}",
                remedy="Start all with one call, on the same files; --data and --output have to "
                "be seen by every machine.",
            )

    def spread(self, network: nn.Module) -> None:
        """Give every process the first one's batch-norm statistics, which are its own otherwise."""
        if self.world_size > 1:
            for buffer in network.buffers():
                distributed.broadcast(buffer, src=0)

    def parallel(self, network: nn.Module) -> nn.Module:
        """The network, or a twin around it whose backward pass averages the gradients."""
        if self.world_size == 1:
            return network
        return nn.parallel.DistributedDataParallel(
            network,
            device_ids=None if self.device == "cpu" else [torch.device(self.device)],
            gradient_as_bucket_view=True,
        )


def _take_gpu(index: int) -> None:
    count = torch.cuda.device_count()
    if index >= count:
        raise ProviderError(
            "cannot train with so many processes",
            why=f"there are {count} GPUs here, one for each process",
            remedy="Start at most that many with --nproc-per-node.",
        )
    torch.cuda.set_device(index)


def _is_lost_connection(error: RuntimeError) -> bool:
    """Whether torch gave up on another process; gloo has no error class of its own."""
    return isinstance(error, distributed.DistError) or "gloo" in str(error)
