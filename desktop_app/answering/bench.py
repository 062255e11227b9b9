"""What the areas of the worker share: the open model's sessions, and the way out for replies."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from desktop_app import paths
from desktop_app.answering.indexing import Indexing
from desktop_app.answering.scores import Scores
from desktop_app.core import freed_memory
from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.errors import ModelMissingError
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import Image, Tensor
from desktop_app.core.sessions import ModelSessions
from desktop_app.messages.base import Reply, Request

Answer: TypeAlias = Callable[[Any, Cancellation], Iterator[None] | None]
"""Answers a request at once and gives None, or gives an iterator that answers it step by step, so
that what is more urgent goes in between. Raises :class:`~desktop_app.core.errors.Cancelled` when
the switch was thrown; what was delivered before stays good."""

Table: TypeAlias = Mapping[type[Request], Answer]
"""What an area answers, by the type of the request."""


class Bench:
    """Belongs to the worker's thread.

    Attributes:
        deliver: Takes every reply.
        model_folders: Where models are looked for.
        runtime: ONNX Runtime.
        sessions: Those of the open model; None while none is open.
        scores: What the open model said of the images so far.
        index: Of all loaded images.
        leaving: Called when another model is opened: what an area made for the one before goes.
        has_freed: Whether sessions were let go and none was made since.
    """

    def __init__(
        self, deliver: Callable[[Reply], None], model_folders: tuple[Path, ...], runtime: Runtime
    ) -> None:
        self.deliver = deliver
        self.model_folders = model_folders
        self.runtime = runtime
        self.sessions: ModelSessions | None = None
        self.scores = Scores()
        self.leaving: list[Callable[[], None]] = []
        self.has_freed = False
        self._sessions_made = 0
        self._gradients: GradientSessions | None = None
        self._derivatives: Derivatives | None = None
        self._latest: tuple[Image, Tensor] | None = None
        self.index = Indexing(deliver, paths.index_folder())

    def need_sessions(self) -> ModelSessions:
        """The sessions of the open model.

        Raises:
            ModelMissingError: None is open.
        """
        if self.sessions is None:
            raise ModelMissingError(
                "cannot classify", why="no model is open", remedy="Open a model first."
            )
        return self.sessions

    def need_gradients(self) -> GradientSessions:
        """The derivative of the open model.

        Raises:
            ModelMissingError: None is open.
        """
        sessions = self.need_sessions()
        if self._gradients is None:
            self._gradients = GradientSessions(
                sessions.model, sessions.provider, runtime=self.runtime, kept=sessions.kept
            )
        return self._gradients

    def need_derivatives(self) -> Derivatives:
        """What explains classes of the open model.

        Raises:
            ModelMissingError: None is open.
        """
        if self._derivatives is None:
            self._derivatives = Derivatives(self.need_gradients())
        return self._derivatives

    def open(self, sessions: ModelSessions) -> None:
        """Work with another model from now on, and let go what was made for the one before."""
        self.sessions = sessions
        self._gradients = self._derivatives = self._latest = None
        self.scores.forget()
        for let_go in self.leaving:
            let_go()

    def rest(self) -> None:
        """Give memory back that sessions left behind; to be called when nothing is asked."""
        if self.has_freed or self._sessions_made != self.runtime.sessions_made:
            self.has_freed, self._sessions_made = False, self.runtime.sessions_made
            freed_memory.give_back()

    def keep_tensor(self, image: Image, tensor: Tensor) -> None:
        """Keep the input tensor of the picture that is being looked at, in place of the last."""
        self._latest = (image, tensor)

    def tensor_of(self, image: Image) -> Tensor:
        """The input tensor of a picture for the open model; the kept one is not made again.

        Raises:
            ModelMissingError: None is open.
        """
        if self._latest is None or self._latest[0] is not image:
            tensor = preprocess(image, self.need_sessions().model.preprocessing)
            self._latest = (image, tensor)
        return self._latest[1]
