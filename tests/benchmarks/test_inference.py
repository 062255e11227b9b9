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
from desktop_app.core.records import Activations, FileSource, Tensor
from desktop_app.core.sessions import ModelSessions
from tests.benchmarks.measure import compare, report

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.benchmark, pytest.mark.torch, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def sessions(random_model: Path) -> ModelSessions:
    return ModelSessions(load_model(random_model), "cpu")


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
    sessions: ModelSessions, photo: Path, tensor: Tensor, random_model: Path
) -> None:
    import onnxruntime

    # Spinning threads of one session would slow the other one down, and spoil both figures.
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    bare = onnxruntime.InferenceSession(random_model, options, providers=["CPUExecutionProvider"])
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


def test_all_activations_and_predictions_against_the_plain_run(
    sessions: ModelSessions, tensor: Tensor
) -> None:
    """Candidate and baseline both end in the five likeliest classes."""
    labels = sessions.model.labels

    def activations_and_predictions() -> Activations:
        activations = sessions.activations(tensor)
        top_k(activations.values["probabilities"].ravel(), labels, 5)
        return activations

    def predictions() -> object:
        return top_k(sessions.probabilities(tensor)[0], labels, 5)

    ratio = compare(activations_and_predictions, predictions)
    report("all named activations and predictions / plain run", ratio, goal=1.35)
    assert len(activations_and_predictions().values) == len(sessions.model.layers)


def test_all_activations_looked_at_once_against_tapping_them_all(
    sessions: ModelSessions, tensor: Tensor
) -> None:
    """What deriving costs whoever goes through every layer, as an index does."""

    def derived() -> object:
        return [maps.shape for maps in sessions.activations(tensor).values.values()]

    ratio = compare(derived, lambda: sessions.activations(tensor, exact=True), rounds=9)
    report("all activations, each looked at once / all tapped", ratio, goal=1)
    assert ratio.baseline_ms > 0
