"""Recipes: frozen settings with checked ranges."""

from dataclasses import fields
from typing import Any, get_args

import pytest

from model_export.recipe_options import setting_texts
from model_export.recipes import (
    RECIPES,
    Frozen,
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
        {"cutmix_alpha": -0.1},
        {"accumulation": 0},
        {"accumulation": 17},
        {"schedule": "step"},
        {"cool_down": 0.0},
        {"cool_down": 0.76, "schedule": "trapezoid"},
        {"first_size": 31},
        {"first_size": 64, "last_size": 63},
        {"last_size": 31},
        {"growing": 1.1},
        {"crop_area": 0.0},
        {"patience": -1},
        {"precision": "float8"},
        {"hold_out": 1.0},
        {"stage_rate_decay": 0.0},
        {"stage_rate_decay": 1.1},
        {"frozen": "stage6"},
        {"frozen_share": 0.0},
        {"weights": "best"},
        {"weights": "averaged", "average_decay": 0.0},
    ],
    ids=str,
)
def test_impossible_settings_are_named(setting: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match=next(iter(setting)).replace("_", " ")):
        find_recipe("default", setting)


def test_a_long_warm_up_does_not_mind_the_fall_of_another_schedule() -> None:
    assert find_recipe("default", {"warm_up": 0.9, "cool_down": 0.4}).warm_up == 0.9
    edge = {"warm_up": 0.25, "cool_down": 0.75, "schedule": "trapezoid"}
    assert find_recipe("default", edge).rate(0.25) == pytest.approx(
        find_recipe("default", edge).peak_rate
    )


@pytest.mark.parametrize(
    ("setting", "sizes"),
    [
        ({}, [96] * 8),
        ({"last_size": 80}, [80] * 8),
        ({"first_size": 64}, [64, 72, 80, 88, 96, 96, 96, 96]),
        ({"first_size": 40, "last_size": 64}, [40, 48, 48, 56, 64, 64, 64, 64]),
        ({"first_size": 40, "last_size": 70, "growing": 1.0}, [40, 40, 48, 48, 56, 56, 64, 64]),
        ({"first_size": 64, "growing": 0.0}, [96] * 8),
    ],
    ids=str,
)
def test_images_grow_to_their_last_size(setting: dict[str, Any], sizes: list[int]) -> None:
    recipe = find_recipe("default", {"epochs": 8} | setting)
    assert [recipe.size_at(epoch, 96) for epoch in range(8)] == sizes


def test_unknown_names_and_settings_are_errors() -> None:
    with pytest.raises(RecipeError, match="default, fine-tune, signs"):
        find_recipe("sign", {})
    with pytest.raises(RecipeError, match="unknown settings: cutout"):
        recipe_from_dict({"cutout": 1})


def test_every_setting_is_explained_on_the_command_line() -> None:
    texts = setting_texts()
    assert list(texts) == [field.name for field in fields(Recipe)]
    assert all(len(text) > 10 and "\n" not in text for text in texts.values())


def test_parts_are_frozen_for_their_share_of_the_epochs() -> None:
    parts = get_args(Frozen)
    recipes = [Recipe(epochs=4, frozen=part, frozen_share=0.5) for part in parts]
    assert [recipe.frozen_stage(1) for recipe in recipes] == [0, 1, 2, 3, 4, 5]
    assert not any(recipe.frozen_stage(2) for recipe in recipes)
    assert Recipe(epochs=4, frozen="trunk").frozen_stage(3) == 5


def test_each_part_learns_more_slowly_than_the_one_after_it() -> None:
    recipe = Recipe(stage_rate_decay=0.5)
    assert [recipe.stage_rate_share(stage) for stage in (None, 5, 4, 1)] == [1, 0.5, 0.25, 1 / 32]
    assert {Recipe().stage_rate_share(stage) for stage in (None, 1, 2, 3, 4, 5)} == {1.0}
