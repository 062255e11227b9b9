"""The controller against a display and a worker that only write down what they are told."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import pytest

from desktop_app.analysis_cache import AnalysisCache
from desktop_app.controller import Controller
from desktop_app.core.bundled import Sample
from desktop_app.core.errors import (
    ImageUnreadableError,
    ModelMissingError,
    ModelUnreadableError,
)
from desktop_app.core.records import (
    Activations,
    Classification,
    FileSource,
    Image,
    Layer,
    Model,
    PixelsSource,
    Prediction,
    Preprocessing,
    Provider,
    Remedy,
    Timing,
)
from desktop_app.messages import (
    ActivationsReady,
    Analyse,
    AnalysisFailed,
    BatchSettled,
    Classified,
    ClassifyMany,
    Crashed,
    Examine,
    Examined,
    ImagesListed,
    ListImages,
    MakeThumbnails,
    ModelFailed,
    ModelOpened,
    OpenModel,
    ThumbnailsMade,
    UnexpectedError,
)
from desktop_app.messages.base import Request
from desktop_app.state import BringBack, LensState, Progress, ShowReport
from desktop_app.views.shown_maps import maps_message
from tests.paper import Paper

if TYPE_CHECKING:
    from desktop_app.core.diagnosis import Diagnosis

CPU = Provider(name="cpu", reason="asked for")
CUDA = Provider(name="cuda", reason="an NVIDIA GPU was found")
TOP = Prediction("one", 1, 0.8)
LAYERS = tuple(
    Layer(name=name, kind="relu", stage=2, block=None, role="stem", shape=(4, 8, 8))
    for name in ("conv1", "pool1")
)
MODEL = Model(
    name="tiny",
    path=Path("/models/tiny.onnx"),
    title="Tiny",
    labels=("zero", "one"),
    preprocessing=Preprocessing(height=32, width=32),
    layers=LAYERS,
    input_name="image",
    output_name="probabilities",
    logits_name="fc2",
    output_is_probabilities=True,
)
R = TypeVar("R", bound=Request)
TORN = ImageUnreadableError("cannot open torn.png", why="it is torn", remedy="Mend it.")


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def controller(paper: Paper) -> Controller:
    controller = Controller(paper, paper, LensState(), samples=Path("/samples"))
    controller.start((), None)
    return controller


def open_tiny(controller: Controller, paper: Paper, provider: Provider = CPU) -> None:
    controller.receive(ModelOpened(paper.last(OpenModel).number, MODEL, provider))


def list_files(controller: Controller, paper: Paper, *names: str) -> None:
    controller.open_paths(tuple(Path(name) for name in names))
    sources = tuple(FileSource(Path(name)) for name in names)
    controller.receive(ImagesListed(paper.last(ListImages).number, sources))


def picture(name: str) -> Image:
    return Image(pixels=np.zeros((2, 2, 3), np.uint8), name=name, stored_size=(2, 2))


def scores(provider: Provider = CPU) -> Classification:
    return Classification(
        probabilities=np.array([0.2, 0.8], np.float32),
        provider=provider,
        timing=Timing(decode_ms=1, preprocess_ms=1, run_ms=1),
    )


def answer(controller: Controller, request: Analyse, provider: Provider = CPU) -> None:
    number, entry = request.number, request.entry
    image = picture(f"{entry}.png")
    controller.receive(Classified(number, entry, image, scores(provider), TOP))
    maps = Activations(values={"conv1": np.zeros((4, 8, 8), np.float32)}, run_ms=1)
    controller.receive(ActivationsReady(number, entry, maps, provider))


def test_a_picture_dropped_before_the_model_is_there_is_analysed_once_it_is(
    controller: Controller, paper: Paper
) -> None:
    list_files(controller, paper, "cat.png")
    assert not any(isinstance(request, Analyse) for request in paper.requests)
    open_tiny(controller, paper)
    answer(controller, paper.last(Analyse))
    shown = controller.state.shown
    assert shown is not None
    assert shown.classification is not None
    assert controller.state.entries[0].top == TOP


def test_the_newest_picture_wins_and_stale_answers_are_dropped(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png")
    first = paper.last(Analyse)
    controller.choose_image(2)
    second = paper.last(Analyse)
    answer(controller, first)
    assert controller.state.shown is None
    answer(controller, second)
    assert controller.state.shown is not None
    assert controller.state.shown.number == 2


def shown_number(controller: Controller) -> int | None:
    shown = controller.state.shown
    return None if shown is None else shown.number


def test_an_image_that_undo_left_before_it_was_there_is_classified_all_the_same(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    answer(controller, paper.last(Analyse))
    list_files(controller, paper, "b.png")
    assert controller.state.pending == 2
    controller.undo()
    assert (shown_number(controller), controller.state.pending) == (1, None)
    assert [entry for entry, _ in paper.last(ClassifyMany).items] == [2]


def test_going_back_to_an_image_shows_it_at_once_and_asks_for_nothing(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png", "c.png")
    answer(controller, paper.last(Analyse))
    first = controller.state.shown
    for number in (2, 3):
        controller.choose_image(number)
        answer(controller, paper.last(Analyse))
    asked = len(paper.requests)
    controller.choose_image(1)
    assert controller.state.shown is first
    assert controller.state.pending is None
    controller.undo()
    assert shown_number(controller) == 3
    controller.redo()
    assert controller.state.shown is first
    assert len(paper.requests) == asked


def test_going_back_leaves_the_analysis_under_way(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png")
    answer(controller, paper.last(Analyse))
    controller.choose_image(2)
    under_way = paper.last(Analyse)
    controller.choose_image(1)
    assert Analyse in paper.cancelled
    answer(controller, under_way)
    assert shown_number(controller) == 1
    assert controller.state.entries[1].status == "waiting"  # the stale answer was dropped
    controller.choose_image(2)
    assert paper.last(Analyse).number > under_way.number
    assert controller.state.pending == 2


def test_images_beyond_the_budget_are_analysed_again(paper: Paper) -> None:
    cache = AnalysisCache(2 * 4 * 8 * 8 * 4 + 100)  # the maps of two images and some bytes
    controller = Controller(paper, paper, LensState(), samples=Path("/samples"), analyses=cache)
    controller.start((), None)
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png", "c.png")
    for number in (1, 2, 3):
        controller.choose_image(number)
        answer(controller, paper.last(Analyse))
        assert cache.held_bytes <= 2 * 4 * 8 * 8 * 4 + 100
    controller.choose_image(2)
    assert paper.last(Analyse).entry == 3
    controller.choose_image(1)
    assert paper.last(Analyse).entry == 1
    assert shown_number(controller) == 2
    assert controller.state.pending == 1


def test_another_model_lets_all_analyses_go(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png")
    for number in (1, 2):
        controller.choose_image(number)
        answer(controller, paper.last(Analyse))
    controller.choose_model(Path("/models/other.onnx"))
    open_tiny(controller, paper)
    assert paper.last(Analyse).entry == 2
    answer(controller, paper.last(Analyse))
    controller.choose_image(1)
    assert paper.last(Analyse).entry == 1
    assert controller.state.pending == 1


def test_an_image_that_was_taken_out_is_let_go(paper: Paper) -> None:
    cache = AnalysisCache(10**9)
    controller = Controller(paper, paper, LensState(), samples=Path("/samples"), analyses=cache)
    controller.start((), None)
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png")
    for number in (1, 2):
        controller.choose_image(number)
        answer(controller, paper.last(Analyse))
    whole = cache.held_bytes
    controller.remove_image(1)
    assert cache.held_bytes == whole / 2
    controller.clear_images()
    assert cache.held_bytes == 0


def test_an_emptied_list_can_be_brought_back(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png", "c.png")
    controller.choose_image(2)
    sources = tuple(entry.source for entry in controller.state.entries)
    controller.clear_images()
    assert controller.state.entries == ()
    (notice,) = controller.state.notices
    assert notice.what == "3 images were removed from the list"
    assert isinstance(notice.action, BringBack)
    assert (notice.action.sources, notice.action.current) == (sources, 1)
    controller.bring_back(notice.action)
    assert controller.state.notices == ()
    assert tuple(entry.source for entry in controller.state.entries) == sources
    request = paper.last(Analyse)
    assert request.entry == controller.state.current == controller.state.entries[1].number
    waiting = [controller.state.entries[row].number for row in (0, 2)]
    assert [number for number, _ in paper.last(ClassifyMany).items] == waiting


def test_a_list_of_pasted_pictures_can_be_emptied_time_and_again(controller: Controller) -> None:
    for grey in (90, 120):
        pixels = np.full((4, 4, 3), grey, np.uint8)
        controller.open_source(PixelsSource("pasted picture", pixels))
        controller.clear_images()
    said = [notice.what for notice in controller.state.notices]
    assert said == ["The image was removed from the list"] * 2


def test_emptying_an_empty_list_says_nothing(controller: Controller) -> None:
    controller.clear_images()
    assert controller.state.notices == ()


def test_an_analysis_without_maps_is_made_again(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png")
    request = paper.last(Analyse)
    controller.receive(Classified(request.number, 1, picture("a.png"), scores(), TOP))
    controller.choose_image(2)
    answer(controller, paper.last(Analyse))
    controller.choose_image(1)
    assert paper.last(Analyse).entry == 1


def test_a_stale_failure_is_still_told(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "torn.png", "b.png")
    first = paper.last(Analyse)
    controller.choose_image(2)
    controller.receive(AnalysisFailed(first.number, first.entry, TORN))
    assert controller.state.notices[-1].what == "Cannot open torn.png"
    assert controller.state.entries[0].status == "failed"


def test_a_broken_file_keeps_the_last_good_result(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    answer(controller, paper.last(Analyse))
    good = controller.state.shown
    list_files(controller, paper, "torn.png")
    request = paper.last(Analyse)
    controller.receive(AnalysisFailed(request.number, request.entry, TORN))
    assert controller.state.shown is good
    assert controller.state.notices[-1].severity == "error"


def test_a_folder_that_begins_with_a_broken_file_shows_the_next(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "torn.png", "b.png")
    request = paper.last(Analyse)
    controller.receive(AnalysisFailed(request.number, request.entry, TORN))
    assert paper.last(Analyse).entry == 2


def test_layers_and_channels_open_without_any_request(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    answer(controller, paper.last(Analyse))
    before = len(paper.requests)
    controller.choose_layer("pool1")
    controller.choose_channel(3)
    controller.step_layer(-1)
    assert (controller.state.layer, controller.state.channel) == ("conv1", 3)
    assert len(paper.requests) == before


def test_a_folder_runs_in_the_background_without_the_picture_looked_at(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png", "c.png")
    request = paper.last(ClassifyMany)
    assert [entry for entry, _ in request.items] == [2, 3]
    assert controller.state.progress == Progress(0, 2)
    small = np.zeros((1, 1, 3), np.uint8)
    controller.receive(
        BatchSettled(request.number, ((2, TOP, ""),), ((2, small),), Progress(1, 2), CPU)
    )
    assert controller.state.progress == Progress(1, 2)
    assert paper.thumbnails[2] is small
    controller.receive(BatchSettled(request.number, ((3, None, "torn"),), (), None, CPU))
    assert controller.state.progress is None
    assert [entry.status for entry in controller.state.entries] == ["waiting", "ready", "failed"]


def test_a_cancelled_folder_run_is_not_taken_up_again(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png", "c.png")
    answer(controller, paper.last(Analyse))
    late = paper.last(ClassifyMany)
    controller.cancel()
    assert paper.cancelled == [ClassifyMany]
    controller.receive(BatchSettled(late.number, ((2, TOP, ""),), (), Progress(1, 2), CPU))
    assert controller.state.progress is None
    list_files(controller, paper, "d.png", "e.png")
    assert [entry for entry, _ in paper.last(ClassifyMany).items] == [5]


def test_a_failed_model_leaves_the_open_one_and_says_why(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    controller.open_paths((Path("pointer.onnx"),))
    error = ModelUnreadableError("cannot open pointer.onnx", why="a pointer", remedy="Pull.")
    controller.receive(ModelFailed(paper.last(OpenModel).number, error))
    assert controller.state.model is MODEL
    assert controller.state.notices[-1].why == "a pointer"
    assert controller.state.loading_model == ""


def test_a_new_model_classifies_everything_again(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png")
    answer(controller, paper.last(Analyse))
    count = len(paper.requests)
    controller.choose_model(Path("/models/tiny.onnx"))
    open_tiny(controller, paper)
    kinds = [type(request) for request in paper.requests[count:]]
    assert kinds == [OpenModel, Analyse, ClassifyMany]


def test_a_fall_back_from_cuda_is_told_once_and_the_image_is_not_lost(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper, CUDA)
    list_files(controller, paper, "a.png")
    fallen = Provider(name="cpu", reason="CUDA failed (out of memory)")
    answer(controller, paper.last(Analyse), fallen)
    assert [notice.why for notice in controller.state.notices] == [fallen.reason]
    assert controller.state.provider == fallen
    assert controller.state.shown is not None
    assert controller.state.shown.activations is not None


def test_cuda_that_was_asked_for_in_vain_is_told(controller: Controller, paper: Paper) -> None:
    controller.choose_provider("cuda")
    assert paper.last(OpenModel).choice == "cuda"
    open_tiny(controller, paper, Provider(name="cpu", reason="no NVIDIA driver found"))
    assert controller.state.notices[-1].why == "no NVIDIA driver found"


def test_what_is_assumed_for_lack_of_a_card_is_told_in_one_notice(
    controller: Controller, paper: Paper
) -> None:
    assumed = replace(MODEL, assumptions=("Scaled to 0..1.", "Labels are not known."))
    controller.receive(ModelOpened(paper.last(OpenModel).number, assumed, CPU))
    assert [notice.why for notice in controller.state.notices] == [
        "Scaled to 0..1. Labels are not known"
    ]


def test_bitmaps_and_samples_are_opened_like_files(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    bitmap = PixelsSource("Pasted", np.zeros((2, 2, 3), np.uint8))
    controller.open_source(bitmap)
    assert paper.last(Analyse).source is bitmap
    controller.open_samples((Sample("hand.png", "A hand", "signs"),))
    assert paper.last(Analyse).source == FileSource(Path("/samples/hand.png"))


def test_copying_gives_the_bars_as_text(controller: Controller, paper: Paper) -> None:
    controller.copy_predictions()
    assert paper.clipboard == ""
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    answer(controller, paper.last(Analyse))
    controller.copy_predictions()
    assert paper.clipboard.splitlines()[0] == "80.00 %\tone"


def test_thumbnails_are_asked_for_and_handed_on(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    controller.want_thumbnails((1, 99))
    request = paper.last(MakeThumbnails)
    assert [entry for entry, _ in request.items] == [1]
    controller.receive(ThumbnailsMade(request.number, ((1, np.ones((1, 1, 3), np.uint8)),)))
    assert 1 in paper.thumbnails


def test_an_empty_folder_is_told(controller: Controller, paper: Paper) -> None:
    controller.open_paths((Path("empty"),))
    controller.receive(ImagesListed(paper.last(ListImages).number, ()))
    assert controller.state.notices[-1].what == "No pictures found"


def test_removing_the_shown_picture_shows_its_neighbour(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png")
    answer(controller, paper.last(Analyse))
    controller.remove_image(1)
    assert paper.last(Analyse).entry == 2
    assert [entry.number for entry in controller.state.entries] == [2]


def test_a_crash_in_the_worker_leaves_nothing_waiting(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "b.png", "c.png")
    controller.receive(Crashed(paper.last(Analyse).number, "Analyse", "ZeroDivisionError"))
    assert controller.state.pending is None
    controller.receive(Crashed(paper.last(ClassifyMany).number, "ClassifyMany", "KeyError"))
    assert controller.state.progress is None
    controller.choose_model(Path("/models/other.onnx"))
    controller.receive(Crashed(paper.last(OpenModel).number, "OpenModel", "MemoryError"))
    assert controller.state.loading_model == ""
    assert "MemoryError" in controller.state.notices[-1].why


def test_what_the_worker_has_opened_counts_even_when_another_was_asked_for(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    controller.choose_model(Path("/models/b.onnx"))
    opening_b = paper.last(OpenModel)
    controller.choose_model(Path("/models/damaged.onnx"))
    other = replace(MODEL, name="b", path=Path("/models/b.onnx"), labels=("x", "y", "z"))
    controller.receive(ModelOpened(opening_b.number, other, CPU))
    assert controller.state.loading_model == "damaged"
    error = ModelUnreadableError("cannot open", why="damaged", remedy="Mend it.")
    controller.receive(ModelFailed(paper.last(OpenModel).number, error))
    assert controller.state.model is other
    assert controller.state.loading_model == ""


def test_a_remembered_model_that_has_gone_gives_way_to_the_default(
    controller: Controller, paper: Paper
) -> None:
    controller.choose_model(Path("/gone.onnx"))
    list_files(controller, paper, "a.png")
    error = ModelMissingError("cannot open gone", why="there is no file", remedy="Check.")
    controller.receive(ModelFailed(paper.last(OpenModel).number, error))
    assert paper.last(OpenModel).reference is None
    open_tiny(controller, paper)
    answer(controller, paper.last(Analyse))
    assert controller.state.shown is not None


def test_without_any_model_a_picture_does_not_wait_for_ever(
    controller: Controller, paper: Paper
) -> None:
    list_files(controller, paper, "a.png")
    error = ModelMissingError("cannot open", why="there is no file", remedy="Check.")
    controller.receive(ModelFailed(paper.last(OpenModel).number, error))
    request = paper.last(Analyse)
    controller.receive(AnalysisFailed(request.number, request.entry, error))
    assert controller.state.pending is None
    assert controller.state.entries[0].status == "failed"


def test_a_provider_chosen_while_a_model_loads_is_for_that_model(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    controller.choose_model(Path("/models/b.onnx"))
    controller.choose_provider("cpu")
    assert paper.last(OpenModel).reference == "/models/b.onnx"
    assert paper.last(OpenModel).choice == "cpu"


def test_an_analysis_that_was_cut_short_is_taken_up_again_when_the_next_fails(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png", "torn.png")
    request = paper.last(Analyse)
    controller.receive(Classified(request.number, request.entry, picture("a.png"), scores(), TOP))
    controller.choose_image(2)
    torn = paper.last(Analyse)
    controller.receive(AnalysisFailed(torn.number, torn.entry, TORN))
    again = paper.last(Analyse)
    assert again.entry == 1
    answer(controller, again)
    assert controller.state.shown is not None
    assert controller.state.shown.activations is not None


def test_maps_that_cannot_be_had_leave_the_classes(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    request = paper.last(Analyse)
    controller.receive(Classified(request.number, request.entry, picture("a.png"), scores(), TOP))
    controller.receive(AnalysisFailed(request.number, request.entry, TORN))
    assert controller.state.entries[0].top == TOP
    assert controller.state.notices[-1].severity == "error"
    assert maps_message(controller.state) == "No maps: it is torn"
    controller.choose_image(1)
    answer(controller, paper.last(Analyse))
    assert controller.state.shown is not None
    assert controller.state.shown.trouble == ""


def test_maps_are_not_waited_for_after_a_crash(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    request = paper.last(Analyse)
    controller.receive(Classified(request.number, request.entry, picture("a.png"), scores(), TOP))
    controller.receive(Crashed(request.number, "Analyse", "MemoryError"))
    assert maps_message(controller.state) == "No maps: MemoryError"


def test_the_image_on_screen_is_taken_up_again_after_a_crash(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    answer(controller, paper.last(Analyse))
    open_tiny(controller, paper)  # its classes and maps no longer hold
    list_files(controller, paper, "b.png")
    other = paper.last(Analyse)
    assert other.entry == 2
    controller.receive(Crashed(other.number, "Analyse", "MemoryError"))
    assert controller.state.entries[1].status == "failed"
    assert paper.last(Analyse).entry == 1


def test_only_what_was_chosen_in_the_window_is_for_remembering(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    assert controller.chosen_model is None
    assert controller.chosen_provider is None
    controller.choose_model(MODEL.path)
    open_tiny(controller, paper)
    assert controller.chosen_model == str(MODEL.path)


def test_what_a_later_start_names_is_opened_as_from_the_command_line(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    controller.open_named((Path("/cat.png"),), model=None, provider=None)
    assert paper.last(ListImages).paths == (Path("/cat.png"),)
    assert len([r for r in paper.requests if isinstance(r, OpenModel)]) == 1
    controller.open_named((), model="signs", provider=None)
    assert paper.last(OpenModel).reference == "signs"
    assert controller.chosen_model is None


def test_later_start_may_move_the_open_model_to_another_provider(
    controller: Controller, paper: Paper
) -> None:
    controller.open_named((), model="signs", provider=None)
    open_tiny(controller, paper)
    controller.open_named((), model=None, provider="cpu")
    moved = paper.last(OpenModel)
    assert (moved.reference, moved.choice) == ("signs", "cpu")
    assert controller.chosen_provider is None


def test_later_start_may_bring_a_folder_with_cudas_libraries(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    controller.open_named((), cuda_folder=Path("/cuda"))
    assert paper.last(OpenModel).cuda_folder == Path("/cuda")
    assert controller.cuda_folder_to_keep("/remembered") == "/remembered"


def test_what_a_later_start_names_takes_the_place_of_no_choice(
    controller: Controller, paper: Paper
) -> None:
    controller.choose_cuda_folder(Path("/chosen"))
    controller.choose_model(MODEL.path)
    open_tiny(controller, paper)
    controller.open_named((Path("/models/b.onnx"),), cuda_folder=Path("/named"))
    assert paper.last(OpenModel).cuda_folder == Path("/named")
    assert paper.last(OpenModel).reference == "/models/b.onnx"
    other = replace(MODEL, name="b", path=Path("/models/b.onnx"))
    controller.receive(ModelOpened(paper.last(OpenModel).number, other, CPU))
    assert controller.cuda_folder_to_keep(None) == "/chosen"
    assert controller.chosen_model == str(MODEL.path)


def test_model_among_the_files_of_a_command_line_is_no_choice(
    controller: Controller, paper: Paper
) -> None:
    controller.start((MODEL.path,), None)
    open_tiny(controller, paper)
    assert controller.chosen_model is None
    controller.open_named((MODEL.path,))
    open_tiny(controller, paper)
    assert controller.chosen_model is None
    controller.open_paths((MODEL.path,))
    open_tiny(controller, paper)
    assert controller.chosen_model == str(MODEL.path)


def test_later_start_for_what_is_open_already_loads_nothing_again(
    controller: Controller, paper: Paper
) -> None:
    controller.open_named((), model="signs", provider="cpu")
    before = len(paper.requests)
    controller.open_named((), model="signs", provider="cpu")
    assert len(paper.requests) == before


# --- CUDA's libraries and the diagnosis ----------------------------------------------------------


def test_choosing_a_folder_loads_the_model_with_it(controller: Controller, paper: Paper) -> None:
    open_tiny(controller, paper)
    controller.choose_cuda_folder(Path("/opt/cuda"))
    asked = paper.last(OpenModel)
    assert asked.cuda_folder == Path("/opt/cuda")
    assert paper.states[-1].cuda_folder == Path("/opt/cuda")
    controller.choose_cuda_folder(None)
    assert paper.last(OpenModel).cuda_folder is None


def test_a_folder_goes_along_with_every_later_model(controller: Controller, paper: Paper) -> None:
    controller.choose_cuda_folder(Path("/opt/cuda"))
    controller.choose_model(Path("/models/other.onnx"))
    assert paper.last(OpenModel).cuda_folder == Path("/opt/cuda")


def test_a_folder_chosen_while_cuda_runs_counts_from_the_next_start(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper, CUDA)
    asked = len(paper.requests)
    controller.choose_cuda_folder(Path("/opt/cuda"))
    assert len(paper.requests) == asked
    assert paper.states[-1].notices[-1].severity == "information"
    assert controller.cuda_folder_to_keep(None) == "/opt/cuda"


def test_a_folder_chosen_for_the_cpu_loads_nothing(controller: Controller, paper: Paper) -> None:
    controller.choose_provider("cpu")
    open_tiny(controller, paper)
    asked = len(paper.requests)
    controller.choose_cuda_folder(Path("/opt/cuda"))
    assert len(paper.requests) == asked


def test_a_folder_from_the_command_line_is_not_remembered(paper: Paper) -> None:
    state = LensState(cuda_folder=Path("/for/this/start"))
    controller = Controller(paper, paper, state, samples=Path("/samples"))
    controller.start((), None)
    assert paper.last(OpenModel).cuda_folder == Path("/for/this/start")
    assert controller.cuda_folder_to_keep("/remembered") == "/remembered"
    controller.choose_cuda_folder(None)
    assert controller.cuda_folder_to_keep("/remembered") is None


def test_cuda_asked_for_in_vain_is_said_with_its_remedy(
    controller: Controller, paper: Paper
) -> None:
    controller.choose_provider("cuda")
    remedy = Remedy(what="Install cuDNN", command="pip install it")
    open_tiny(controller, paper, Provider(name="cpu", reason="cuDNN is not", remedy=remedy))
    notice = paper.states[-1].notices[-1]
    assert (notice.why, notice.remedy) == ("cuDNN is not", "Install cuDNN")


def test_an_examination_that_breaks_is_said(controller: Controller, paper: Paper) -> None:
    controller.examine()
    number = paper.last(Examine).number
    controller.receive(Crashed(number, "Examine", "OSError: no more files"))
    assert paper.states[-1].diagnosis_error == "OSError: no more files"
    assert paper.states[-1].notices
    controller.examine()
    assert paper.states[-1].diagnosis_error == ""
    controller.receive(Examined(number, cast("Diagnosis", object())))  # the one before it
    assert paper.states[-1].diagnosis is None


def test_an_examination_is_asked_for_anew_each_time(controller: Controller, paper: Paper) -> None:
    found = cast("Diagnosis", object())
    controller.examine()
    controller.receive(Examined(paper.last(Examine).number, found))
    assert paper.states[-1].diagnosis is found
    controller.examine()
    assert paper.states[-1].diagnosis is None


# --- when something breaks -----------------------------------------------------------------------


def test_an_unexpected_error_is_said_with_its_report_and_the_result_stays(
    controller: Controller, paper: Paper
) -> None:
    open_tiny(controller, paper)
    list_files(controller, paper, "a.png")
    answer(controller, paper.last(Analyse))
    shown = controller.state.shown
    report = Path("/log/crash-2.txt")
    controller.tell_reports((Path("/log/crash-1.txt"),), None)
    controller.receive(UnexpectedError("KeyError: 'x'", report))
    assert controller.state.notices[-1].action == ShowReport(report)
    assert controller.state.reports == (report, Path("/log/crash-1.txt"))
    assert controller.state.shown is shown


def test_an_error_without_a_report_offers_none(controller: Controller) -> None:
    controller.receive(UnexpectedError("KeyError: 'x'", None))
    assert controller.state.notices[-1].action is None
    assert "log" in controller.state.notices[-1].remedy
    assert controller.state.reports == ()


def test_the_same_error_again_is_one_notice(controller: Controller) -> None:
    for _ in range(3):
        controller.receive(UnexpectedError("KeyError: 'x'", Path("/log/crash.txt")))
    assert len(controller.state.notices) == 1
    assert len(controller.state.reports) == 1


def test_the_workers_crash_comes_with_its_report(controller: Controller, paper: Paper) -> None:
    report = Path("/log/crash.txt")
    controller.receive(Crashed(paper.last(OpenModel).number, "OpenModel", "MemoryError", report))
    assert controller.state.notices[-1].action == ShowReport(report)


def test_every_new_state_is_told_after_it_is_rendered(controller: Controller, paper: Paper) -> None:
    told: list[bool] = []
    controller.became.connect(lambda state: told.append(state is paper.states[-1]))
    controller.refuse_drop("nothing in it", "dropped")
    assert told == [True]
