"""What can be wrong with a model file: one error per step of the proof, each naming a layer."""

from desktop_app.core.errors import LensError


class VerificationError(LensError):
    """The file does not compute what the checkpoint does.

    Attributes:
        layer: The first layer, in the order of computation, that is wrong; empty for the file.
    """

    code = "verification-failed"
    layer: str = ""


class NamesDifferError(VerificationError):
    """A layer is missing from the file, or is something else there."""

    code = "names-differ"


class AxesDifferError(VerificationError):
    """The batch is not dynamic, or something else is."""

    code = "axes-differ"


class ShapesDifferError(VerificationError):
    """A layer's activation has another shape."""

    code = "shapes-differ"


class WeightsDifferError(VerificationError):
    """A stored weight is not the checkpoint's."""

    code = "weights-differ"


class ValuesDifferError(VerificationError):
    """A layer computes other values."""

    code = "values-differ"


class RoundingError(VerificationError):
    """Rounding the weights for storage changes what the network says."""

    code = "rounding-too-coarse"

    def __init__(self, why: str) -> None:
        super().__init__(
            "the model file's rounded weights do not classify as the checkpoint's own do",
            why=why,
            remedy="Store finer: --weights float16, or --weights float32, which rounds nothing.",
        )


class AccuracyDiffersError(VerificationError):
    """The file's answers on a split differ from the checkpoint's by more than storage may cost."""

    code = "accuracy-differs"

    def __init__(self, why: str) -> None:
        super().__init__(
            "the model file is not as accurate as its checkpoint",
            why=why,
            remedy="Store finer: --weights float16, or --weights float32, which rounds nothing.",
        )


def mismatch(kind: type[VerificationError], layer: str, why: str) -> VerificationError:
    """Make an error of that kind about a layer."""
    error = kind(
        "the model file does not compute what the checkpoint does",
        why=f"{layer}: {why}" if layer else why,
        remedy="Export the checkpoint again; if that fails too, report it as a fault.",
    )
    error.layer = layer
    return error
