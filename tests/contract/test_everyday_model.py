"""The model of everyday things: readable labels, its terms, and what it makes of the samples."""

import re

import pytest

from desktop_app import paths
from desktop_app.core.bundled import samples_for
from desktop_app.core.images import load_image
from desktop_app.core.model_file import load_model
from desktop_app.core.model_library import find_model
from desktop_app.core.predictions import top_k
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import Card, FileSource, Model
from desktop_app.core.sessions import ModelSessions


@pytest.fixture(scope="module")
def everyday() -> Model:
    return load_model(find_model("everyday", (paths.bundled_models(),)))


@pytest.fixture(scope="module")
def card(everyday: Model) -> Card:
    assert everyday.card is not None
    return everyday.card


def test_the_labels_are_words_that_people_use(everyday: Model) -> None:
    assert len(everyday.labels) == 200
    assert {"golden retriever", "German shepherd", "Christmas stocking"} <= set(everyday.labels)
    assert not any(re.search(r"n\d{8}|,|_", label) for label in everyday.labels)


def test_the_card_says_what_the_pictures_of_its_training_do_not_allow(card: Card) -> None:
    assert "non-commercial" in card.licence.lower()
    assert "Tiny ImageNet" in f"{card.licence} {card.source}"
    terms = paths.resources() / "licences" / "everyday.txt"
    assert "non-commercial research and education only" in terms.read_text()


def test_the_accuracy_is_that_of_all_validation_images(card: Card) -> None:
    figure = card.accuracy[0]
    assert figure.images == 10_000
    assert figure.top5 is not None
    assert figure.top1 < figure.top5


@pytest.mark.parametrize(
    ("file", "shown"), [("ladybug.jpg", "ladybug"), ("coffee.jpg", "espresso")]
)
def test_a_sample_is_recognised(everyday: Model, file: str, shown: str) -> None:
    assert file in {sample.file for sample in samples_for("everyday")}
    image = load_image(FileSource(paths.samples() / file))
    tensor = preprocess(image, everyday.preprocessing)
    probabilities = ModelSessions(everyday, "cpu").probabilities(tensor)[0]
    assert top_k(probabilities, everyday.labels, 1)[0].label == shown


def test_every_sample_shows_something_that_has_a_class(everyday: Model) -> None:
    files = {sample.file for sample in samples_for("everyday")}
    assert files == {"ladybug.jpg", "coffee.jpg"}
    assert {"ladybug", "espresso"} <= set(everyday.labels)
