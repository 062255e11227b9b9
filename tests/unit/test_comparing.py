"""Comparing, against a display and a worker that only write down what they are told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.controller import Controller
from desktop_app.controllers.comparison import ComparisonController
from desktop_app.core.doubt import Doubt
from desktop_app.core.errors import ModelMissingError, RunError
from desktop_app.core.records import Activations
from desktop_app.messages import (
    ActivationsReady,
    Analyse,
    Classified,
    Crashed,
    ModelOpened,
    OpenModel,
)
from desktop_app.messages.comparison import (
    AnalyseReference,
    CloseReference,
    OpenReference,
    ReferenceAnalysed,
    ReferenceAnalysisFailed,
    ReferenceFailed,
    ReferenceOpened,
)
from desktop_app.parts.comparison import Reference
from desktop_app.state import LensState
from tests.unit.test_controller import (
    CPU,
    MODEL,
    TOP,
    Paper,
    list_files,
    open_tiny,
    picture,
    scores,
)

OTHER = replace(MODEL, name="other", path=Path("/models/other.onnx"), title="Other")
MISSING = ModelMissingError("cannot open other.onnx", why="it is not there", remedy="Look.")
FAILED = RunError("cannot run other", why="it burst", remedy="Mend it.")


def activations() -> Activations:
    return Activations(values={"conv1": np.ones((4, 8, 8), np.float32)}, run_ms=1)


def answer(controller: Controller, paper: Paper) -> None:
    """The worker answers the last analysis in full."""
    asked = paper.last(Analyse)
    name = f"{asked.entry}.png"
    controller.receive(Classified(asked.number, asked.entry, picture(name), scores(), TOP))
    controller.receive(ActivationsReady(asked.number, asked.entry, activations(), CPU))


def answer_reference(controller: Controller, paper: Paper) -> Reference:
    asked = paper.last(AnalyseReference)
    image = picture(f"{asked.entry}.png")
    made = Reference(asked.entry, image, classification=scores(), activations=activations())
    controller.receive(ReferenceAnalysed(asked.number, made))
    return made


def undo_of(controller: Controller) -> str:
    history = controller.state.history
    return "" if history is None else history.undo


def count(paper: Paper, kind: type) -> int:
    return sum(isinstance(request, kind) for request in paper.requests)


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def controller(paper: Paper) -> Controller:
    """A model is open, and the first of three pictures on screen."""
    controller = Controller(paper, paper, LensState(), samples=Path("/samples"))
    controller.start((), None)
    open_tiny(controller, paper)
    list_files(controller, paper, "1.png", "2.png", "3.png")
    answer(controller, paper)
    return controller


@pytest.fixture
def comparison(controller: Controller) -> ComparisonController:
    return ComparisonController(controller)


def beside(controller: Controller) -> Reference | None:
    """A, as far as it may stand beside what is on screen."""
    state = controller.state
    assert state.comparison is not None
    return state.comparison.reference_for(None if state.shown is None else state.shown.number)


# --- an image ------------------------------------------------------------------------------------


def test_the_kept_image_stays_while_one_moves_on(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    kept = controller.state.shown
    assert kept is not None
    comparison.keep_image()
    for number in (2, 3):
        controller.choose_image(number)
        answer(controller, paper)
    found = beside(controller)
    assert found is not None
    assert found.number == 1
    assert found.activations is kept.activations
    assert count(paper, AnalyseReference) == 0
    assert controller.state.options.channel_tab == "compare"


def test_an_analysis_that_is_not_whole_is_not_kept(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    controller.choose_image(2)
    asked = paper.last(Analyse)
    controller.receive(Classified(asked.number, 2, picture("2.png"), scores(), TOP))
    comparison.keep_image()
    assert controller.state.comparison is None


def test_an_entry_can_be_compared_with_the_one_on_screen(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_on_screen_with(3)
    answer(controller, paper)
    assert controller.state.shown is not None
    assert controller.state.shown.number == 3
    found = beside(controller)
    assert found is not None
    assert found.number == 1


def test_images_swap_without_computing_anything(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_on_screen_with(2)
    answer(controller, paper)
    before = len(paper.requests)
    comparison.swap()
    found, shown = beside(controller), controller.state.shown
    assert found is not None
    assert shown is not None
    assert (found.number, shown.number) == (2, 1)
    assert shown.activations is not None
    assert len(paper.requests) == before


def test_a_doubt_goes_with_its_image(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    shown = controller.state.shown
    assert shown is not None
    doubt = Doubt(rank=0.99, score=9.0, kind="energy")
    controller.become(replace(controller.state, shown=replace(shown, doubt=doubt)))
    comparison.compare_on_screen_with(2)
    answer(controller, paper)
    comparison.swap()
    assert controller.state.shown is not None
    assert controller.state.shown.doubt is doubt


def test_undo_swaps_back_and_redo_again(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    def sides() -> tuple[int | None, int | None, str | None]:
        found = beside(controller)
        return (
            (None if found is None else found.number),
            controller.state.current,
            (controller.state.layer),
        )

    comparison.compare_on_screen_with(2)
    answer(controller, paper)
    controller.choose_layer("pool1")
    comparison.swap()
    assert sides() == (2, 1, "pool1")
    assert controller.state.history is not None
    assert controller.state.history.undo == "sides of the comparison"
    before = len(paper.requests)
    controller.undo()
    assert sides() == (1, 2, "pool1")
    controller.undo()
    assert sides() == (1, 2, "conv1")
    controller.redo()
    controller.redo()
    assert sides() == (2, 1, "pool1")
    assert len(paper.requests) == before


def test_a_picture_that_is_on_its_way_is_not_swapped_by_undo(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_on_screen_with(2)
    answer(controller, paper)
    comparison.swap()
    comparison.swap()
    controller.choose_image(3)
    controller.undo()  # 2 is asked for, not beside itself
    found = beside(controller)
    assert found is not None
    assert (found.number, controller.state.current) == (1, 2)


def test_images_do_not_swap_while_one_is_on_its_way(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_on_screen_with(2)
    before = controller.state
    comparison.swap()
    assert controller.state is before


def test_another_model_analyses_the_kept_image_anew(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_on_screen_with(2)
    answer(controller, paper)
    controller.choose_model(OTHER.path)
    controller.receive(ModelOpened(paper.last(OpenModel).number, OTHER, CPU))
    found = beside(controller)
    assert found is not None
    assert found.activations is None
    assert count(paper, AnalyseReference) == 0  # what is looked at comes first
    answer(controller, paper)
    asked = paper.last(AnalyseReference)
    assert (asked.entry, asked.by_second_model) == (1, False)
    answer_reference(controller, paper)
    found = beside(controller)
    assert found is not None
    assert found.activations is not None


def test_removing_the_kept_image_ends_the_comparison(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_on_screen_with(2)
    controller.remove_image(3)
    assert controller.state.comparison is not None
    controller.remove_image(1)
    assert controller.state.comparison is None


# --- a model -------------------------------------------------------------------------------------


def with_second(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> ComparisonController:
    comparison.compare_with_model(OTHER.path)
    controller.receive(ReferenceOpened(paper.last(OpenReference).number, OTHER))
    return comparison


def test_a_second_model_follows_the_image(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    assert paper.last(AnalyseReference).entry == 1
    answer_reference(controller, paper)
    assert beside(controller) is not None
    controller.choose_image(2)
    asked = paper.last(Analyse)
    controller.receive(Classified(asked.number, 2, picture("2.png"), scores(), TOP))
    assert beside(controller) is None  # A of another image does not stand beside B
    assert paper.last(AnalyseReference).entry == 1
    controller.receive(ActivationsReady(asked.number, 2, activations(), CPU))
    asked_for = paper.last(AnalyseReference)
    assert (asked_for.entry, asked_for.by_second_model) == (2, True)
    answer_reference(controller, paper)
    found = beside(controller)
    assert found is not None
    assert found.number == 2


def test_a_second_model_that_cannot_be_loaded_is_a_notice(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    shown = controller.state.shown
    comparison.compare_with_model(OTHER.path)
    assert controller.state.comparison is not None
    assert controller.state.comparison.loading == "other"
    controller.receive(ReferenceFailed(paper.last(OpenReference).number, MISSING))
    assert controller.state.comparison is None
    assert controller.state.shown is shown
    assert controller.state.notices[-1].why == "it is not there"


def test_a_comparison_outlives_a_second_model_that_cannot_be_loaded(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_on_screen_with(2)
    answer(controller, paper)
    comparison.compare_with_model(OTHER.path)
    controller.receive(ReferenceFailed(paper.last(OpenReference).number, MISSING))
    assert controller.state.comparison is not None
    assert controller.state.comparison.kind == "image"
    assert not controller.state.comparison.loading
    assert beside(controller) is not None


def test_an_image_that_the_second_model_cannot_analyse_is_told_once(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    controller.receive(ReferenceAnalysisFailed(paper.last(AnalyseReference).number, FAILED))
    assert controller.state.comparison is not None
    assert controller.state.comparison.trouble_for(1) == "it burst"
    assert controller.state.comparison.trouble_for(2) == ""
    controller.choose_layer("pool1")
    assert count(paper, AnalyseReference) == 1
    controller.choose_image(2)
    answer(controller, paper)
    assert count(paper, AnalyseReference) == 2


def test_a_crash_while_comparing_is_told_and_not_waited_for(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    number = paper.last(AnalyseReference).number
    controller.receive(Crashed(number, "AnalyseReference", "a bug"))
    assert controller.state.comparison is not None
    assert controller.state.comparison.trouble_for(1) == "a bug"
    comparison.compare_with_model(OTHER.path)
    controller.receive(Crashed(paper.last(OpenReference).number, "OpenReference", "a bug"))
    assert not controller.state.comparison.loading


def test_the_second_model_is_let_go_with_the_comparison(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper).end()
    assert controller.state.comparison is None
    assert controller.state.options.channel_tab == "channel"
    assert count(paper, CloseReference) == 1
    assert AnalyseReference in paper.cancelled
    late = paper.last(AnalyseReference)
    controller.receive(ReferenceAnalysed(late.number, Reference(1, picture("1.png"))))
    assert controller.state.comparison is None


def test_undo_begins_and_ends_the_comparison_of_images(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.keep_image()
    assert undo_of(controller) == "comparison"
    controller.choose_image(2)
    answer(controller, paper)
    comparison.end()
    controller.undo()  # the end
    found = beside(controller)
    assert found is not None
    assert found.number == 1
    assert found.image.name == "1.png"
    assert controller.state.options.channel_tab == "compare"
    made = answer_reference(controller, paper)  # computed once more
    assert beside(controller) is made
    assert count(paper, AnalyseReference) == 1
    controller.undo()  # the other image
    answer(controller, paper)
    assert beside(controller) is made
    controller.undo()  # the beginning
    assert controller.state.comparison is None
    assert controller.state.options.channel_tab == "channel"
    assert undo_of(controller) == ""
    controller.redo()
    assert beside(controller) is not None


def test_undo_goes_back_to_the_image_that_was_kept_before(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.keep_image()
    controller.choose_image(2)
    answer(controller, paper)
    comparison.keep_image()
    controller.choose_image(3)
    answer(controller, paper)
    for expected in (2, 1):  # the image on screen, then A
        controller.undo()
        if paper.requests and isinstance(paper.requests[-1], Analyse):
            answer(controller, paper)
        found = beside(controller)
        assert found is not None
        assert found.number == expected
    assert answer_reference(controller, paper).number == 1


def test_an_image_that_has_left_the_list_is_compared_with_no_more(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.keep_image()
    controller.choose_image(2)
    answer(controller, paper)
    controller.remove_image(1)
    assert controller.state.comparison is None
    assert undo_of(controller) == ""


def test_undo_loads_the_second_model_again(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    answer_reference(controller, paper)
    assert undo_of(controller) == "comparison"
    comparison.end()
    loads = count(paper, OpenReference)
    controller.undo()
    controller.change_options(replace(controller.state.options, top_k=3))  # once is enough
    assert count(paper, OpenReference) == loads + 1
    asked = paper.last(OpenReference)
    assert asked.reference == str(OTHER.path)
    controller.receive(ReferenceOpened(asked.number, OTHER))
    made = answer_reference(controller, paper)
    assert beside(controller) is made
    controller.undo()  # the number of classes
    assert beside(controller) is made
    controller.undo()  # the beginning
    assert controller.state.comparison is None
    assert isinstance(paper.requests[-1], CloseReference)


def test_a_second_model_that_undo_cannot_load_is_told_once(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    comparison.end()
    controller.undo()
    asked = paper.last(OpenReference)
    controller.receive(ReferenceFailed(asked.number, MISSING))
    assert controller.state.comparison is None
    assert [notice.what for notice in controller.state.notices] == ["Cannot open other.onnx"]
    assert undo_of(controller) == ""
    assert paper.last(OpenReference) is asked


def test_a_second_model_that_undo_no_longer_wants_is_let_go(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    comparison.end()
    controller.undo()
    controller.redo()  # while it is being loaded
    asked = paper.last(OpenReference)
    controller.receive(ReferenceOpened(asked.number, OTHER))
    assert controller.state.comparison is None
    assert isinstance(paper.requests[-1], CloseReference)


def test_the_second_model_is_let_go_for_an_image(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper).keep_image()
    assert count(paper, CloseReference) == 1


def test_a_model_that_comes_after_the_end_is_let_go(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_with_model(OTHER.path)
    comparison.end()
    assert OpenReference in paper.cancelled
    assert count(paper, CloseReference) == 1
    controller.receive(ReferenceOpened(paper.last(OpenReference).number, OTHER))
    assert controller.state.comparison is None


def test_models_swap_by_loading_each_in_the_others_place(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    answer_reference(controller, paper)
    comparison.swap()
    assert paper.last(OpenReference).reference == str(MODEL.path)
    assert paper.last(OpenModel).reference == str(OTHER.path)


def test_emptying_the_list_keeps_the_second_model_for_the_next_image(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    answer_reference(controller, paper)
    controller.clear_images()
    assert controller.state.comparison is not None
    list_files(controller, paper, "9.png")
    answer(controller, paper)
    assert paper.last(AnalyseReference).entry == controller.state.current


@pytest.mark.parametrize("meanwhile", ["nothing else", "an image kept as A"])
def test_the_same_second_model_chosen_again_analyses_anew(
    controller: Controller,
    comparison: ComparisonController,
    paper: Paper,
    meanwhile: str,
) -> None:
    with_second(controller, comparison, paper)
    answer_reference(controller, paper)
    if meanwhile == "an image kept as A":
        comparison.keep_image()
    comparison.compare_with_model(OTHER.path)
    controller.receive(ReferenceOpened(paper.last(OpenReference).number, replace(OTHER)))
    assert count(paper, AnalyseReference) == 2
    answer_reference(controller, paper)
    found = beside(controller)
    assert found is not None
    assert found.activations is not None


def test_every_change_of_provider_analyses_the_kept_image_anew(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    comparison.compare_on_screen_with(2)
    answer(controller, paper)
    for times in (1, 2):
        controller.choose_provider("cpu")
        controller.receive(ModelOpened(paper.last(OpenModel).number, replace(MODEL), CPU))
        answer(controller, paper)
        assert count(paper, AnalyseReference) == times
        answer_reference(controller, paper)
    found = beside(controller)
    assert found is not None
    assert found.activations is not None


def test_the_model_that_is_let_go_answers_for_no_other_one(
    controller: Controller, comparison: ComparisonController, paper: Paper
) -> None:
    with_second(controller, comparison, paper)
    of_the_first = paper.last(AnalyseReference)
    controller.choose_image(2)  # what is looked at is not whole when the next model comes
    asked = paper.last(Analyse)
    controller.receive(Classified(asked.number, 2, picture("2.png"), scores(), TOP))
    comparison.compare_with_model(OTHER.path)
    controller.receive(ReferenceOpened(paper.last(OpenReference).number, replace(OTHER)))
    late = Reference(1, picture("1.png"), activations=activations())
    controller.receive(ReferenceAnalysed(of_the_first.number, late))
    assert controller.state.comparison is not None
    assert controller.state.comparison.reference is None
