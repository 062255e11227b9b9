"""Runs models. The only module that knows ONNX Runtime: providers, fallback, cancelling.

A model has two sessions. The plain one is fully optimised and answers what the classes are; the
tapped one also delivers every named activation, in one run, about a third slower. The second is
made when first asked for.

The provider in a result is the one that really ran: a CUDA session that could not be made, or
that fails in mid-run, is replaced by a CPU session once, and the reason travels with the result.
"""

import contextlib
import io
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.console import is_unicode
from desktop_app.core.errors import ModelUnreadableError, ProviderError, RunError
from desktop_app.core.graph.taps import with_taps
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.predictions import softmax, temper
from desktop_app.core.records import (
    Activations,
    Model,
    Provider,
    ProviderChoice,
    Tensor,
    read_only,
)
from desktop_app.core.stopwatch import milliseconds_since

_SILENT: Final = 4
# The binding raises some twenty unrelated classes of its own, and RuntimeError from C++.
_ORT_ERRORS: Final[tuple[type[Exception], ...]] = (
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
    """ONNX Runtime as installed here. Tests put another in its place."""

    def cuda_obstacle(self) -> str | None:
        """Why CUDA cannot be tried, or None."""
        return providers.cuda_obstacle(onnxruntime.get_available_providers())

    def prepare_cuda(self) -> None:
        """Load CUDA and cuDNN from beside the program or from the system."""
        # It prints what it misses to standard output, where results go.
        with contextlib.redirect_stdout(io.StringIO()):
            onnxruntime.preload_dlls()

    def missing_library(self) -> str | None:
        """The first library that the CUDA provider lacks, or None."""
        return providers.missing_library()

    def device_name(self) -> str:
        """The GPU's name, or empty."""
        return providers.device_name()

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
        # Its own fall back prints, keeps quiet about why, and does not cover the tapped session.
        session.disable_fallback()
        checked: Session = session
        return checked


class ModelSessions:
    """The sessions of one open model. Belongs to one thread; only ``cancel`` crosses threads."""

    def __init__(
        self,
        model: Model,
        choice: ProviderChoice = "auto",
        *,
        strict: bool = False,
        runtime: Runtime | None = None,
    ) -> None:
        """Load the model on the chosen provider.

        Args:
            model: A described model file.
            choice: ``auto`` takes CUDA if it really loads, else CPU.
            strict: Raise instead of running on CPU when ``cuda`` was asked for in vain.
            runtime: ONNX Runtime; another one in tests.

        Raises:
            ModelUnreadableError: ONNX Runtime refuses the graph.
            ProviderError: Only with ``strict``.
        """
        self.model = model
        self._runtime = runtime or Runtime()
        self._tapped: Session | None = None
        self._plain, self.provider = self._open(choice)
        if strict and choice == "cuda" and self.provider.name != "cuda":
            raise ProviderError(
                "cannot run on CUDA",
                why=self.provider.reason,
                remedy="Use --provider cpu or auto, or see 'residual-lens doctor'.",
            )

    def probabilities(self, batch: Tensor, cancellation: Cancellation | None = None) -> Tensor:
        """Probabilities of a batch, at the temperature of the model's card.

        Args:
            batch: float32 (N, C, H, W) or as the model's layout says.
            cancellation: Stops the run from another thread.

        Returns:
            float32 (N, classes), each row sums to 1, read-only.

        Raises:
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """
        steps = np.split(batch, len(batch)) if self._takes_single_images() else [batch]
        names = [self.model.output_name]
        runs = [self._run("plain", names, step, cancellation)[0] for step in steps]
        flat = (
            np.concatenate([values[0] for values in runs])
            .reshape(len(batch), -1)
            .astype(np.float32, copy=False)
        )
        if self.model.output_is_probabilities:
            return read_only(temper(flat, self.model.temperature))
        return read_only(softmax(flat / self.model.temperature))

    def activations(
        self,
        tensor: Tensor,
        cancellation: Cancellation | None = None,
        *,
        names: Iterable[str] | None = None,
    ) -> Activations:
        """Every named activation of one image, from one run.

        The layer ``probabilities`` is what the graph computes: the card's temperature belongs to
        predictions alone.

        Args:
            tensor: float32, one image: (1, C, H, W).
            cancellation: Stops the run from another thread.
            names: Only these layers; all of the model's when None.

        Raises:
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """
        wanted = list(names or (layer.name for layer in self.model.layers))
        values, run_ms = self._run("tapped", wanted, tensor, cancellation)
        maps = {name: _as_maps(value) for name, value in zip(wanted, values, strict=True)}
        return Activations(values=MappingProxyType(maps), run_ms=run_ms)

    def _open(self, choice: ProviderChoice) -> tuple[Session, Provider]:
        if choice == "cpu":
            return self._on_cpu("asked for")
        session, provider = open_on_cuda(self._runtime, str(self.model.path), choice)
        return self._on_cpu(provider.reason) if session is None else (session, provider)

    def _on_cpu(self, reason: str) -> tuple[Session, Provider]:
        session = self._make(str(self.model.path), (providers.CPU,))
        return session, Provider(name="cpu", reason=reason)

    def _make(self, source: str | bytes, provider_names: Sequence[str]) -> Session:
        try:
            return self._runtime.session(source, provider_names)
        except _ORT_ERRORS as error:
            raise ModelUnreadableError(
                f"cannot load the model {self.model.path.name}",
                why=f"ONNX Runtime refuses it ({_first_line(error)})",
                remedy="Export it again, for a current opset.",
            ) from error

    def _tapped_session(self) -> Session:
        if self._tapped is None:
            names = [layer.name for layer in self.model.layers]
            content = with_taps(read_onnx(self.model.path), names).SerializeToString()
            on_gpu = self.provider.name == "cuda"
            wanted = (providers.CUDA, providers.CPU) if on_gpu else (providers.CPU,)
            # Not translated: what fails on a GPU here is retried on the CPU, like a run.
            self._tapped = self._runtime.session(content, wanted)
            if on_gpu and providers.CUDA not in self._tapped.get_providers():
                self._plain, self.provider = self._on_cpu("CUDA did not load for the activations")
        return self._tapped

    def _run(
        self,
        view: str,
        names: Sequence[str],
        tensor: Tensor,
        cancellation: Cancellation | None,
    ) -> tuple[list[NDArray[Any]], float]:
        """The named tensors and the run's own milliseconds, after one fall back if need be."""
        switch = cancellation or Cancellation()
        try:
            return self._run_once(view, names, tensor, switch)
        except _ORT_ERRORS as error:
            switch.raise_if_cancelled()
            if self.provider.name != "cuda":
                raise self._run_error(error) from error
            self._plain, self.provider = self._on_cpu(f"CUDA failed ({_first_line(error)})")
            self._tapped = None
        try:
            return self._run_once(view, names, tensor, switch)
        except _ORT_ERRORS as error:
            switch.raise_if_cancelled()
            raise self._run_error(error) from error

    def _run_once(
        self, view: str, names: Sequence[str], tensor: Tensor, switch: Cancellation
    ) -> tuple[list[NDArray[Any]], float]:
        session = self._plain if view == "plain" else self._tapped_session()
        options = onnxruntime.RunOptions()
        options.log_severity_level = _SILENT
        image = session.get_inputs()[0]
        feed = tensor.astype(_dtype(image.type), copy=False)

        def stop() -> None:
            options.terminate = True

        with switch.stopping(stop):
            began = time.perf_counter()
            inputs = {image.name: onnxruntime.OrtValue.ortvalue_from_numpy(feed)}
            values = session.run_with_ort_values(names, inputs, options)
            return [_array(value) for value in values], milliseconds_since(began)

    def _takes_single_images(self) -> bool:
        return bool(self._plain.get_inputs()[0].shape[0] == 1)

    def _run_error(self, error: Exception) -> RunError:
        return RunError(
            f"cannot run {self.model.name}",
            why=_first_line(error),
            remedy="Try --provider cpu, or another image size or model.",
        )


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
        return None, Provider(name="cpu", reason=obstacle)
    try:
        runtime.prepare_cuda()
        session = runtime.session(source, (providers.CUDA, providers.CPU))
    except _ORT_ERRORS as error:
        reason = f"CUDA did not start ({_first_line(error)})"
        return None, Provider(name="cpu", reason=reason)
    if providers.CUDA in session.get_providers():
        reason = "asked for" if choice == "cuda" else "an NVIDIA GPU was found"
        return session, Provider(name="cuda", reason=reason, device=runtime.device_name())
    missing = runtime.missing_library()
    reason = f"a GPU is there, but {missing} is not" if missing else "CUDA did not load"
    return None, Provider(name="cpu", reason=reason)


def runtime_version() -> str:
    """The installed ONNX Runtime's version."""
    return str(onnxruntime.__version__)


def _array(value: Any) -> NDArray[Any]:  # noqa: ANN401 - OrtValue has no types
    """An output without a copy: ``run`` would copy 144 MB of activations, a third of its time."""
    if value.device_name() != "cpu":
        copied: NDArray[Any] = value.numpy()
        return copied
    return np.from_dlpack(value)


def _as_maps(value: NDArray[Any]) -> Tensor:
    one = np.asarray(value[0], dtype=np.float32)
    return read_only(one.reshape(-1, 1, 1) if one.ndim == 1 else one)


def _dtype(name: str) -> np.dtype[Any]:
    names = {"tensor(float16)": "float16", "tensor(double)": "float64"}
    return np.dtype(names.get(name, "float32"))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
