"""The build step's command line: which command, which arguments, nothing else.

Each command is a module with ``add_arguments(subparsers)``, which sets its ``run(args) -> int`` as
default. Command modules import torch and the like inside ``run``, so that help is quick.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final, cast

from desktop_app.core.console import drop_output
from desktop_app.core.errors import LensError
from model_export import (
    build_extra,
    describe,
    doubt_command,
    evaluate,
    export,
    gradient_flow_command,
    import_weights,
    report,
    train,
    verify,
)
from model_export.datasets import WrongDataSetError
from model_export.presets import PresetError
from model_export.recipes import RecipeError
from model_export.weights.errors import WrongImportError

COMMANDS: Final = (
    describe,
    train,
    evaluate,
    export,
    verify,
    report,
    import_weights,
    gradient_flow_command,
    doubt_command,
)
_WRONG_CALLS: Final = (PresetError, RecipeError, WrongDataSetError, WrongImportError)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 on success, 1 when it failed, 2 for a wrong call or a library that is not
        installed, 130 when interrupted.
    """
    parser = argparse.ArgumentParser(
        prog="model-export", description="Define, train, export and prove the network."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_arguments(subparsers)
    args = parser.parse_args(argv)
    try:
        status = cast("int", args.run(args))
        sys.stdout.flush()
    except LensError as error:
        print(f"model-export: {error}", file=sys.stderr)
        return 2 if isinstance(error, _WRONG_CALLS) else 1
    except ModuleNotFoundError as error:
        if (advice := build_extra.advice(error)) is None:
            raise
        print(f"model-export: {advice}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        drop_output()
        return 1
    except KeyboardInterrupt:
        print("model-export: interrupted", file=sys.stderr)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
