"""Which algorithms PyTorch may use: the fastest, or only those that always give the same bits.

On the CPU, training gives the same bits in any case, given the same number of threads. On a GPU,
sums whose order is left to chance make two runs of one call differ; forbidding them costs speed
(cuDNN may neither try which of its algorithms is the fastest nor use all of them).
"""

import os
from typing import Final

import torch

_WORKSPACE: Final = "CUBLAS_WORKSPACE_CONFIG"


def choose_algorithms(*, deterministic: bool) -> None:
    """Decide for the whole process; to be called before anything is computed on a GPU.

    With ``deterministic``, an operation that has no such algorithm raises a RuntimeError instead
    of being computed (https://docs.pytorch.org/docs/stable/notes/randomness.html). The promise
    holds for one machine, one version of PyTorch, and one number of threads and of processes.
    """
    if deterministic:
        # Since CUDA 10.2 cuBLAS sums in one order only with workspaces of its own.
        os.environ.setdefault(_WORKSPACE, ":4096:8")
    if torch.are_deterministic_algorithms_enabled() != deterministic:  # asking takes a second
        torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.deterministic = deterministic
    torch.backends.cudnn.benchmark = not deterministic
