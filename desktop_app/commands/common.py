"""What the headless commands share: naming a model, opening it, writing a result."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from desktop_app import paths
from desktop_app.core import atomic
from desktop_app.core.cuda_libraries import CudaFolders
from desktop_app.core.errors import ContradictionError, LabelsError
from desktop_app.core.foreign_models import (
    PREPROCESSING_NAMES,
    named_preprocessing,
    read_labels,
)
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.records import ChannelOrder, Model
from desktop_app.core.sessions import ModelSessions
from desktop_app.cuda_choice import CUDA_FOLDER_HELP, chosen_folders, remembered_cuda_folder

EXIT_OK: Final = 0
EXIT_SOME_FAILED: Final = 1
EXIT_WRONG_CALL: Final = 2


def model_folders() -> tuple[Path, Path]:
    """Where models are looked for, the person's own first."""
    return paths.user_models(), paths.bundled_models()


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """``--model`` and what a file without a card needs."""
    parser.add_argument("--model", metavar="M", help="a listed name or a path to an .onnx file")
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="labels for a model without a card"
    )
    parser.add_argument(
        "--preprocessing",
        choices=PREPROCESSING_NAMES,
        help="preprocessing for a model without a card",
    )


def add_provider_argument(parser: argparse.ArgumentParser) -> None:
    """``--provider``."""
    parser.add_argument(
        "--provider",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto takes CUDA if it really loads, else the CPU (default: auto)",
    )
    add_cuda_argument(parser)


def add_cuda_argument(parser: argparse.ArgumentParser) -> None:
    """``--cuda-folder``."""
    parser.add_argument("--cuda-folder", type=Path, metavar="FOLDER", help=CUDA_FOLDER_HELP)


def cuda_folders(arguments: argparse.Namespace) -> CudaFolders:
    """Where CUDA's libraries may lie, as the window would look for them."""
    remembered = remembered_cuda_folder(paths.settings_file())
    return chosen_folders(named=arguments.cuda_folder, remembered=remembered)


def open_model(arguments: argparse.Namespace) -> Model:
    """The model that the arguments name, with their labels and preprocessing.

    Raises:
        LensError: Missing, unreadable, no classifier, or labels that do not fit.
    """
    path = find_model(arguments.model, model_folders())
    try:
        labels = None if arguments.labels is None else read_labels(arguments.labels)
        model = load_model(path, labels=labels)
    except LabelsError as error:
        if arguments.labels is None:  # the file's own
            raise
        raise ContradictionError(error.what, why=error.why, remedy=error.remedy) from error
    if arguments.preprocessing is None:
        return model
    if model.card is not None:
        raise ContradictionError(
            f"cannot change the preprocessing of {model.name}",
            why="its card says what it was trained with",
            remedy="Leave --preprocessing out.",
        )
    spec = model.preprocessing
    order: ChannelOrder = "L" if spec.channel_order == "L" else "RGB"
    chosen = named_preprocessing(
        arguments.preprocessing, height=spec.height, width=spec.width, channel_order=order
    )
    chosen = replace(chosen, layout=spec.layout)
    return load_model(path, labels=labels, preprocessing=chosen)


def open_sessions(arguments: argparse.Namespace) -> ModelSessions:
    """Load the named model on the asked-for provider, and say aloud what was assumed.

    Raises:
        LensError: As :func:`open_model`; also when ``--provider cuda`` cannot be had.
    """
    return sessions_of(open_model(arguments), arguments)


def sessions_of(model: Model, arguments: argparse.Namespace) -> ModelSessions:
    """Load a model on the asked-for provider, and say aloud what was assumed.

    Raises:
        LensError: ONNX Runtime refuses it, or ``--provider cuda`` cannot be had.
    """
    for assumption in model.assumptions:
        print(f"{model.name}: {assumption}", file=sys.stderr)
    runtime = Runtime(cuda_folders(arguments))
    return ModelSessions(model, arguments.provider, strict=True, runtime=runtime)


def emit(text: str, output: Path | None) -> None:
    """Print a result, or write it whole to a file.

    Raises:
        OutputError: The file cannot be written.
    """
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    else:
        atomic.write_bytes(output, text.encode())
