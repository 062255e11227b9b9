"""Runs models: the sessions of one open model, fallback, cancelling.

A model has up to three sessions. The plain one is fully optimised and answers what the classes are;
the lean one also delivers those activations that the others can be derived from; the exact one
delivers every named activation as the graph computes it: what leaves the program, and the index of
a folder, come from it. The last two are made when first asked for.

The provider in a result is the one that really ran: a CUDA session that could not be made, or
that fails in mid-run, is replaced by a CPU session once, and the reason travels with the result.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cpu_fallback import run_or_fall_back
from desktop_app.core.derived_activations import DerivedActivations
from desktop_app.core.errors import ModelUnreadableError, ProviderError, RunError
from desktop_app.core.graph.derivations import TapPlan, parameter_names, plan_taps
from desktop_app.core.graph.taps import with_taps
from desktop_app.core.kept_sessions import KeptSessions
from desktop_app.core.onnx_runtime import (
    ORT_ERRORS,
    Runtime,
    Session,
    constant_values,
    first_line,
    open_on_cuda,
    run_once,
)
from desktop_app.core.opened_file import read_again, refuse_another
from desktop_app.core.predictions import calibrated
from desktop_app.core.provider_names import ProviderChoice
from desktop_app.core.records import Activations, Model, Provider, Tensor, read_only

_View = Literal["plain", "lean", "exact"]


class ModelSessions:
    """The sessions of one open model. Belongs to one thread; only ``cancel`` crosses threads.

    Attributes:
        kept: Those that not every picture needs, of this model: few, whoever owns them.
    """

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
        self.runtime = runtime or Runtime()
        self.kept = KeptSessions()
        self._mine = object()
        self._lean: Session | None = None
        self._plan: TapPlan | None = None
        self._plain, self.provider = self._open(choice)
        if strict and choice == "cuda" and self.provider.name != "cuda":
            raise ProviderError(
                "cannot run on CUDA",
                why=self.provider.reason,
                remedy=_strict_remedy(self.provider),
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
        scores = np.concatenate([self._scores(step, cancellation) for step in steps])
        return read_only(calibrated(scores, self.model))

    def activations(
        self,
        tensor: Tensor,
        cancellation: Cancellation | None = None,
        *,
        names: Iterable[str] | None = None,
        exact: bool = False,
    ) -> Activations:
        """Every named activation of one image, from one run.

        What follows from other layers by a cheap formula is computed when it is looked at; it
        agrees with what the graph computes to within 1e-5 of the layer's largest value. The layer
        ``probabilities`` is always what the graph computes: the card's temperature belongs to
        predictions alone.

        Args:
            tensor: float32, one image: (1, C, H, W).
            cancellation: Stops the run from another thread.
            names: Only these layers; all of the model's when None.
            exact: Deliver every layer from the run, and derive none: for proofs and for figures
                that leave the program. Takes half as long again, and a session of its own.

        Raises:
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """
        wanted = list(names or (layer.name for layer in self.model.layers))
        if exact or not self._tap_plan().formulas:
            values, run_ms = self._run("exact", wanted, tensor, cancellation)
            maps = {name: _as_maps(value) for name, value in zip(wanted, values, strict=True)}
            return Activations(values=MappingProxyType(maps), run_ms=run_ms)
        plan = self._tap_plan()
        taps = plan.sources(wanted)
        values, run_ms = self._run("lean", taps, tensor, cancellation)
        if any(value.dtype != np.float32 for value in values):
            # The graph rounds every layer to what it computes with; float32 would not.
            self._plan = TapPlan(taps=tuple(layer.name for layer in self.model.layers))
            return self.activations(tensor, cancellation, names=wanted)
        tapped = {name: _as_maps(value) for name, value in zip(taps, values, strict=True)}
        derived = DerivedActivations(tapped, plan.formulas, names=wanted)
        return Activations(values=derived, run_ms=run_ms)

    def activations_of_each(
        self, batch: Tensor, cancellation: Cancellation | None = None
    ) -> tuple[Mapping[str, Tensor], ...]:
        """Every named activation of several images, as the graph computes them: from one run.

        Such a run reads the weights once for all of them. A file that takes single images, or
        fails with several, is run for each.

        Args:
            batch: float32 (N, C, H, W) or as the model's layout says.
            cancellation: Stops the run from another thread.

        Returns:
            Per image layer → float32 (C, H, W), read-only, in the memory of all N.

        Raises:
            RunError: ONNX Runtime failed, on CPU too.
            Cancelled: The switch was thrown.
        """
        names = [layer.name for layer in self.model.layers]
        if len(batch) > 1 and not self._takes_single_images():
            with contextlib.suppress(RunError):
                values, _ = self._run("exact", names, batch, cancellation)
                if all(len(value) == len(batch) for value in values):
                    named = list(zip(names, values, strict=True))
                    return tuple(
                        MappingProxyType({name: _as_maps(value[at:]) for name, value in named})
                        for at in range(len(batch))
                    )
        return tuple(
            self.activations(batch[at : at + 1], cancellation, exact=True).values
            for at in range(len(batch))
        )

    def _scores(self, batch: Tensor, cancellation: Cancellation | None) -> Tensor:
        """What the output gives, float32 (N, classes)."""
        (values,), _ = self._run("plain", [self.model.output_name], batch, cancellation)
        if len(batch) > 1 and len(values) != len(batch):  # mixed: a softmax may run over all
            singles = np.split(batch, len(batch))
            return np.concatenate([self._scores(single, cancellation) for single in singles])
        classes, found = len(self.model.labels), values.size // len(batch)
        if found != classes:
            raise RunError(
                f"cannot run {self.model.name}",
                why=f"it gives {found} scores for {classes} labels",
                remedy="Give one label per class, in the order of the model's output.",
            )
        return values.reshape(-1, classes).astype(np.float32, copy=False)

    def _open(self, choice: ProviderChoice) -> tuple[Session, Provider]:
        if choice == "cpu":
            return self._on_cpu("asked for", gpu_unused=False)
        session, provider = open_on_cuda(self.runtime, str(self.model.path), choice)
        if session is not None:
            refuse_another(self.model)
            return session, provider
        return self._load_on_cpu(), provider

    def _on_cpu(self, reason: str, *, gpu_unused: bool = True) -> tuple[Session, Provider]:
        return self._load_on_cpu(), Provider(name="cpu", reason=reason, gpu_unused=gpu_unused)

    def _load_on_cpu(self) -> Session:
        try:
            session = self.runtime.session(str(self.model.path), (providers.CPU,))
        except ORT_ERRORS as error:
            raise ModelUnreadableError(
                f"cannot load the model {self.model.path.name}",
                why=f"ONNX Runtime refuses it ({first_line(error)})",
                remedy="Export it again, for a current opset.",
            ) from error
        refuse_another(self.model)
        return session

    def _tap_plan(self) -> TapPlan:
        if self._plan is None:
            graph, layers = read_again(self.model), self.model.layers
            constants = constant_values(graph, parameter_names(graph, layers), self.runtime)
            self._plan = plan_taps(graph, layers, constants)
        return self._plan

    def _tapped_session(self, view: _View) -> Session:
        if view == "exact":
            names = tuple(layer.name for layer in self.model.layers)
            return self.kept.get(self._mine, view, lambda: lambda: self._tap(names))
        if self._lean is None:
            self._lean = self._tap(self._tap_plan().taps)
        return self._lean

    def _tap(self, names: Sequence[str]) -> Session:
        content = with_taps(read_again(self.model), names).SerializeToString()
        wanted = providers.preferred(self.provider)
        # Not translated: what fails on a GPU here is retried on the CPU, like a run.
        session = self.runtime.session(content, wanted)
        if wanted[0] == providers.CUDA and providers.CUDA not in session.get_providers():
            self._plain, self.provider = self._on_cpu("CUDA did not load for the activations")
        return session

    def _run(
        self,
        view: _View,
        names: Sequence[str],
        tensor: Tensor,
        cancellation: Cancellation | None,
    ) -> tuple[list[NDArray[Any]], float]:
        """The named tensors and the run's own milliseconds, after one fall back if need be."""
        switch = cancellation or Cancellation()
        return run_or_fall_back(
            lambda: self._run_once(view, names, tensor, switch),
            switch=switch,
            on_gpu=lambda: self.provider.name == "cuda",
            to_cpu=self._leave_gpu,
            failure=self._run_error,
        )

    def _run_once(
        self, view: _View, names: Sequence[str], tensor: Tensor, switch: Cancellation
    ) -> tuple[list[NDArray[Any]], float]:
        session = self._plain if view == "plain" else self._tapped_session(view)
        return run_once(session, names, tensor, switch)

    def _leave_gpu(self, why: str) -> None:
        self._plain, self.provider = self._on_cpu(f"CUDA failed ({why})")
        self._lean = None
        self.kept.let_go(self._mine)

    def _takes_single_images(self) -> bool:
        return bool(self._plain.get_inputs()[0].shape[0] == 1)

    def _run_error(self, why: str) -> RunError:
        return RunError(
            f"cannot run {self.model.name}",
            why=why,
            remedy="Try --provider cpu, or another image size or model.",
        )


def _strict_remedy(provider: Provider) -> str:
    """What to do instead, and about the GPU where something can be done."""
    instead = "Use --provider cpu or auto, or see 'residual-lens doctor'."
    if provider.remedy is None or not provider.gpu_unused:
        return instead
    command = f": {provider.remedy.command}" if provider.remedy.command else ""
    return f"{provider.remedy.what}{command}. {instead}"


def _as_maps(value: NDArray[Any]) -> Tensor:
    one = np.asarray(value[0], dtype=np.float32)
    return read_only(one.reshape(-1, 1, 1) if one.ndim == 1 else one)
