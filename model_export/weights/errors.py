"""Why weights of others cannot be imported."""

from desktop_app.core.errors import LensError


class WeightsError(LensError):
    """The file holds no weights, damaged ones, or more than weights."""

    code = "weights-unreadable"


class MisfitError(WeightsError):
    """The weights are those of another network.

    Attributes:
        tensor: The first, in the order of computation, that does not fit; under its name in the
            file. Empty where the network's description already rules it out.
    """

    code = "weights-do-not-fit"
    tensor: str = ""


class WrongImportError(LensError):
    """The call lacks something that the file does not bring, or contradicts it."""

    code = "import-wrong"


def misfit(file: str, tensor: str, why: str, *, remedy: str = "") -> MisfitError:
    """Make the error about one tensor (or, where empty, about the network) of a file."""
    error = MisfitError(
        f"cannot import {file}",
        why=f"{tensor} {why}" if tensor else why,
        remedy=remedy
        or "Give the weights of a plain ResNet-50, -101 or -152 with its last layer; what fits is "
        "listed in docs/importing-weights.md.",
    )
    error.tensor = tensor
    return error
