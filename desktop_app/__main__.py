"""The command line: which command, which arguments, nothing else.

Without a command's name the window opens. Qt is imported only then: headless commands start
quickly and need no display.
"""

import argparse
import errno
import gc
import importlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop_app import __version__, display, paths, portable
from desktop_app.core.console import drop_output
from desktop_app.core.errors import (
    Cancelled,
    ClassMissingError,
    ContradictionError,
    LayerMissingError,
    LensError,
    ModelMissingError,
    OutputError,
)
from desktop_app.cuda_choice import CUDA_FOLDER_HELP
from desktop_app.qt_imports import import_qt
from desktop_app.session_bus import start_no_bus

if TYPE_CHECKING:
    from desktop_app.first_process import Standing

COMMANDS: Final = ("classify", "layers", "activations", "explain", "render", "models", "doctor")
_PORTABLE: Final = "--portable"
_EXIT_OK: Final = 0
_EXIT_FAILED: Final = 1
_EXIT_WRONG_CALL: Final = 2
_EXIT_INTERRUPTED: Final = 130
# Not the provider: the same call is right on another machine.
_WRONG_CALLS: Final = (ModelMissingError, LayerMissingError, ClassMissingError, ContradictionError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``residual-lens``; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Pillow logs what it then also raises.
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    words, is_portable = _take_portable(words)
    if words and words[0] in COMMANDS:
        return _run_command(words[0], words[1:], is_portable=is_portable)
    return _open_window(words, is_portable=is_portable)


def _take_portable(words: Sequence[str]) -> tuple[list[str], bool]:
    """Take ``--portable`` out, wherever it stands before ``--``: also before a command's name."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != _PORTABLE]
    return [*kept, *words[end:]], len(kept) < end


def _parse(
    parser: argparse.ArgumentParser, words: Sequence[str], *, is_portable: bool, keeps: bool
) -> argparse.Namespace:
    """Parse the words, and choose where everything is kept before anything asks for it."""
    parser.add_argument(
        _PORTABLE,
        action="store_true",
        help="keep settings, models and logs in one folder beside the program",
    )
    parsed = parser.parse_args(words)
    try:
        portable.begin(asked=is_portable or parsed.portable, keeps=keeps)
    except OutputError as error:
        parser.exit(_EXIT_WRONG_CALL, f"residual-lens: {error}\n")
    return parsed


def _run_command(name: str, words: Sequence[str], *, is_portable: bool) -> int:
    command = importlib.import_module(f"desktop_app.commands.{name}")
    gc.enable()  # which the frozen program has not been until here
    parser = argparse.ArgumentParser(
        prog=f"residual-lens {name}", description=f"{command.SUMMARY.capitalize()}."
    )
    command.add_arguments(parser)
    parsed = _parse(parser, words, is_portable=is_portable, keeps=False)
    try:
        status: int = command.run(parsed)
        sys.stdout.flush()
    except LensError as error:
        print(f"residual-lens: {error}", file=sys.stderr)  # noqa: T201 - the command line speaks
        return _EXIT_WRONG_CALL if isinstance(error, _WRONG_CALLS) else _EXIT_FAILED
    except (KeyboardInterrupt, Cancelled):
        print("residual-lens: stopped", file=sys.stderr)  # noqa: T201
        return _EXIT_INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return _EXIT_FAILED
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EIO}:
            raise
        drop_output()  # Python would try once more at its end
        print(f"residual-lens: cannot write the output: {error.strerror}", file=sys.stderr)  # noqa: T201
        return _EXIT_FAILED
    return status


def _misspelt_command(words: Sequence[Path]) -> str | None:
    """What the first word may have meant, if it names no file: ``clasify`` is no picture."""
    if not words or words[0].exists():
        return None
    import difflib  # noqa: PLC0415 - only for a wrong call

    close = difflib.get_close_matches(str(words[0]), COMMANDS, n=1, cutoff=0.75)
    return close[0] if close else None


def _is_mere_word(words: Sequence[Path]) -> bool:
    """Whether the first word neither names a file nor looks like one: ``frobnicate``."""
    if not words or words[0].exists():
        return False
    return len(words[0].parts) == 1 and not words[0].suffix


def _open_window(words: Sequence[str], *, is_portable: bool) -> int:
    parser = argparse.ArgumentParser(
        prog="residual-lens",
        description="See what a residual network does with your own picture.",
        epilog=f"Commands without a window: {', '.join(COMMANDS)}. "
        "'residual-lens COMMAND --help' tells more.",
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="pictures, folders, .onnx model files"
    )
    parser.add_argument("--model", metavar="M", help="a listed name or a path to an .onnx file")
    parser.add_argument(
        "--provider",
        choices=("auto", "cpu", "cuda"),
        default=None,
        help="auto takes CUDA if it really loads, else the CPU (default: as chosen last)",
    )
    parser.add_argument("--cuda-folder", type=Path, metavar="FOLDER", help=CUDA_FOLDER_HELP)
    parser.add_argument(
        "--new-instance",
        action="store_true",
        help="open a window of its own, also when there is one that would take the files",
    )
    parser.add_argument("--version", action="version", version=f"residual-lens {__version__}")
    parsed = _parse(parser, words, is_portable=is_portable, keeps=True)
    if command := _misspelt_command(parsed.paths):
        parser.error(f"no file and no command is called {parsed.paths[0]}; is it '{command}'?")
    if obstacle := display.obstacle():
        if _is_mere_word(parsed.paths):
            parser.exit(
                _EXIT_WRONG_CALL,
                f"residual-lens: no file and no command is called {parsed.paths[0]}; "
                f"the commands are {', '.join(COMMANDS)}\n",
            )
        print(  # noqa: T201 - the command line speaks
            f"residual-lens: {obstacle}; without one, use "
            + ", ".join(f"'residual-lens {command}'" for command in COMMANDS),
            file=sys.stderr,
        )
        return _EXIT_WRONG_CALL
    try:
        standing = _standing(parsed)
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    if standing is None:
        return _EXIT_OK
    start_no_bus()
    gc.disable()  # until the window is there: nothing is garbage yet, and looking takes 5 ms
    import_qt()
    from desktop_app.app import open_window  # noqa: PLC0415 - Qt, only for the window

    try:
        return open_window(
            tuple(parsed.paths),
            model=parsed.model,
            provider=parsed.provider,
            cuda_folder=parsed.cuda_folder,
            standing=standing,
        )
    finally:
        gc.enable()


def _standing(parsed: argparse.Namespace) -> "Standing | None":
    """Whether a window is to be opened here; None when one that is open has taken the files."""
    from desktop_app import first_process as first  # noqa: PLC0415 - only for the window

    if parsed.new_instance:
        return first.Standing()
    start = first.start_from_here(
        parsed.paths,
        model=parsed.model,
        provider=parsed.provider,
        cuda_folder=parsed.cuda_folder,
    )
    return first.claim(paths.runtime_folder(), start)


if __name__ == "__main__":
    sys.exit(main())
