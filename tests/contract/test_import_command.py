"""``model-export import``: a proved file with a full card, or a reason and nothing at all."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop_app.core.model_file import load_model
from desktop_app.core.records import Card
from model_export.__main__ import main
from model_export.import_weights import SOURCES
from tests.foreign_weights import EIGHTH, pictures, unsettle
from tests.small_training import narrow_network, write_folders

torch = pytest.importorskip("torch")

from model_export.exported_network import read_network  # noqa: E402
from model_export.weights.conventions import CHOLLET, HUGGING_FACE  # noqa: E402
from model_export.weights.published import file_digest  # noqa: E402
from model_export.weights.sources import READERS  # noqa: E402
from tests.foreign_files import renamed, write_keras, write_safetensors  # noqa: E402
from tests.torchvision_reference import make  # noqa: E402

pytestmark = pytest.mark.torch

SMALL = ("--image-size", "64")


@pytest.fixture(autouse=True)
def narrow() -> Iterator[None]:
    with narrow_network(EIGHTH):
        yield


@pytest.fixture(scope="module")
def state() -> dict[str, Any]:
    """Of a network that tells pictures apart, under torchvision's names."""
    network = make()
    unsettle(network, pictures())
    return dict(network.state_dict())


@pytest.fixture
def files(state: dict[str, Any], tmp_path: Path) -> dict[str, Path]:
    """One of each source, in a folder of its own; the hub's with what lies beside it."""
    folder = tmp_path / "sources"
    hub = folder / "hub"
    hub.mkdir(parents=True)
    converted = {n: torch.from_numpy(v) for n, v in renamed(state, HUGGING_FACE).items()}
    write_safetensors(hub / "model.safetensors", converted)
    names = {str(index): f"kind {index}" for index in range(7)}
    (hub / "config.json").write_text(json.dumps({"model_type": "resnet", "id2label": names}))
    (hub / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n")
    torch.save(state, folder / "network.pth")
    return {
        "keras": write_keras(folder / "weights.h5", renamed(state, CHOLLET)),
        "torchvision": folder / "network.pth",
        "timm": write_safetensors(folder / "timm.safetensors", state),
        "huggingface": hub,
    }


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.txt"
    path.write_text("tench\ngoldfish\nshark\nray\ncock\nhen\nostrich")
    return path


Printed = Callable[[], str]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """What stands on standard error since it was last asked."""
    return lambda: capsys.readouterr().err


def imported(*arguments: object) -> int:
    try:
        return main(["import", *map(str, arguments)])
    except SystemExit as end:  # how argparse ends a wrong call
        return int(str(end.code))


def card_of(path: Path) -> Card:
    card = load_model(path).card
    assert card is not None
    return card


def test_the_command_knows_every_reader() -> None:
    assert set(SOURCES) == set(READERS)


@pytest.mark.parametrize("source", SOURCES)
def test_the_card_tells_where_the_weights_come_from(
    source: str,
    files: dict[str, Path],
    labels: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "out" / "model.onnx"
    file, more = files[source], ("--labels", labels) if source != "huggingface" else ()
    assert imported(file, "--from", source, "--output", output, *more, *SMALL) == 0
    card = card_of(output)
    brought = tuple(f"kind {index}" for index in range(7))
    assert card.labels == (
        brought if source == "huggingface" else tuple(labels.read_text().split())
    )
    assert card.preprocessing.height == 64
    assert card.preprocessing.channel_order == ("BGR" if source == "keras" else "RGB")
    expected = {
        "keras": "MIT",
        "torchvision": "BSD-3-Clause",
        "timm": "Apache-2.0",
        "huggingface": "cc-by-4.0",
    }
    assert card.licence == expected[source]
    assert card.source.startswith("https://")
    assert "ResNet-50" in card.title
    read = file / "model.safetensors" if source == "huggingface" else file
    assert card.training["weights_file"] == read.name
    assert card.training["weights_file_sha256"] == file_digest(read)
    shown = capsys.readouterr()
    assert file_digest(read) in shown.out
    assert "named tensors agree" in shown.out
    for about, assumption in card.training["assumptions"].items():
        assert f"{about} assumed: {assumption}" in shown.err
    assert [path.name for path in output.parent.iterdir()] == ["model.onnx"]
    # What was imported can be trained on.
    again, _ = read_network(output)
    assert again.preset.name == card.training["preset"]


def test_everything_on_the_card_can_be_said_otherwise(
    files: dict[str, Path], labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "model.onnx"
    call = (files["keras"], "--from", "keras", "--output", output, "--labels", labels)
    words = ("--title", "Fishes", "--licence", "CC0-1.0", "--source", "a friend")
    assert imported(*call, *words, "--preprocessing", "lesson") == 0
    card = card_of(output)
    assert (card.title, card.licence, card.source) == ("Fishes", "CC0-1.0", "a friend")
    assert (card.preprocessing.height, card.preprocessing.resize_rule) == (64, "stretch")
    assert (card.preprocessing.channel_order, card.preprocessing.scale) == ("RGB", 1 / 255)
    assert "assumptions" not in card.training
    assert capsys.readouterr().err == ""


def test_it_is_proved_and_measured_on_the_readers_images(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folders(tmp_path / "shades", splits=("val",), count=4)
    labels = tmp_path / "names.txt"
    labels.write_text("bright\ndark\nc\nd\ne\nf\ng")
    output = tmp_path / "model.onnx"
    call = (files["timm"], "--from", "timm", "--output", output, "--labels", labels)
    assert imported(*call, "--data", folder, *SMALL) == 0
    assert card_of(output).accuracy[0].images == 8
    assert "accuracy: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "the weights come without labels"),
        (("--labels", "two.txt"), "7 classes apart, and two.txt names 2"),
        (("--labels", "labels.txt", "--image-size", "31"), "image_size cannot be 31"),
        (("--labels", "labels.txt", "--data", "/nowhere"), "cannot use the data set /nowhere"),
        (("--labels", "labels.txt", "--from", "caffe"), "invalid choice: 'caffe'"),
    ],
    ids=["no labels", "few labels", "small", "no data", "no source"],
)
@pytest.mark.usefixtures("labels")
def test_a_wrong_call_is_2_and_writes_nothing(
    more: tuple[str, ...], message: str, files: dict[str, Path], tmp_path: Path, printed: Printed
) -> None:
    (tmp_path / "two.txt").write_text("a\nb\n")
    output = tmp_path / "out" / "model.onnx"
    words = [tmp_path / word if word.endswith(".txt") else word for word in more]
    assert imported(files["timm"], "--from", "timm", "--output", output, *words) == 2
    assert message in printed()
    assert not output.parent.exists()


def test_a_keras_file_without_its_top_is_refused(
    state: dict[str, Any], labels: Path, tmp_path: Path, printed: Printed
) -> None:
    tensors = renamed(state, CHOLLET)
    trunk = {name: value for name, value in tensors.items() if not name.startswith("fc1000/")}
    path = write_keras(tmp_path / "weights_notop.h5", trunk)
    output = tmp_path / "out" / "model.onnx"
    assert imported(path, "--from", "keras", "--output", output, "--labels", labels) == 1
    assert "fc1000/kernel is missing: the network is stored without its last" in printed()
    assert not output.parent.exists()


BAD: dict[str, tuple[bytes | None, str]] = {
    "html": (b"<!doctype html><title>404</title>", "it is a web page"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\n", "it is a Git LFS pointer"),
    "gone": (None, "there is no file"),
}


@pytest.fixture
def bad_file(request: pytest.FixtureRequest, files: dict[str, Path], state: Any) -> Path:
    """``bad.pth``, bad in the way that the test's parameter says."""
    path = files["torchvision"].with_name("bad.pth")
    way = request.param
    if way == "nan":
        torch.save({**state, "layer3.1.bn2.bias": torch.full((32,), torch.nan)}, path)
    elif way == "cut":
        path.write_bytes(files["torchvision"].read_bytes()[:-100])
    elif way == "keras":
        path.write_bytes(files["keras"].read_bytes())
    elif way == "huggingface":
        path.write_bytes((files["huggingface"] / "model.safetensors").read_bytes())
    elif (content := BAD[way][0]) is not None:
        path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("bad_file", "message"),
    [
        *((way, message) for way, (_, message) in BAD.items()),
        ("cut", "it is truncated or damaged"),
        ("keras", "it is a HDF5 file, and this source's are PyTorch or safetensors files"),
        ("huggingface", "conv1.weight is missing"),
        ("nan", "layer3.1.bn2.bias has values that are not finite"),
    ],
    indirect=["bad_file"],
)
def test_a_bad_file_is_1_and_writes_nothing(
    bad_file: Path, message: str, labels: Path, tmp_path: Path, printed: Printed
) -> None:
    output = tmp_path / "out" / "model.onnx"
    call = (bad_file, "--from", "torchvision", "--output", output, "--labels", labels)
    assert imported(*call) == 1
    assert f"cannot import bad.pth: {message}" in printed()
    assert not output.parent.exists()
    output.parent.mkdir()
    output.write_bytes(b"the one of before")
    assert imported(*call) == 1
    assert [entry.read_bytes() for entry in output.parent.iterdir()] == [b"the one of before"]
