"""The rule behind the transitions: the last good result stays."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app import transitions
from desktop_app.core.records import (
    Activations,
    Classification,
    FileSource,
    Image,
    Layer,
    Model,
    Prediction,
    Preprocessing,
    Provider,
    Timing,
    read_only,
)
from desktop_app.parts.grid import GridChoice, Selection, with_pins, with_selection
from desktop_app.state import LensState, Progress, ViewOptions

CPU = Provider(name="cpu", reason="asked for")
TOP = Prediction("two", 2, 0.9)


def layer(name: str, channels: int) -> Layer:
    return Layer(name=name, kind="conv", stage=2, block="2a", role="branch", shape=(channels, 4, 4))


def model(*layers: Layer) -> Model:
    return Model(
        name="tiny",
        path=Path("tiny.onnx"),
        title="Tiny",
        labels=("zero", "one", "two"),
        preprocessing=Preprocessing(height=32, width=32),
        layers=layers or (layer("conv1", 64), layer("res2a_relu", 256), layer("late", 8)),
        input_name="image",
        output_name="probabilities",
        logits_name="fc3",
        output_is_probabilities=True,
    )


def image(name: str = "cat.png") -> Image:
    return Image(pixels=read_only(np.zeros((4, 6, 3), np.uint8)), name=name, stored_size=(6, 4))


def classification(provider: Provider = CPU) -> Classification:
    return Classification(
        probabilities=read_only(np.array([0.05, 0.05, 0.9], np.float32)),
        provider=provider,
        timing=Timing(decode_ms=1, preprocess_ms=1, run_ms=1),
    )


def with_images(count: int) -> LensState:
    state = transitions.open_model(LensState(), model(), CPU)
    sources = tuple(FileSource(Path(f"{index}.png")) for index in range(count))
    return transitions.add_entries(state, sources)


def analysed(state: LensState, number: int) -> LensState:
    state = transitions.ask_for(state, number)
    state = transitions.show_classification(
        state, number, image=image(), classification=classification(), top=TOP
    )
    return transitions.show_activations(state, number, Activations(values={}, run_ms=1))


def test_a_failed_image_leaves_the_last_good_analysis_on_screen() -> None:
    before = analysed(with_images(2), 1)
    after = transitions.fail_entry(transitions.ask_for(before, 2), 2, "cannot open: torn.")
    assert after.shown is before.shown
    assert after.current == 1
    assert after.entries[1].status == "failed"
    assert after.entries[1].error == "cannot open: torn."


def test_a_failed_model_leaves_the_open_one() -> None:
    before = analysed(with_images(1), 1)
    after = transitions.fail_model(transitions.begin_loading(before, "other"))
    assert after.model is before.model
    assert after.shown is before.shown
    assert after.loading_model == ""


def test_a_picture_that_is_no_longer_asked_for_only_updates_its_row() -> None:
    before = transitions.ask_for(transitions.ask_for(with_images(2), 1), 2)
    after = transitions.show_classification(
        before, 1, image=image(), classification=classification(), top=TOP
    )
    assert after.shown is None
    assert after.pending == 2
    assert after.entries[0].status == "ready"


def test_an_older_model_that_has_loaded_leaves_the_newer_one_loading() -> None:
    state = transitions.begin_loading(LensState(), "newer")
    state = transitions.open_model(state, model(), CPU, newest=False)
    assert state.model is not None
    assert state.loading_model == "newer"


def test_scores_of_another_image_only_update_its_row() -> None:
    before = analysed(with_images(2), 1)
    after = transitions.show_classification(
        before, 2, image=image(), classification=classification(), top=TOP
    )
    assert after.shown is before.shown
    assert after.entries[1].top == TOP


def test_numbers_are_never_used_again() -> None:
    state = transitions.clear_entries(with_images(3))
    state = transitions.add_entries(state, (FileSource(Path("late.png")),))
    assert state.entries[0].number > 3


def test_a_new_model_forgets_scores_and_maps_but_keeps_images_and_layer() -> None:
    before = transitions.choose_layer(analysed(with_images(2), 1), "late")
    after = transitions.open_model(before, model(), CPU)
    assert [entry.status for entry in after.entries] == ["waiting", "waiting"]
    assert after.shown is not None
    assert after.shown.image is before.shown.image  # type: ignore[union-attr]
    assert after.shown.classification is None
    assert after.shown.activations is None
    assert after.layer == "late"


OF_ONE_MODEL = {
    "against_class", "attribution", "chosen_class", "evidence", "evidence_error", "interventions",
    "logit_evidence", "model", "progress", "provider", "residual", "similarity", "survey",
}  # fmt: skip
"""Fields that say something of the open model, or were computed by it."""
OF_ANY_MODEL = {
    "cuda_folder", "diagnosis", "diagnosis_error", "history", "models", "next_number", "notices",
    "provider_choice", "recent", "reports",
}  # fmt: skip
TAKEN_OVER = {
    "channel", "channel_chosen", "channel_proposed_for", "comparison", "entries", "grid", "layer",
    "loading_model", "options", "pending", "shown",
}  # fmt: skip
"""Fields of which a part stays; other tests say which."""


def test_nothing_of_the_model_before_is_left_behind() -> None:
    every = {field.name for field in fields(LensState)}
    # A new field has to be given its place here, and in open_model.
    assert every == OF_ONE_MODEL | OF_ANY_MODEL | TAKEN_OVER
    left = Model(**{f.name: getattr(model(), f.name) for f in fields(Model)} | {"labels": ("x",)})
    marks = {
        name: object()
        for name in OF_ONE_MODEL - {"model", "interventions", "chosen_class", "against_class"}
    }
    before = replace(with_images(1), model=left, chosen_class=0, against_class=0, **marks)
    after = transitions.open_model(before, model(), CPU)
    assert after.model is not left
    assert after.chosen_class is None
    assert after.against_class is None
    assert after.interventions is None
    assert [name for name, mark in marks.items() if getattr(after, name) is mark] == []


PICKED = GridChoice(layer="late", selected=(1, 2), pins=(("late", 3),), similar_to=5)
BY_SIMILARITY = ViewOptions(
    scale="pinned", pinned_range=(0, 4), sort="similarity", hide_dead=True, colormap="viridis"
)


def as_picked() -> LensState:
    return replace(with_images(1), options=BY_SIMILARITY, grid=PICKED)


def classifier(classes: int, *, edge: int = 4, channels: int = 8) -> Model:
    """Layers as of :func:`model`, and a head of as many classes."""
    maps = (layer("conv1", 64), layer("res2a_relu", 256), layer("late", channels))
    head = replace(layer(f"fc{classes}", 1), shape=(classes,))
    return model(*(replace(one, shape=(one.shape[0], edge, edge)) for one in maps), head)


@pytest.mark.parametrize("same", [classifier(3), classifier(9), classifier(3, edge=7)])
def test_what_was_pinned_and_picked_out_holds_in_another_model_of_the_same_layers(
    same: Model,
) -> None:
    after = transitions.open_model(as_picked(), same, CPU)
    assert after.options is BY_SIMILARITY
    assert after.grid is PICKED


@pytest.mark.parametrize("foreign", [classifier(3, channels=16), model(layer("stem", 64))])
def test_what_was_pinned_and_picked_out_is_let_go_among_foreign_layers(foreign: Model) -> None:
    after = transitions.open_model(as_picked(), foreign, CPU)
    assert after.grid is None
    # How things are drawn otherwise is a habit, and belongs to no model.
    assert after.options == ViewOptions(hide_dead=True, colormap="viridis")


@pytest.mark.parametrize(
    "options",
    [ViewOptions(sort="mean", scale="channel"), ViewOptions(sort="evidence", scale="images")],
)
def test_order_and_scale_without_numbers_of_their_own_suit_every_model(
    options: ViewOptions,
) -> None:
    before = replace(with_images(1), options=replace(options, pinned_range=(0, 4)))
    after = transitions.open_model(before, model(layer("stem", 64)), CPU)
    assert after.options == options  # "Use pinned numbers" would bring back foreign ones


def test_what_is_remembered_holds_in_the_first_model_that_is_opened() -> None:
    before = LensState(options=BY_SIMILARITY)
    assert transitions.open_model(before, model(), CPU).options is BY_SIMILARITY


def test_networks_without_maps_are_told_apart_by_all_their_layers() -> None:
    flat = replace(layer("hidden", 1), shape=(30,))
    before = replace(transitions.open_model(LensState(), model(flat), CPU), grid=PICKED)
    assert transitions.open_model(before, model(flat), CPU).grid is PICKED
    other = replace(flat, shape=(40,))
    assert transitions.open_model(before, model(other), CPU).grid is None


def test_a_model_without_the_chosen_layer_opens_its_own_first_maps() -> None:
    before = transitions.choose_channel(with_images(1), 200)
    after = transitions.open_model(before, model(layer("stem", 16)), CPU)
    assert (after.layer, after.channel) == ("stem", 0)


def test_a_model_with_fewer_channels_opens_none_that_it_lacks() -> None:
    maps = np.zeros((8, 4, 4), np.float32)
    maps[5, 0, 0] = 1
    state = transitions.choose_layer(analysed(with_images(1), 1), "conv1")
    state = replace(state, channel=40, channel_proposed_for="conv1")
    after = transitions.open_model(state, model(layer("conv1", 8)), CPU)
    assert (after.layer, after.channel) == ("conv1", 0)
    after = transitions.show_activations(after, 1, Activations(values={"conv1": maps}, run_ms=1))
    assert after.channel == 5
    within = replace(state, channel=7)
    assert transitions.open_model(within, model(layer("conv1", 8)), CPU).channel == 7


def test_the_same_network_with_fewer_classes_keeps_no_pick_that_it_lacks() -> None:
    def classes(count: int) -> Layer:
        return replace(layer("probabilities", count), shape=(count,))

    choice = with_pins(GridChoice(), "probabilities", (1, 6))
    choice = with_pins(choice, "conv1", (50,))
    choice = with_selection(choice, "probabilities", Selection((2, 5), chosen=2, anchor=2))
    conv = layer("conv1", 64)
    state = transitions.open_model(with_images(1), model(conv, classes(7)), CPU)
    after = transitions.open_model(replace(state, grid=choice), model(conv, classes(3)), CPU)
    assert after.grid is not None
    assert after.grid.selected_in("probabilities") == (2,)
    assert after.grid.pins == (("probabilities", 1), ("conv1", 50))


def test_the_channel_stays_where_the_new_layer_has_it() -> None:
    state = transitions.choose_channel(with_images(1), 5)
    assert transitions.choose_layer(state, "late").channel == 5
    state = transitions.choose_channel(state, 200)
    assert transitions.choose_layer(state, "late").channel == 0


def test_the_most_varied_map_opens_until_somebody_chooses() -> None:
    maps = np.zeros((8, 4, 4), np.float32)
    maps[5, 0, 0] = 1
    state = transitions.choose_layer(analysed(with_images(1), 1), "late")
    state = transitions.show_activations(state, 1, Activations(values={"late": maps}, run_ms=1))
    assert state.channel == 5
    other = np.zeros((8, 4, 4), np.float32)
    other[3, 0, 0] = 1
    state = transitions.show_activations(state, 1, Activations(values={"late": other}, run_ms=1))
    assert state.channel == 5  # pictures are compared in one channel
    state = transitions.choose_channel(state, 2)
    state = transitions.show_activations(state, 1, Activations(values={"late": maps}, run_ms=1))
    assert state.channel == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_map_that_is_not_finite_is_not_the_most_varied(bad: float) -> None:
    maps = np.zeros((8, 4, 4), np.float32)
    maps[3, 2, 1] = bad
    maps[5, 0, 0] = 1
    state = transitions.choose_layer(analysed(with_images(1), 1), "late")
    state = transitions.show_activations(state, 1, Activations(values={"late": maps}, run_ms=1))
    assert state.channel == 5


@pytest.mark.parametrize(("asked", "got"), [(-3, 0), (7, 7), (10_000, 255)])
def test_channels_are_clipped_to_the_layer(asked: int, got: int) -> None:
    assert transitions.choose_channel(with_images(0), asked).channel == got


def test_stepping_through_layers_stops_at_the_ends() -> None:
    state = transitions.choose_layer(with_images(0), "conv1")
    assert transitions.step_layer(state, -1).layer == "conv1"
    assert transitions.step_layer(state, 1).layer == "res2a_relu"
    assert transitions.step_layer(state, 99).layer == "late"


def test_a_batch_settles_its_rows_and_no_others() -> None:
    state = transitions.settle_batch(
        with_images(3), ((1, TOP, ""), (3, None, "torn")), Progress(2, 3, 1)
    )
    assert [entry.status for entry in state.entries] == ["ready", "waiting", "failed"]
    assert state.progress == Progress(2, 3, 1)


def test_cancelling_marks_what_was_not_reached_but_not_what_is_looked_at() -> None:
    state = transitions.ask_for(transitions.begin_batch(with_images(3), 3), 2)
    state = transitions.stop_waiting(state)
    assert [entry.status for entry in state.entries] == ["stopped", "waiting", "stopped"]
    assert state.progress is None


def test_a_repeated_notice_takes_the_place_of_its_twin() -> None:
    state = LensState()
    for _ in range(3):
        state = transitions.add_notice(state, "error", "cannot open", why="torn")
    assert len(state.notices) == 1
    assert transitions.dismiss_notice(state, state.notices[0].number).notices == ()


def test_notices_never_pile_up() -> None:
    state = LensState()
    for index in range(20):
        state = transitions.add_notice(state, "error", f"cannot open {index}", why="torn")
    assert [notice.what for notice in state.notices][-1] == "cannot open 19"
    assert len(state.notices) == transitions.NOTICES_KEPT


def test_the_number_of_bars_is_kept_in_its_range() -> None:
    state = transitions.change_options(LensState(), replace(ViewOptions(), top_k=500))
    assert state.options.top_k == transitions.TOP_K_RANGE[1]


def test_recent_files_are_newest_first_and_listed_once() -> None:
    state = transitions.remember_recent(LensState(), (Path("a"), Path("b")))
    state = transitions.remember_recent(state, (Path("b"),))
    assert state.recent == (Path("b"), Path("a"))


def test_removing_the_shown_image_empties_the_screen_and_others_do_not() -> None:
    state = analysed(with_images(2), 1)
    assert transitions.remove_entry(state, 2).shown is state.shown
    assert transitions.remove_entry(state, 1).shown is None


def test_rows_are_found_by_number_in_a_long_list_with_gaps() -> None:
    state = with_images(1000)
    for number in (1, 500, 1000):
        state = transitions.remove_entry(state, number)
    assert state.position(501) == 498
    assert state.position(500) is None
    assert state.position(5000) is None
