"""The errors a person may meet. Each says what failed, why, and what to do.

Raised where the knowledge lives; third-party errors are translated once, at the boundary that
calls the third party. The ``code`` is stable and stands in ``classify --format json``.
"""

from typing import ClassVar


class LensError(Exception):
    """Base of every expected failure.

    Attributes:
        what: The failed action, a sentence without its full stop ("cannot open cat.jpg").
        why: The cause, in the user's terms ("the file ends in the middle of the picture").
        remedy: What to do about it ("Save or download it again.").
    """

    code: ClassVar[str] = "error"

    def __init__(self, what: str, *, why: str, remedy: str) -> None:
        self.what = what
        self.why = why
        self.remedy = remedy
        super().__init__(f"{what}: {why}. {remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a trip between processes although ``__init__`` has keyword-only arguments."""
        return (_restore, (type(self), self.what, self.why, self.remedy))


def _restore(kind: type[LensError], what: str, why: str, remedy: str) -> LensError:
    return kind(what, why=why, remedy=remedy)


class ImageMissingError(LensError):
    """There is no file at the path."""

    code = "image-missing"


class ImageUnreadableError(LensError):
    """The bytes are no picture, or a damaged one."""

    code = "image-unreadable"


class ImageTooLargeError(LensError):
    """The picture would need more memory than one picture may take."""

    code = "image-too-large"


class ModelMissingError(LensError):
    """There is no model of that name or at that path."""

    code = "model-missing"


class ModelUnreadableError(LensError):
    """The file is no ONNX model, is damaged, or lacks a part."""

    code = "model-unreadable"


class NotAClassifierError(LensError):
    """An ONNX model, but not one image in and one score per class out."""

    code = "not-a-classifier"


class CardError(LensError):
    """The card in the model file does not fit the schema or the graph."""

    code = "card-invalid"


class LabelsError(CardError):
    """The labels cannot be read, or there is not one per class."""


class ContradictionError(LensError):
    """What the call gives contradicts the model it names."""

    code = "call-contradicts-model"


class LayerMissingError(LensError):
    """The model has no layer of that name."""

    code = "layer-missing"


class ViewFileError(LensError):
    """The file is no view, or what it is about cannot be found."""

    code = "view-invalid"


class NotClassifiedError(LensError):
    """The image has not been classified yet."""

    code = "not-classified"


class InterventionError(LensError):
    """A place of the network cannot be switched off or scaled."""

    code = "cannot-intervene"


class ProviderError(LensError):
    """The asked-for execution provider cannot run here."""

    code = "provider-unavailable"


class RunError(LensError):
    """ONNX Runtime failed while running a model."""

    code = "run-failed"


class GradientError(LensError):
    """The derivative of a network, or of one of its layers, cannot be had."""

    code = "gradient-unavailable"


class AttributionError(LensError):
    """A method of explanation does not fit the network."""

    code = "attribution-unavailable"


class ClassMissingError(LensError):
    """The model has no class of that name or number."""

    code = "class-missing"


class EvidenceError(LensError):
    """A class's logit cannot be taken apart."""

    code = "evidence-unavailable"


class OutputError(LensError):
    """A result could not be written."""

    code = "output-failed"


class Cancelled(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The work was stopped because a person or the program asked for it."""
