"""A class is called by its label in any case, or by its number."""

import pytest

from desktop_app.core.class_names import find_class
from desktop_app.core.errors import ClassMissingError

LABELS = ("Golden retriever", "goldfish", "0", "crane", "Crane")


@pytest.mark.parametrize(
    ("word", "index"),
    [("golden RETRIEVER", 0), (" goldfish ", 1), ("0", 2), ("1", 1), ("4", 4)],
)
def test_labels_go_before_numbers(word: str, index: int) -> None:
    assert find_class(word, LABELS) == index


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("goldfsh", "Did you mean goldfish"),
        ("5", "among its 5"),
        ("-1", "among its 5"),
        ("crane", "3, 4"),
    ],
)
def test_what_is_no_class_is_said(word: str, words: str) -> None:
    with pytest.raises(ClassMissingError, match=words):
        find_class(word, LABELS)


THINGS = ("hog", "acorn", "Golden retriever", "Labrador retriever", "torch", "go-kart", "hot dog")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("dog", "Did you mean hot dog?"),
        ("retriever", "Did you mean Golden retriever or Labrador retriever?"),
        ("Labrador", "Did you mean Labrador retriever?"),
        ("goldn retriever", "Did you mean Golden retriever"),
        ("gokart", "Did you mean go-kart?"),
        ("unicorn", "'residual-lens classify IMAGE --top-k 7' names all classes."),
        ("art", "'residual-lens classify IMAGE --top-k 7' names all classes."),
    ],
)
def test_only_what_may_be_meant_is_offered(word: str, meant: str) -> None:
    with pytest.raises(ClassMissingError) as caught:
        find_class(word, THINGS)
    assert caught.value.remedy.startswith(meant)
