"""Every method of explanation gives what the reference gives: Captum, or the papers' formulas."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.attribution.input_gradients import NOISE, SAMPLES
from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attribution.occluding import squares
from desktop_app.core.attributions import Attribution, Question
from desktop_app.core.explaining import explain
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.map_names import Method
from desktop_app.core.model_file import load_model
from desktop_app.core.preprocessing import normalise
from desktop_app.core.records import Provider, Tensor

torch = pytest.importorskip("torch")
captum = pytest.importorskip("captum.attr")
from torch.nn import functional as F  # noqa: E402, N812 - torch's own habit

pytestmark = pytest.mark.torch
TOLERANCE = 1e-3
"""Of the largest value."""
CLASS, OTHER = 2, 4
LAYERS = ["conv1_relu", "res2b", "res4c_branch2b_relu", "res4f_relu"]


class Twin:
    """The network in PyTorch, float64, beside its exported file."""

    def __init__(self, network: Any, path: Path) -> None:
        self.network = network.double().requires_grad_()
        self.model = load_model(path)
        self.derivatives = Derivatives(
            GradientSessions(self.model, Provider(name="cpu", reason="asked for"))
        )
        spec = self.model.preprocessing
        noise = np.random.default_rng(3)
        pixels = noise.integers(0, 256, (spec.height // 4, spec.width // 4, 3), dtype=np.uint8)
        self.pixels = pixels.repeat(4, axis=0).repeat(4, axis=1)
        self.tensor = normalise(self.pixels, spec)
        self.input = torch.from_numpy(self.tensor.copy()).double()

    def ours(self, method: Method, layer: str | None = None, *, both: bool = False) -> Attribution:
        against = OTHER if both else None
        question = Question(method=method, class_index=CLASS, against=against, layer=layer)
        return explain(self.derivatives, self.tensor, question)

    def score(self, batch: Any, *, both: bool = False) -> Any:
        logits = self.network(batch).flatten(1)
        return logits[:, CLASS] - (logits[:, OTHER] if both else 0)

    def layer(self, name: str, *, both: bool = False) -> tuple[Any, Any]:
        """Activation and gradient, (C, h, w), by autograd."""
        kept: list[Any] = []
        module = self.network.named_layers()[name]
        hook = module.register_forward_hook(lambda _m, _i, output: kept.append(output))
        score = self.score(self.input, both=both)
        hook.remove()
        (gradient,) = torch.autograd.grad(score.sum(), kept[0])
        return kept[0].detach()[0], gradient[0]


@pytest.fixture(scope="module")
def twin(checkpoint: Any, exported_file: Path) -> Twin:
    from model_export.checkpoints import load_network
    from tests.small_training import QUARTER, narrow_network

    with narrow_network(QUARTER):
        network = load_network(checkpoint)
    return Twin(network, exported_file)


def assert_same(ours: Tensor, theirs: Any) -> None:
    reference = theirs.detach().numpy()
    assert ours.shape == reference.shape
    assert ours.dtype == np.float32
    assert not ours.flags.writeable
    largest = np.abs(reference).max()
    assert largest > 0
    assert np.abs(ours - reference).max() <= TOLERANCE * largest


# --- at layers: the formulas of pytorch-grad-cam -------------------------------------------------


def gradcam(activation: Any, gradient: Any) -> Any:
    return F.relu((gradient.mean((1, 2))[:, None, None] * activation).sum(0))


def gradcam_plus_plus(activation: Any, gradient: Any) -> Any:
    square, cube = gradient**2, gradient**3
    total = activation.sum((1, 2))[:, None, None]
    shares = square / (2 * square + total * cube)
    shares = torch.where(gradient != 0, shares, 0)
    weights = (F.relu(gradient) * shares).sum((1, 2))
    return F.relu((weights[:, None, None] * activation).sum(0))


def layercam(activation: Any, gradient: Any) -> Any:
    return F.relu((F.relu(gradient) * activation).sum(0))


@pytest.mark.parametrize(
    ("layer", "both"), [*((layer, False) for layer in LAYERS), (LAYERS[-1], True)]
)
@pytest.mark.parametrize(
    ("method", "formula"),
    [("gradcam", gradcam), ("gradcam++", gradcam_plus_plus), ("layercam", layercam)],
)
def test_maps_of_a_layer(twin: Twin, method: Method, formula: Any, layer: str, both: bool) -> None:
    found = twin.ours(method, layer, both=both)
    reference = formula(*twin.layer(layer, both=both))
    assert_same(found.values, reference)
    assert found.layer == layer


def test_gradcam_is_captums(twin: Twin) -> None:
    module = twin.network.named_layers()["res4a_relu"]
    reference = captum.LayerGradCam(twin.network, module)
    theirs = reference.attribute(twin.input, CLASS, relu_attributions=True)
    assert_same(twin.ours("gradcam", "res4a_relu").values, theirs[0, 0])


@pytest.mark.parametrize("both", [False, True], ids=["class", "against"])
def test_cam_is_the_heads_weights_times_the_maps(twin: Twin, both: bool) -> None:
    found = twin.ours("cam", both=both)
    dense = twin.network.named_layers()["fc6"]
    row = dense.weight[CLASS] - (dense.weight[OTHER] if both else 0)
    bias = dense.bias[CLASS] - (dense.bias[OTHER] if both else 0)
    activation, _ = twin.layer("res5c_relu")
    assert_same(found.values, (row[:, None, None] * activation).sum(0))
    assert found.layer == "res5c_relu"
    assert found.values.mean() + bias.item() == pytest.approx(found.score, abs=1e-4)
    assert found.score == pytest.approx(twin.score(twin.input, both=both).item(), abs=1e-4)


# --- at the input: Captum ------------------------------------------------------------------------


@pytest.mark.parametrize("both", [False, True], ids=["class", "against"])
def test_gradient(twin: Twin, both: bool) -> None:
    reference = captum.Saliency(lambda batch: twin.score(batch, both=both))
    theirs = reference.attribute(twin.input.clone().requires_grad_())
    assert_same(twin.ours("gradient", both=both).values, theirs[0].amax(0))


def test_guided_backpropagation(twin: Twin) -> None:
    reference = captum.GuidedBackprop(twin.network)
    with pytest.warns(UserWarning, match="backward hooks"):
        theirs = reference.attribute(twin.input.clone().requires_grad_(), CLASS)
    found = twin.ours("guided-backprop").values
    assert_same(found, theirs[0].abs().amax(0))
    assert np.abs(found - twin.ours("gradient").values).max() > 0.1 * found.max()


def test_smoothgrad_is_the_mean_gradient_over_the_same_noise(twin: Twin) -> None:
    spread = NOISE * float(np.ptp(twin.tensor))
    noise = np.random.default_rng(0).standard_normal((SAMPLES, 3, 32, 32), np.float32)
    batch = (twin.input + spread * torch.from_numpy(noise).double()).requires_grad_()
    (gradients,) = torch.autograd.grad(twin.score(batch).sum(), batch)
    assert_same(twin.ours("smoothgrad").values, gradients.mean(0).abs().amax(0))


@pytest.mark.parametrize("both", [False, True], ids=["class", "against"])
def test_integrated_gradients(twin: Twin, both: bool) -> None:
    black = normalise(np.zeros_like(twin.pixels), twin.model.preprocessing)
    reference = captum.IntegratedGradients(lambda batch: twin.score(batch, both=both))
    theirs, error = reference.attribute(
        twin.input,
        torch.from_numpy(black.copy()).double(),
        n_steps=SAMPLES,
        method="gausslegendre",
        return_convergence_delta=True,
    )
    found = twin.ours("integrated-gradients", both=both)
    assert_same(found.values, theirs[0].sum(0))
    assert found.completeness is not None
    assert found.completeness.error == pytest.approx(abs(float(error)), abs=1e-3)
    assert found.completeness.total == pytest.approx(float(found.values.sum()), abs=1e-4)


def test_occlusion(twin: Twin) -> None:
    height = width = 32
    first, second = squares(height, width)[:2]
    side, step = first[2] - first[0], second[1] - first[1]
    grey = normalise(np.full_like(twin.pixels, 128), twin.model.preprocessing)
    reference = captum.Occlusion(twin.score)
    theirs = reference.attribute(
        twin.input,
        sliding_window_shapes=(3, side, side),
        strides=(3, step, step),
        baselines=torch.from_numpy(grey.copy()).double(),
    )
    assert_same(twin.ours("occlusion").values, theirs[0, 0])


def test_the_same_question_has_the_same_answer(twin: Twin) -> None:
    for method in METHODS:
        first, second = twin.ours(method), twin.ours(method)
        np.testing.assert_array_equal(first.values, second.values, err_msg=method)
