"""An open model's file that is replaced: no view of another network stands beside the first."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from desktop_app.core.attribution.derivatives import Derivatives
from desktop_app.core.errors import ModelMissingError, ModelUnreadableError
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.gradient_sessions import GradientSessions
from desktop_app.core.interventions import Intervention
from desktop_app.core.logit_evidence import read_head
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.records import Model, Provider
from desktop_app.core.sessions import ModelSessions

CPU = Provider(name="cpu", reason="asked for")
TENSOR = np.zeros((1, 3, 32, 32), np.float32)
WEIGHTS = np.array([[1, 0, 0]], np.float32)
OFF = Intervention("branch", "2a", None, 0.0)

View = Callable[[Model, ModelSessions], object]
VIEWS: dict[str, View] = {
    "derived": lambda _, sessions: sessions.activations(TENSOR),
    "exact": lambda _, sessions: sessions.activations(TENSOR, exact=True),
    "changed": lambda model, _: GatedSessions(model, CPU, Runtime()).run(TENSOR, (OFF,)),
    "evidence": lambda model, _: GradientSessions(model, CPU).evidence(TENSOR, WEIGHTS),
    "averaged": lambda model, _: Derivatives(GradientSessions(model, CPU)).averaged_layer(),
    "logit": lambda model, _: read_head(model, Runtime()),
    "again": lambda model, _: ModelSessions(model, "cpu"),
}


@pytest.fixture
def opened(tiny_model: Path, tmp_path: Path) -> Model:
    path = tmp_path / "trained.onnx"
    path.write_bytes(tiny_model.read_bytes())
    return load_model(path)


def train_on(path: Path) -> None:
    """Other weights, the same layers: what a training writes that goes on."""
    proto = onnx.load(path)
    weights = proto.graph.initializer[0]
    array = onnx.numpy_helper.to_array(weights)
    weights.CopyFrom(onnx.numpy_helper.from_array(array + 1, weights.name))
    proto.doc_string = "later"
    onnx.save(proto, path)


@pytest.mark.parametrize("name", VIEWS)
def test_a_file_that_another_network_replaced_is_refused_by_every_further_view(
    name: str, opened: Model
) -> None:
    sessions = ModelSessions(opened, "cpu")
    VIEWS[name](opened, sessions)  # as long as it is the same
    sessions = ModelSessions(opened, "cpu")
    before = sessions.probabilities(TENSOR)
    train_on(opened.path)
    with pytest.raises(ModelUnreadableError, match="changed since it was opened"):
        VIEWS[name](opened, sessions)
    np.testing.assert_array_equal(sessions.probabilities(TENSOR), before)


def test_a_file_that_has_gone_is_said_to_have_gone(opened: Model) -> None:
    sessions = ModelSessions(opened, "cpu")
    opened.path.unlink()
    with pytest.raises(ModelMissingError):
        sessions.activations(TENSOR)
