"""What the program adds to the network's own time, on ResNet-50 at 224×224 and 1000 classes."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from skimage import data

from desktop_app.core.images import load_image
from desktop_app.core.model_file import load_model
from desktop_app.core.predictions import top_k
from desktop_app.core.preprocessing import preprocess
from desktop_app.core.records import CARD_SCHEMA, Card, FileSource, Tensor
from desktop_app.core.sessions import ModelSessions
from tests.benchmarks.measure import compare, report

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.benchmark, pytest.mark.torch, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lesson's layout with random weights: time does not depend on their values."""
    from model_export.onnx_graph import build_graph
    from model_export.presets import find_preset
    from model_export.resnet import ResNet

    preset = find_preset("lesson", classes=1000, image_size=224)
    network = ResNet(preset).eval()
    card = Card(
        schema=CARD_SCHEMA,
        title="Random weights",
        labels=tuple(f"class {index}" for index in range(1000)),
        preprocessing=preset.preprocessing(),
        layers=network.layer_records(224),
    )
    path = tmp_path_factory.mktemp("benchmark") / "random.onnx"
    path.write_bytes(build_graph(network, card).SerializeToString())
    return path


@pytest.fixture(scope="module")
def sessions(model_path: Path) -> ModelSessions:
    return ModelSessions(load_model(model_path), "cpu")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real photograph, 500×375, as a JPEG."""
    picture = PillowImage.fromarray(data.astronaut()).crop((0, 64, 512, 448)).resize((500, 375))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=90)
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    path.write_bytes(content.getvalue())
    return path


@pytest.fixture(scope="module")
def tensor(photo: Path, sessions: ModelSessions) -> Tensor:
    return preprocess(load_image(FileSource(photo)), sessions.model.preprocessing)


def test_classify_against_a_bare_run(
    sessions: ModelSessions, photo: Path, tensor: Tensor, model_path: Path
) -> None:
    import onnxruntime

    # Spinning threads of one session would slow the other one down, and spoil both figures.
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    bare = onnxruntime.InferenceSession(model_path, options, providers=["CPUExecutionProvider"])
    name = bare.get_inputs()[0].name

    def classify() -> object:
        image = load_image(FileSource(photo))
        batch = preprocess(image, sessions.model.preprocessing)
        return top_k(sessions.probabilities(batch)[0], sessions.model.labels, 5)

    ratio = compare(classify, lambda: bare.run(["probabilities"], {name: tensor}))
    report("classify a 500×375 JPEG, file to top-5 / bare ONNX Runtime run", ratio, goal=1.15)
    assert len(classify()) == 5  # type: ignore[arg-type]


def test_a_run_against_pytorch_eager(sessions: ModelSessions, photo: Path, tensor: Tensor) -> None:
    from model_export.presets import find_preset
    from model_export.resnet import ResNet

    network = ResNet(find_preset("lesson", classes=1000, image_size=224)).eval()
    twin = torch.from_numpy(np.array(tensor))

    def eager() -> object:
        with torch.inference_mode():
            return network(twin)

    ratio = compare(lambda: sessions.probabilities(tensor), eager)
    report("a run / PyTorch eager", ratio, goal=0.75)
    assert ratio.baseline_ms > 0


def test_all_activations_against_the_plain_run(sessions: ModelSessions, tensor: Tensor) -> None:
    ratio = compare(lambda: sessions.activations(tensor), lambda: sessions.probabilities(tensor))
    report("all named activations / plain run", ratio, goal=1.4)
    assert len(sessions.activations(tensor).values) == len(sessions.model.layers)
