"""Presets: frozen values with checked parts and their own preprocessing."""

import pytest

from model_export.presets import PRESETS, PresetError, find_preset, preset_from_dict


def test_each_survives_a_trip_through_plain_values() -> None:
    for preset in PRESETS.values():
        assert preset_from_dict(preset.as_dict()) == preset


@pytest.mark.parametrize(
    "parts", [{"depth": 34}, {"classes": 1}, {"image_size": 31}, {"depth": 0}], ids=str
)
def test_impossible_parts_are_named(parts: dict[str, int]) -> None:
    with pytest.raises(PresetError, match=next(iter(parts))):
        find_preset("lesson", **parts)


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(PresetError, match="lesson, keras, he2015, torchvision"):
        find_preset("lessen")


def test_unknown_or_missing_parts_of_a_file_are_errors() -> None:
    values = PRESETS["lesson"].as_dict()
    with pytest.raises(PresetError, match="cannot read"):
        preset_from_dict(values | {"width": 2})
    del values["conv_bias"]
    with pytest.raises(PresetError, match="cannot read"):
        preset_from_dict(values)


def test_preprocessing_is_the_sources() -> None:
    lesson = find_preset("lesson").preprocessing()
    assert (lesson.height, lesson.width, lesson.resize_rule) == (64, 64, "stretch")
    assert (lesson.channel_order, lesson.scale) == ("RGB", 1 / 255)
    keras = find_preset("keras").preprocessing()
    assert (keras.channel_order, keras.scale, keras.mean) == (
        "BGR",
        1.0,
        (103.939, 116.779, 123.68),
    )
    vision = find_preset("torchvision", image_size=112).preprocessing()
    assert (vision.height, vision.shorter_side) == (112, 128)
    assert find_preset("torchvision").preprocessing().shorter_side == 256
    assert vision.std == (0.229, 0.224, 0.225)
