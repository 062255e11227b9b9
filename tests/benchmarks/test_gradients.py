"""What gradients cost, on ResNet-50 at 224×224 and 1000 classes."""

from pathlib import Path

import numpy as np
import pytest

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.evidence import weights_for
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.graph.gradients import with_gradients
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_file import read_onnx
from desktop_app.core.onnx_runtime import Runtime, run_once
from desktop_app.core.records import Tensor
from desktop_app.core.sessions import ModelSessions
from tests.benchmarks.measure import compare, report

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.benchmark, pytest.mark.torch, pytest.mark.timeout(300)]
CLASS = 7


@pytest.fixture(scope="module")
def sessions(random_model: Path) -> ModelSessions:
    return ModelSessions(load_model(random_model), "cpu")


@pytest.fixture(scope="module")
def tensor() -> Tensor:
    return np.random.default_rng(0).normal(0, 1, (1, 3, 224, 224)).astype(np.float32)


class BlockGradients:
    """Forward and the gradients at every block's output, for one class."""

    def __init__(self, path: Path) -> None:
        model = load_model(path)
        self.blocks = [layer.name for layer in model.layers if layer.role == "output"]
        graph = with_gradients(
            read_onnx(path),
            input_name=model.input_name,
            input_shape=(1, 3, 224, 224),
            scores=model.logits_name,
            tensors=self.blocks,
        )
        self._outputs = [model.output_name, *graph.gradients.values()]
        self._weights = {graph.class_weights: weights_for(CLASS, len(model.labels))}
        content = graph.finished(graph.gradients.values()).SerializeToString()
        self._session = Runtime().session(content, [providers.CPU])

    def __call__(self, tensor: Tensor) -> object:
        return run_once(self._session, self._outputs, tensor, Cancellation(), self._weights)


def test_gradients_at_every_block_against_the_forward_run(
    sessions: ModelSessions, tensor: Tensor
) -> None:
    gradients = BlockGradients(sessions.model.path)
    assert len(gradients.blocks) == 16
    ratio = compare(lambda: gradients(tensor), lambda: sessions.probabilities(tensor))
    report("forward and gradients at 16 blocks / the forward run", ratio, goal=3.5)


def test_gradients_at_every_block_against_pytorch(sessions: ModelSessions, tensor: Tensor) -> None:
    from model_export.presets import find_preset
    from model_export.resnet import ResNet

    network = ResNet(find_preset("lesson", classes=1000, image_size=224)).eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    gradients = BlockGradients(sessions.model.path)
    outputs: list[torch.Tensor] = []

    def keep(_module: object, _inputs: object, output: torch.Tensor) -> None:
        if not outputs:  # PyTorch too goes no further back than to the first block
            output.requires_grad_()
        outputs.append(output)

    layers = network.named_layers()
    for name in gradients.blocks:
        layers[name].register_forward_hook(keep)
    twin = torch.from_numpy(np.array(tensor))

    def eager() -> tuple[torch.Tensor, ...]:
        outputs.clear()
        return torch.autograd.grad(network(twin)[0, CLASS], outputs)

    ratio = compare(lambda: gradients(tensor), eager)
    report("forward and gradients at 16 blocks / PyTorch eager's", ratio, goal=0.7)
    assert len(eager()) == 16


def test_evidence_of_all_layers_against_the_forward_run(
    sessions: ModelSessions, tensor: Tensor
) -> None:
    derivative = GradientSessions(sessions.model, sessions.provider)
    weights = weights_for(CLASS, 1000)
    ratio = compare(
        lambda: derivative.evidence(tensor, weights), lambda: sessions.probabilities(tensor)
    )
    report("evidence of all 174 layers / the forward run", ratio, goal=3.5)
    assert len(derivative.evidence(tensor, weights).scores) == 174
