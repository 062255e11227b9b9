"""The recipe on the command line: its name, and every setting as an option of its own."""

import argparse
import inspect
import textwrap
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from model_export.recipes import RECIPES, Recipe, find_recipe


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Declare ``--recipe`` and one option per setting."""
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


def read_recipe(args: argparse.Namespace) -> Recipe:
    """The named recipe with what the call says instead.

    Raises:
        RecipeError: A setting is impossible.
    """
    given = {setting.name: getattr(args, setting.name) for setting in fields(Recipe)}
    changes = {name: value for name, value in given.items() if value is not None}
    return find_recipe(args.recipe, changes)


def setting_texts() -> dict[str, str]:
    """What each setting of :class:`Recipe` is, from its docstring: name → text on one line."""
    _, attributes = (inspect.getdoc(Recipe) or "").split("Attributes:\n")
    texts: dict[str, str] = {}
    for line in textwrap.dedent(attributes).splitlines():
        if not line.startswith(" "):
            name, _, text = line.partition(": ")
            texts[name] = text
        else:
            texts[name] += f" {line.strip()}"
    return texts


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
