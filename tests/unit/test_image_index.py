"""The index of strongest images against brute force, whatever arrives and is forgotten."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from desktop_app.core.image_index import ImageIndex
from desktop_app.core.image_peaks import ImagePeaks, IndexLayout, image_peaks
from desktop_app.core.index_table import PLACES, SHOWN, SPARE, IndexTable
from desktop_app.core.records import Layer, LayerKind, Tensor

MAPS = (3, 4, 5)
VALUES = st.one_of(
    st.integers(-6, 6).map(float), st.sampled_from([np.nan, np.inf, -np.inf]), st.floats(-9, 9)
)


def layer(name: str, kind: LayerKind, shape: tuple[int, ...]) -> Layer:
    return Layer(name=name, kind=kind, stage=None, block=None, role="branch", shape=shape)


LAYERS = (layer("sum", "add", MAPS), layer("rest", "relu", MAPS), layer("avg_pool", "other", (3,)))


@pytest.fixture
def layout() -> IndexLayout:
    return IndexLayout(LAYERS, {"rest": "sum"})


def activations(maps: Tensor) -> Mapping[str, Tensor]:
    """The three layers of one image, as a run gives them."""
    with np.errstate(invalid="ignore"):
        pooled = maps.mean(axis=(1, 2), dtype=np.float32).reshape(-1, 1, 1)
    return {"sum": maps, "rest": np.maximum(maps, 0), "avg_pool": pooled}


def some_maps(images: int, seed: int = 0) -> list[Tensor]:
    random = np.random.default_rng(seed)
    return list(random.normal(size=(images, *MAPS)).astype(np.float32))


def filled(layout: IndexLayout, many: list[Tensor]) -> ImageIndex:
    index = ImageIndex(layout)
    for maps in many:
        index.add(image_peaks(activations(maps), layout))
    return index


def peak(channel: Tensor) -> float | None:
    finite = channel[np.isfinite(channel)]
    return float(finite.max()) if finite.size else None


def by_force(many: list[Tensor], channel: int, floor: float = -np.inf) -> list[float]:
    peaks = [peak(maps[channel]) for maps in many]
    return sorted((p for p in peaks if p is not None and p > floor), reverse=True)[:SHOWN]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(arrays(np.float32, MAPS, elements=VALUES.map(np.float32)), max_size=PLACES + 8),
)
def test_the_strongest_are_those_that_a_search_through_all_images_finds(
    many: list[Tensor],
) -> None:
    layout = IndexLayout(LAYERS, {"rest": "sum"})
    index = filled(layout, many)
    for channel in range(MAPS[0]):
        found = index.strongest("sum", channel)
        assert [one.value for one in found] == by_force(many, channel)
        assert len({one.image for one in found}) == len(found)
        for one in found:
            assert many[one.image][channel, one.y, one.x] == np.float32(one.value)
        rectified = index.strongest("rest", channel)
        assert [one.value for one in rectified] == by_force(many, channel, 0.0)
    finite = [maps[np.isfinite(maps)] for maps in many]
    every = np.concatenate(finite) if finite else np.empty(0)
    ranges = index.ranges()
    if every.size:
        assert ranges["sum"] == (every.min(), every.max())
        assert ranges["rest"][0] == max(0, every.min())
    else:
        assert "sum" not in ranges


@settings(max_examples=60, deadline=None)
@given(st.integers(0, PLACES + 12), st.lists(st.integers(0, PLACES + 11), max_size=6), st.data())
def test_what_is_told_after_forgetting_is_exact_as_far_as_it_goes(
    images: int, gone: list[int], data: st.DataObject
) -> None:
    layout = IndexLayout(LAYERS, {"rest": "sum"})
    many, index, left = some_maps(images, images), ImageIndex(layout), dict[int, Tensor]()
    forget_at = {position: data.draw(st.integers(0, images)) for position in set(gone)}
    for position, maps in enumerate(many):
        left[index.add(image_peaks(activations(maps), layout))] = maps
        for image in [i for i, when in forget_at.items() if when == position and i in left]:
            index.forget(image)
            index.forget(image)
            del left[image]
    assert len(index) == len(left)
    for channel in range(MAPS[0]):
        values = [one.value for one in index.strongest("sum", channel)]
        assert values == by_force(list(left.values()), channel)[: len(values)]
        assert len(values) >= min(len(left), SHOWN, index.depth)
    assert index.is_worn is (index.depth < SHOWN)


def test_a_few_forgotten_images_leave_nine_certain_and_more_do_not(layout: IndexLayout) -> None:
    index = filled(layout, some_maps(40))
    for image in range(SPARE):
        index.forget(image)
    assert not index.is_worn
    assert len(index.strongest("sum", 0)) == SHOWN
    index.forget(30)
    assert index.is_worn
    assert len(index.strongest("sum", 0)) == SHOWN - 1


def test_only_the_images_asked_about_are_told(layout: IndexLayout) -> None:
    many = some_maps(6)
    index = filled(layout, many)
    found = index.strongest("sum", 1, among={1, 3, 5})
    assert sorted(one.image for one in found) == [1, 3, 5]
    numbers, features = index.features({3, 5})
    assert numbers == (3, 5)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features[0], many[3].mean(axis=(1, 2)), rtol=1e-6)
    part = np.stack([many[3], many[5]])
    assert index.ranges({3, 5})["sum"][1] == part.max()
    assert index.ranges(set()) == {}


def test_a_forgotten_image_leaves_the_ranges_and_the_features(layout: IndexLayout) -> None:
    many = some_maps(5)
    many[2][0, 0, 0] = 99
    index = filled(layout, many)
    assert index.ranges()["sum"][1] == 99
    index.forget(2)
    assert index.ranges()["sum"][1] < 99
    assert index.features()[0] == (0, 1, 3, 4)
    assert not index.knows(2)


def test_a_rectified_layer_that_nothing_excites_tells_nobody(layout: IndexLayout) -> None:
    index = filled(layout, [-np.abs(maps) for maps in some_maps(4)])
    assert index.strongest("rest", 0) == ()
    assert len(index.strongest("sum", 0)) == 4


def test_a_relu_whose_input_is_not_known_is_stored_and_starts_above_zero_too() -> None:
    layout = IndexLayout(LAYERS)
    assert "rest" in layout.stored
    index = filled(layout, [-np.abs(maps) for maps in some_maps(2)] + some_maps(1))
    assert [one.image for one in index.strongest("rest", 0)] == [2]


def test_what_the_index_does_not_know_has_no_strongest_image(layout: IndexLayout) -> None:
    index = filled(layout, some_maps(2))
    assert index.strongest("elsewhere", 0) == ()
    assert index.strongest("sum", 3) == ()


def test_a_layer_of_another_shape_than_promised_is_left_out(layout: IndexLayout) -> None:
    wrong = dict(activations(some_maps(1)[0]), sum=np.ones((3, 9, 9), np.float32))
    index = ImageIndex(layout)
    index.add(image_peaks(wrong, layout))
    assert index.strongest("sum", 0) == ()
    assert "sum" not in index.ranges()


def test_features_are_the_last_maps_means_where_nothing_is_pooled() -> None:
    layout = IndexLayout((layer("a", "conv", MAPS), layer("b", "conv", (2, 3, 3))))
    maps = np.arange(18, dtype=np.float32).reshape(2, 3, 3)
    peaks = image_peaks({"b": maps}, layout)
    np.testing.assert_allclose(peaks.features, [4, 13])
    assert np.isneginf(peaks.maxima[:3]).all()


def test_features_without_a_finite_value_count_as_zero(layout: IndexLayout) -> None:
    maps = some_maps(1)[0]
    maps[1, 0, 0] = np.nan
    assert image_peaks(activations(maps), layout).features[1] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"values": np.zeros((2, 1), np.float32)},
        {"images": np.full((6, 3), 7, np.int32)},
        {"positions": np.full((6, 3), -1, np.int32)},
        {"values": np.full((6, 3), np.nan, np.float32)},
        {"present": np.ones(2, bool)},
        {"features": np.zeros((3, 1), np.float32)},
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    layout: IndexLayout, change: dict[str, np.ndarray]
) -> None:
    good = filled(layout, some_maps(3)).table()
    fields = {name: getattr(good, name) for name in IndexTable.__slots__}
    assert len(ImageIndex(layout, IndexTable(**fields))) == 3
    with pytest.raises(ValueError, match=r".+"):
        ImageIndex(layout, IndexTable(**{**fields, **change}))


def test_peaks_are_read_only(layout: IndexLayout) -> None:
    peaks: ImagePeaks = image_peaks(activations(some_maps(1)[0]), layout)
    with pytest.raises(ValueError, match="read-only"):
        peaks.maxima[0] = 1


def test_images_that_others_hide_are_lacked(layout: IndexLayout) -> None:
    many = [np.full(MAPS, 100.0 - number, np.float32) for number in range(40)]
    index = filled(layout, many)
    last = set(range(20, 40))
    assert index.strongest("sum", 0, among=last) == ()
    assert index.lacks("sum", 0, last)
    assert not index.lacks("sum", 0, set(range(40)))
    assert not index.lacks("sum", 0, {0, 1})
    assert not index.lacks("sum", 99, last)
    assert not index.lacks("nothing", 0, last)


def test_forgotten_images_leave_others_lacking_only_beyond_the_spare_ones(
    layout: IndexLayout,
) -> None:
    many = some_maps(40)
    index = filled(layout, many)
    for number in range(SPARE + 1):
        assert not index.lacks("sum", 0, set(range(number, 40)))
        index.forget(number)
    assert index.lacks("sum", 0, set(range(SPARE + 1, 40)))


def test_what_leaves_a_channel_at_zero_is_not_lacked(layout: IndexLayout) -> None:
    many = [np.full(MAPS, 5.0 - number, np.float32) for number in range(40)]
    index = filled(layout, many)
    assert len(index.strongest("rest", 0, among=set(range(40)))) == 5
    assert not index.lacks("rest", 0, set(range(40)))
    assert not index.lacks("rest", 0, set(range(3, 40)))
