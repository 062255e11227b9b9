"""``model-export train``: the command around :mod:`model_export.training`."""

import argparse
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from desktop_app.core.errors import OutputError, ProviderError
from model_export.datasets import DataSet, Split, WrongDataSetError, hold_out, read_data_set
from model_export.presets import PRESETS, find_preset
from model_export.recipes import RECIPES, Recipe, find_recipe, setting_texts


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser("train", help="train a network on a data set")
    parser.set_defaults(run=run)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data set")
    parser.add_argument(
        "--preset", choices=PRESETS, required=True, help="which variant of the network"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="for checkpoints and history"
    )
    parser.add_argument("--resume", action="store_true", help="continue the run in --output")
    parser.add_argument("--depth", type=int, help="50, 101 or 152")
    parser.add_argument("--image-size", type=int, metavar="S", help="default: the preset's")
    parser.add_argument(
        "--crop-share", type=float, metavar="X", help="centre crop of the shorter side, 0..1"
    )
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    parser.add_argument("--threads", type=int, metavar="N", help="default: torch's choice")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--recipe", choices=RECIPES, default="default", help="a named set of the settings below"
    )
    settings = parser.add_argument_group(
        "settings that replace the recipe's",
        ", ".join(f"{name}: {recipe.epochs} epochs" for name, recipe in RECIPES.items()),
    )
    kinds = get_type_hints(Recipe)
    for name, text in setting_texts().items():
        _add_setting(settings, name, kinds[name], text.replace("%", "%%"))


def run(args: argparse.Namespace) -> int:
    """Train; 0 when the run is complete, 130 when it was interrupted (as shells count SIGINT)."""
    data_set = read_data_set(args.data)
    changes = {
        setting.name: value
        for setting in fields(Recipe)
        if (value := getattr(args, setting.name)) is not None
    }
    recipe = find_recipe(args.recipe, changes)
    preset = find_preset(
        args.preset,
        depth=args.depth,
        classes=len(data_set.labels),
        image_size=args.image_size,
        crop_share=args.crop_share,
    )
    train, held_out = _training_images(data_set, recipe)

    import torch

    from model_export.interruption import Interruption
    from model_export.prepared_images import prepare
    from model_export.ranks import Ranks
    from model_export.training import Settings, TrainingRun

    if args.threads:
        torch.set_num_threads(args.threads)
    resume = _resolve_output(args.output, resume=args.resume)
    settings = Settings(
        preset=preset,
        recipe=recipe,
        seed=args.seed,
        labels=data_set.labels,
        output=args.output,
        facts=_facts(data_set, args),
    )
    size = max(recipe.first_size, recipe.last_size or preset.image_size)
    with Ranks.joined(_find_device(args.device)) as ranks:
        prepared, prepared_held_out = (
            prepare(split, seen.preprocessing(), progress=ranks.first, scratch=args.output)
            for split, seen in ((train, replace(preset, image_size=size)), (held_out, preset))
        )
        training = TrainingRun(settings, prepared, prepared_held_out, ranks=ranks)
        if resume:
            training.resume()
        with Interruption() as interruption:
            complete = training.run(stop=lambda: interruption.requested)
    if not complete:
        if ranks.first:
            where = f"(state in {settings.last_path})"
            print(f"stopped; continue with --resume {where}", file=sys.stderr)
        return 130
    if ranks.first:
        print(f"trained: {settings.best_path}")
    return 0


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


def _add_setting(
    group: Any,  # noqa: ANN401 - argparse's group is private
    name: str,
    kind: Any,  # noqa: ANN401 - a type or a Literal
    text: str,
) -> None:
    flag = f"--{name.replace('_', '-')}"
    if kind is bool:
        group.add_argument(flag, action=argparse.BooleanOptionalAction, help=text)
    elif get_origin(kind) is Literal:
        group.add_argument(flag, choices=get_args(kind), help=text)
    else:
        group.add_argument(flag, type=kind, metavar="N" if kind is int else "X", help=text)


def _resolve_output(output: Path, *, resume: bool) -> bool:
    """Make the folder; say whether there is a run to resume.

    Raises:
        OutputError: It holds a run and ``--resume`` was not given, or it cannot be made.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot use the folder {output}",
            why=str(error),
            remedy="Choose another folder with --output.",
        ) from error
    exists = (output / "last.pt").exists()
    if exists and not resume:
        raise OutputError(
            f"cannot start a run in {output}",
            why="there already is one",
            remedy="Continue it with --resume, or choose another folder with --output.",
        )
    if resume and not exists:
        print(f"nothing to resume in {output}: starting from the beginning", file=sys.stderr)
    return exists


def _facts(data_set: DataSet, args: argparse.Namespace) -> dict[str, Any]:
    """What the card says of the run besides its settings."""
    return {
        "data_set": data_set.name,
        "recipe_name": args.recipe,
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
