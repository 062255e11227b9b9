"""Recipes: frozen settings with checked ranges."""

from dataclasses import fields
from typing import Any

import pytest

from model_export.recipe_options import setting_texts
from model_export.recipes import (
    RECIPES,
    Recipe,
    RecipeError,
    find_recipe,
    recipe_from_dict,
)


def test_each_survives_a_trip_through_plain_values() -> None:
    for recipe in RECIPES.values():
        assert recipe_from_dict(recipe.as_dict()) == recipe


def test_changes_replace_settings_and_nothing_else() -> None:
    changed = find_recipe("signs", {"epochs": 3})
    assert changed.as_dict() == RECIPES["signs"].as_dict() | {"epochs": 3}


@pytest.mark.parametrize(
    "setting",
    [
        {"epochs": 0},
        {"batch_size": 1},
        {"peak_rate": 0.0},
        {"warm_up": 1.0},
        {"momentum": 1.0},
        {"weight_decay": -1.0},
        {"clip_norm": -1.0},
        {"label_smoothing": 1.0},
        {"average_decay": 1.0},
        {"rotation_degrees": 181.0},
        {"scale": 1.0},
        {"shift": -0.1},
        {"colour": 1.0},
        {"mixup_alpha": -0.1},
        {"hold_out": 1.0},
        {"weights": "best"},
        {"weights": "averaged", "average_decay": 0.0},
    ],
    ids=str,
)
def test_impossible_settings_are_named(setting: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match=next(iter(setting)).replace("_", " ")):
        find_recipe("default", setting)


def test_unknown_names_and_settings_are_errors() -> None:
    with pytest.raises(RecipeError, match="default, signs"):
        find_recipe("sign", {})
    with pytest.raises(RecipeError, match="unknown settings: cutout"):
        recipe_from_dict({"cutout": 1})


def test_every_setting_is_explained_on_the_command_line() -> None:
    texts = setting_texts()
    assert list(texts) == [field.name for field in fields(Recipe)]
    assert all(len(text) > 10 and "\n" not in text for text in texts.values())
