"""A window and a worker on paper: they only write down what a controller tells them."""

from typing import TypeVar

from desktop_app.core.records import Pixels
from desktop_app.messages.base import Request
from desktop_app.state import LensState

R = TypeVar("R", bound=Request)


class Paper:
    """Display and worker in one, for a :class:`~desktop_app.conversation.Conversation`.

    Attributes:
        states: What was to be rendered, the newest last.
        requests: What was submitted, the newest last.
        cancelled: Types of requests that were to be stopped.
        thumbnails: By the numbers of their entries.
        clipboard: The text that was copied last.
        picture: The picture that was copied last, and its PNG.
    """

    def __init__(self) -> None:
        self.states: list[LensState] = []
        self.requests: list[Request] = []
        self.cancelled: list[type[Request]] = []
        self.thumbnails: dict[int, Pixels] = {}
        self.clipboard = ""
        self.picture: tuple[Pixels, bytes] | None = None

    def render(self, state: LensState) -> None:
        self.states.append(state)

    def set_thumbnail(self, number: int, pixels: Pixels) -> None:
        self.thumbnails[number] = pixels

    def set_clipboard_text(self, text: str) -> None:
        self.clipboard = text

    def set_clipboard_picture(self, pixels: Pixels, png: bytes) -> None:
        self.picture = pixels, png

    def submit(self, request: Request) -> None:
        self.requests.append(request)

    def cancel(self, kind: type[Request]) -> None:
        self.cancelled.append(kind)

    def asked(self, kind: type[R]) -> list[R]:
        """All requests of a type."""
        return [request for request in self.requests if isinstance(request, kind)]

    def last(self, kind: type[R]) -> R:
        """The newest request of a type."""
        return self.asked(kind)[-1]

    def take(self, kind: type[R]) -> R:
        """The only request of a type since the last time."""
        (found,) = self.asked(kind)
        self.requests.clear()
        return found
