"""``model-export train``: the command around :mod:`model_export.training`."""

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.core.errors import LensError, OutputError, ProviderError
from model_export.arguments import at_least
from model_export.datasets import DataSet, Split, WrongDataSetError, hold_out, read_data_set
from model_export.presets import PRESETS
from model_export.recipe_options import add_recipe_options, read_recipe
from model_export.recipes import Recipe, RecipeError

if TYPE_CHECKING:
    from model_export.prepared_images import LabelledPixels
    from model_export.run_settings import Settings


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser("train", help="train a network on a data set")
    parser.set_defaults(run=run)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data set")
    parser.add_argument(
        "--preset", choices=PRESETS, help="which variant of the network; with --init, the file's"
    )
    parser.add_argument(
        "--init",
        type=Path,
        metavar="FILE",
        help="start from these weights (best.pt, last.pt or .onnx), also of other classes",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="for checkpoints and history"
    )
    parser.add_argument("--resume", action="store_true", help="continue the run in --output")
    parser.add_argument("--depth", type=int, help="50, 101 or 152")
    parser.add_argument(
        "--image-size", type=int, metavar="S", help="default: the preset's, or that of --init"
    )
    parser.add_argument(
        "--crop-share", type=float, metavar="X", help="centre crop of the shorter side, 0..1"
    )
    parser.add_argument("--seed", type=at_least(0), default=0, help="default: 0")
    parser.add_argument("--licence", default="", help="of the weights, for the model's card")
    parser.add_argument("--threads", type=at_least(1), metavar="N", help="default: torch's choice")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--deterministic",
        action="store_true",
        help="the same bits on every run, also on a GPU; slower (see docs/training.md)",
    )
    add_recipe_options(parser)


def run(args: argparse.Namespace) -> int:
    """Train; 0 when the run is complete, 130 when it was interrupted (as shells count SIGINT)."""
    data_set = read_data_set(args.data)
    recipe = read_recipe(args)
    resume = _may_resume(args.output, resume=args.resume)
    train, held_out = _training_images(data_set, recipe)

    import torch

    from model_export.determinism import choose_algorithms
    from model_export.interruption import Interruption
    from model_export.ranks import Ranks
    from model_export.run_settings import Settings
    from model_export.shared_preparation import prepare_together
    from model_export.starting_point import NetworkWish, find_start
    from model_export.training import TrainingRun

    if args.threads:
        torch.set_num_threads(args.threads)
    choose_algorithms(deterministic=args.deterministic)
    start = find_start(
        NetworkWish(
            preset=args.preset,
            depth=args.depth,
            image_size=args.image_size,
            crop_share=args.crop_share,
        ),
        classes=len(data_set.labels),
        init=args.init,
        begun=args.output / "last.pt" if resume else None,
    )
    if not resume:
        _see_that_something_is_kept(recipe, args.init)
    device = _find_device(args.device)
    _make(args.output)
    settings = Settings(
        preset=start.preset,
        recipe=recipe,
        seed=args.seed,
        labels=data_set.labels,
        output=args.output,
        facts={**_facts(data_set, args), "held_out": held_out.name},
        initial=start.initial,
        preprocessing=start.preprocessing,
    )
    size = max(recipe.first_size, recipe.last_size or start.preset.image_size)
    with Ranks.joined(device) as ranks:
        prepared, prepared_held_out = (
            prepare_together(split, seen, ranks=ranks, scratch=args.output)
            for split, seen in (
                (train, start.preprocessing_at(size)),
                (held_out, start.preprocessing),
            )
        )
        training = TrainingRun(settings, prepared, prepared_held_out, ranks=ranks)
        if resume:
            training.resume()
        elif args.resume and ranks.first:
            print(f"nothing to resume in {args.output}: starting anew", file=sys.stderr)
        with Interruption() as interruption:
            complete = training.run(stop=lambda: interruption.requested)
    if not complete:
        if ranks.first:
            where = f"(state in {settings.last_path})"
            print(f"stopped; continue with --resume {where}", file=sys.stderr)
        return 130
    if ranks.first:
        _conclude(settings, prepared_held_out, data_set)
    return 0


def _conclude(settings: "Settings", held_out: "LabelledPixels", data_set: DataSet) -> None:
    """Fit the temperature of what the run offers on the images that it watched; write its report.

    A run whose report fails is a complete run all the same.

    Raises:
        OutputError: The checkpoint cannot be written.
    """
    from model_export.calibrating import calibrate_checkpoint
    from model_export.checkpoints import load_checkpoint, save_checkpoint
    from model_export.report import write_report

    best = load_checkpoint(settings.best_path)
    if len(held_out):
        on = f"{data_set.name} {settings.facts['held_out']}"
        best = calibrate_checkpoint(best, held_out, on=on)
        save_checkpoint(best, settings.best_path)
    print(f"trained: {settings.best_path}")
    if not len(held_out) and "test" not in data_set.splits:
        return
    try:
        report = settings.output / "report.html"
        write_report(settings.output, data_set, report, progress=sys.stderr.isatty())
    except LensError as error:
        print(f"warning: no report: {error}; see model-export report", file=sys.stderr)


def _training_images(data_set: DataSet, recipe: Recipe) -> tuple[Split, Split]:
    """Images to train on and images to watch; the latter may be none.

    Raises:
        WrongDataSetError: There is nothing to train on.
    """
    train = data_set.splits.get("train")
    if train is None or len(train) < 2:
        raise WrongDataSetError(
            f"cannot train on {data_set.name}",
            why=f"the number of its training images is {len(train or ())}",
            remedy="Put images into every class's folder under train/.",
        )
    if "val" in data_set.splits:
        return train, data_set.split("val")
    return hold_out(train, recipe.hold_out)


def _find_device(choice: str) -> str:
    """Say where to train.

    Raises:
        ProviderError: CUDA was asked for and is not there.
    """
    import torch

    available = torch.cuda.is_available()
    if choice == "cuda" and not available:
        raise ProviderError(
            "cannot train on CUDA",
            why="PyTorch finds no usable NVIDIA GPU",
            remedy="Leave --device out, or install a CUDA build of PyTorch.",
        )
    return "cuda" if available and choice != "cpu" else "cpu"


def _may_resume(output: Path, *, resume: bool) -> bool:
    """Say whether there is a run to resume.

    Raises:
        OutputError: There is one and ``--resume`` was not given.
    """
    exists = (output / "last.pt").exists()
    if exists and not resume:
        raise OutputError(
            f"cannot start a run in {output}",
            why="there already is one",
            remedy="Continue it with --resume, or choose another folder with --output.",
        )
    return exists


def _see_that_something_is_kept(recipe: Recipe, init: Path | None) -> None:
    """Refuse to freeze what the seed has made.

    Raises:
        RecipeError: The recipe freezes a part, and there is nothing to keep in it.
    """
    if recipe.frozen != "none" and init is None:
        raise RecipeError(
            "cannot train with these settings",
            why=f"frozen is {recipe.frozen!r}, which would keep random weights as they are",
            remedy="Name a trained network with --init, or add --frozen none.",
        )


def _make(output: Path) -> None:
    """Make the folder.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot use the folder {output}",
            why=str(error),
            remedy="Choose another folder with --output.",
        ) from error


def _facts(data_set: DataSet, args: argparse.Namespace) -> dict[str, Any]:
    """What the card says of the run besides its settings."""
    return {
        "data_set": data_set.name,
        "recipe_name": args.recipe,
        "licence": args.licence,
        "commit": _commit(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _commit() -> str:
    """The commit of this source tree, empty outside a repository."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the person uses
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()
