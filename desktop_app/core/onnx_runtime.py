"""ONNX Runtime as installed here: which provider loads, a session on it, one run.

The only module that knows ONNX Runtime. What a model's sessions are for, and what happens when
one fails, stands in :mod:`desktop_app.core.sessions`.
"""

import ctypes
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from desktop_app.core import cuda_remedies, providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.console import is_unicode
from desktop_app.core.cuda_libraries import CudaFolders, Place, places_to_look, wanted_libraries
from desktop_app.core.cuda_loading import CudaLibraries, load_libraries
from desktop_app.core.graph.constants import computed_constants, stored_constants
from desktop_app.core.installation import is_frozen, program_folder
from desktop_app.core.provider_names import ProviderChoice
from desktop_app.core.records import Provider, Remedy, Tensor, read_only
from desktop_app.core.stopwatch import milliseconds_since

_SILENT: Final = 4
# The second finds the first among what the process has opened.
_PROVIDER_FILES: Final = (
    ("onnxruntime_providers_shared.dll", "onnxruntime_providers_cuda.dll")
    if sys.platform == "win32"
    else ("libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so")
)
# The binding raises some twenty unrelated classes of its own, and RuntimeError from C++.
ORT_ERRORS: Final[tuple[type[Exception], ...]] = (
    *(
        kind
        for kind in vars(ort_errors).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
    RuntimeError,
)
onnxruntime.set_default_logger_severity(_SILENT)


class Session(Protocol):
    """What is used of ``onnxruntime.InferenceSession``."""

    def run_with_ort_values(
        self,
        output_names: Sequence[str],
        input_dict_ort_values: Mapping[str, Any],
        run_options: onnxruntime.RunOptions | None = None,
    ) -> Sequence[Any]:
        """Run and return the named outputs, each an ``OrtValue``."""

    def get_providers(self) -> list[str]:
        """The providers that were really set up, preferred first."""

    def get_inputs(self) -> list[Any]:
        """The inputs with ``name``, ``type`` and ``shape``."""


class Runtime:
    """ONNX Runtime as installed here. Tests put another in its place.

    Attributes:
        sessions_made: How many so far.
    """

    def __init__(self, cuda_folders: CudaFolders | None = None) -> None:
        """Prepare; nothing is looked for yet.

        Args:
            cuda_folders: Where CUDA's libraries may lie besides the usual places.
        """
        self.cuda_folders = cuda_folders or CudaFolders()
        self.sessions_made = 0
        # What has been opened so far.
        self.cuda_libraries = CudaLibraries()

    def knows_cuda(self) -> bool:
        """Whether this is ONNX Runtime's GPU build."""
        return providers.CUDA in onnxruntime.get_available_providers()

    def cuda_obstacle(self) -> providers.Obstacle | None:
        """Why CUDA cannot be tried, or None."""
        return providers.cuda_obstacle(onnxruntime.get_available_providers())

    def cuda_places(self) -> tuple[Place, ...]:
        """Where CUDA's libraries are looked for, the first place first."""
        return places_to_look(self.cuda_folders, frozen_at=program_folder())

    def load_cuda(self) -> CudaLibraries:
        """Open CUDA's libraries where they lie.

        Once all are there they stay: what a process has opened cannot be exchanged.
        """
        if not self.cuda_libraries.found or self.cuda_libraries.missing:
            self.cuda_libraries = load_libraries(wanted_libraries(), self.cuda_places())
        return self.cuda_libraries

    def loader_words(self) -> str:
        """Why the CUDA provider itself does not open; empty when it does.

        To be asked after a session was set up without it: ONNX Runtime knows, but tells its log
        alone, which is silenced.
        """
        folder = Path(onnxruntime.__file__).parent / "capi"
        try:
            for name in _PROVIDER_FILES:
                ctypes.CDLL(str(folder / name))
        except OSError as error:
            return str(error).removeprefix(f"{folder}{os.sep}")
        return ""

    def gpu(self) -> providers.Gpu | None:
        """What the driver tells of the GPU, or None."""
        return providers.first_gpu()

    def session(self, source: str | bytes, provider_names: Sequence[str]) -> Session:
        """A session on a file's path or on a model's bytes."""
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _SILENT
        # Else the idle session's threads spin and halve the speed of the one that works.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if isinstance(source, str) and not is_unicode(source):
            source = Path(source).read_bytes()  # the binding takes only UTF-8 for a path
        session = onnxruntime.InferenceSession(
            source, sess_options=options, providers=list(provider_names)
        )
        self.sessions_made += 1
        # Its own fall back prints, keeps quiet about why, and does not cover the tapped session.
        session.disable_fallback()
        checked: Session = session
        return checked


def open_on_cuda(
    runtime: Runtime, source: str | bytes, choice: ProviderChoice = "auto"
) -> tuple[Session | None, Provider]:
    """Open a model on CUDA, if CUDA really loads.

    Args:
        runtime: ONNX Runtime.
        source: A file's path or a model's bytes.
        choice: What was asked for; only the reason differs.

    Returns:
        The session with the provider ``cuda``, or None with the provider ``cpu`` and the reason.
    """
    if (obstacle := runtime.cuda_obstacle()) is not None:
        return None, Provider(
            name="cpu",
            reason=obstacle.reason,
            gpu_unused=obstacle.gpu_unused,
            remedy=obstacle.remedy,
        )
    libraries = runtime.load_cuda()
    if lacking := libraries.obstacle():
        remedy = cuda_remedies.libraries(runtime.cuda_folders.own, frozen=is_frozen())
        return None, _unused(f"a GPU is there, but {lacking}", remedy)
    try:
        session = runtime.session(source, (providers.CUDA, providers.CPU))
    except ORT_ERRORS as error:
        return None, _unused(f"CUDA did not start ({first_line(error)})")
    if providers.CUDA not in session.get_providers():
        words = runtime.loader_words()
        return None, _unused(f"CUDA did not load ({words})" if words else "CUDA did not load")
    reason = "asked for" if choice == "cuda" else "an NVIDIA GPU was found"
    if libraries.sources:
        reason += f"; CUDA libraries from {' and '.join(libraries.sources)}"
    gpu = runtime.gpu()
    return session, Provider(name="cuda", reason=reason, device=gpu.name if gpu else "")


def run_once(
    session: Session,
    names: Sequence[str],
    tensor: Tensor,
    switch: Cancellation,
    more: Mapping[str, NDArray[Any]] | None = None,
) -> tuple[list[NDArray[Any]], float]:
    """One run: the named tensors, and its own milliseconds.

    Args:
        session: On any view of a model.
        names: Of the outputs.
        tensor: For the first input; cast to the type that it has.
        switch: Stops the run from another thread.
        more: For further inputs, by name, of the type that they have.
    """
    options = onnxruntime.RunOptions()
    options.log_severity_level = _SILENT
    image = session.get_inputs()[0]
    feed = tensor.astype(_dtype(image.type), copy=False)

    def stop() -> None:
        options.terminate = True

    with switch.stopping(stop):
        began = time.perf_counter()
        feeds = {image.name: feed, **(more or {})}
        inputs = {
            name: onnxruntime.OrtValue.ortvalue_from_numpy(value) for name, value in feeds.items()
        }
        values = session.run_with_ort_values(names, inputs, options)
        return [_array(value) for value in values], milliseconds_since(began)


def constant_values(
    model: onnx.ModelProto, names: Iterable[str], runtime: Runtime
) -> dict[str, Tensor]:
    """Those of ``names`` that are constants of a graph, stored or computed, read-only.

    What cannot be computed is left out, like what is no constant.
    """
    wanted = tuple(names)
    values = stored_constants(model, wanted)
    part, outputs = computed_constants(model, wanted)
    if outputs:
        try:
            session = runtime.session(part.SerializeToString(), (providers.CPU,))
            found = session.run_with_ort_values(outputs, {})
        except ORT_ERRORS:
            return values
        # Copies, because a view would keep all of the session's memory.
        copies = (read_only(_array(value).copy()) for value in found)
        values |= zip(outputs, copies, strict=True)
    return values


def runtime_version() -> str:
    """The installed ONNX Runtime's version."""
    return str(onnxruntime.__version__)


def _unused(reason: str, remedy: Remedy | None = None) -> Provider:
    return Provider(name="cpu", reason=reason, gpu_unused=True, remedy=remedy)


def _array(value: Any) -> NDArray[Any]:  # noqa: ANN401 - OrtValue has no types
    """An output without a copy: ``run`` would copy 144 MB of activations, a third of its time."""
    if value.device_name() != "cpu":
        copied: NDArray[Any] = value.numpy()
        return copied
    return np.from_dlpack(value)


def _dtype(name: str) -> np.dtype[Any]:
    names = {"tensor(float16)": "float16", "tensor(double)": "float64"}
    return np.dtype(names.get(name, "float32"))


def first_line(error: Exception) -> str:
    """What ONNX Runtime says, in one line."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
