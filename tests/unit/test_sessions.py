"""Running a model: the right numbers, the honest provider, one fall back, a clean cancel."""

import gc
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from desktop_app.core import providers
from desktop_app.core.cancellation import Cancellation
from desktop_app.core.cuda_libraries import Library, wanted_libraries
from desktop_app.core.cuda_loading import CudaLibraries
from desktop_app.core.derived_activations import DerivedActivations
from desktop_app.core.errors import Cancelled, ModelUnreadableError, ProviderError, RunError
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime, Session
from desktop_app.core.predictions import temper
from desktop_app.core.providers import cuda_obstacle
from desktop_app.core.records import Tensor
from desktop_app.core.sessions import ModelSessions
from tests.drawn_graphs import Drawing

GPU_BUILD = [providers.CUDA, providers.CPU]


class PretendedCuda:
    """A session that says it runs on CUDA and does so on the CPU, until it breaks."""

    def __init__(self, session: Session, failures: list[Exception]) -> None:
        self._session = session
        self._failures = failures

    def run_with_ort_values(
        self,
        output_names: Sequence[str],
        input_dict_ort_values: Mapping[str, Any],
        run_options: Any = None,
    ) -> Sequence[Any]:
        if self._failures:
            raise self._failures.pop()
        return self._session.run_with_ort_values(output_names, input_dict_ort_values, run_options)

    def get_providers(self) -> list[str]:
        return [providers.CUDA, providers.CPU]

    def get_inputs(self) -> list[Any]:
        return self._session.get_inputs()


class GpuMachine(Runtime):
    """A machine with a GPU whose sessions fail as told."""

    def __init__(
        self, *failures: Exception, loads: bool = True, missing: tuple[Library, ...] = ()
    ) -> None:
        super().__init__()
        self.failures = list(failures)
        self.loads = loads
        self.missing = missing
        self.opened: list[str] = []

    def cuda_obstacle(self) -> providers.Obstacle | None:
        return None

    def load_cuda(self) -> CudaLibraries:
        return CudaLibraries(missing=self.missing)

    def loader_words(self) -> str:
        return ""

    def gpu(self) -> providers.Gpu | None:
        return providers.Gpu(name="Pretended GPU", cuda=(13, 0), capability=(9, 0))

    def session(self, source: str | bytes, provider_names: Sequence[str]) -> Session:
        self.opened.append(provider_names[0])
        real = super().session(source, [providers.CPU])
        if provider_names[0] == providers.CUDA and self.loads:
            return PretendedCuda(real, self.failures)
        return real


@pytest.fixture
def batch() -> Tensor:
    colours = np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1)
    return np.ascontiguousarray(np.broadcast_to(colours, (3, 3, 32, 32)))


def test_pure_colours_are_told_apart(tiny_model: Path, batch: Tensor) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    probabilities = sessions.probabilities(batch)
    assert probabilities.shape == (3, 3)
    assert probabilities.argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert not probabilities.flags.writeable


def test_temperature_of_the_card_softens_predictions_and_no_layer(
    tiny_model: Path, batch: Tensor
) -> None:
    model = load_model(tiny_model)
    plain, soft = (
        ModelSessions(replace(model, temperature=temperature), "cpu") for temperature in (1.0, 2.5)
    )
    before, after = plain.probabilities(batch), soft.probabilities(batch)
    np.testing.assert_allclose(after, temper(before, 2.5), rtol=1e-6)
    assert (after.max(axis=1) < before.max(axis=1)).all()
    assert not after.flags.writeable
    np.testing.assert_array_equal(
        soft.activations(batch[:1]).values["probabilities"],
        plain.activations(batch[:1]).values["probabilities"],
    )


def test_temperature_divides_the_logits_of_a_graph_without_softmax(
    tiny_model: Path, batch: Tensor
) -> None:
    model = replace(load_model(tiny_model), temperature=2.5)
    ends_in_logits = replace(model, output_name="fc3", output_is_probabilities=False)
    np.testing.assert_allclose(
        ModelSessions(ends_in_logits, "cpu").probabilities(batch),
        ModelSessions(model, "cpu").probabilities(batch),
        rtol=1e-5,
    )


def model_that_joins_its_batch(path: Path) -> Path:
    """Takes any number of pictures, and makes one row of all their scores before the softmax."""
    drawing = Drawing()
    pooled = drawing.node("GlobalAveragePool", "mean", ["image"], shape=(3, 1, 1))
    scores = drawing.conv("scores", pooled, np.linspace(-4, 4, 12).reshape(4, 3, 1, 1))
    shape = drawing.weight("shape", np.array([1, -1]), kind=TensorProto.INT64)
    row = drawing.node("Reshape", "row", [scores, shape], shape=(4,))
    drawing.node("Softmax", "probabilities", [row], shape=(4,), axis=1)
    proto = drawing.proto()
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "N"
    path.write_bytes(proto.SerializeToString())
    return path


def test_pictures_whose_scores_would_be_mixed_are_run_one_by_one(tmp_path: Path) -> None:
    sessions = ModelSessions(load_model(model_that_joins_its_batch(tmp_path / "m.onnx")), "cpu")
    batch = np.random.default_rng(0).random((3, 3, 8, 8), np.float32)
    together = sessions.probabilities(batch)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)
    for picture, row in zip(np.split(batch, 3), together, strict=True):
        np.testing.assert_array_equal(sessions.probabilities(picture)[0], row)


def test_another_number_of_scores_than_labels_is_said(tiny_model: Path, batch: Tensor) -> None:
    model = replace(load_model(tiny_model), labels=("warm", "cold"))
    with pytest.raises(RunError, match="3 scores for 2 labels"):
        ModelSessions(model, "cpu").probabilities(batch)


def test_every_layer_of_the_card_comes_from_one_run_in_its_shape(
    tiny_model: Path, batch: Tensor
) -> None:
    model = load_model(tiny_model)
    sessions = ModelSessions(model, "cpu")
    activations = sessions.activations(batch[:1])
    assert list(activations.values) == [layer.name for layer in model.layers]
    for layer in model.layers:
        maps = activations.values[layer.name]
        expected = layer.shape if len(layer.shape) == 3 else (*layer.shape, 1, 1)
        assert maps.shape == expected, layer.name
        assert not maps.flags.writeable
    np.testing.assert_allclose(
        activations.values["probabilities"].ravel(),
        sessions.probabilities(batch[:1])[0],
        atol=1e-6,
    )


def test_exact_activations_come_from_the_run_alone(tiny_model: Path, batch: Tensor) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    assert isinstance(sessions.activations(batch[:1]).values, DerivedActivations)
    exact = sessions.activations(batch[:1], names=["res2a", "conv1_relu"], exact=True).values
    assert not isinstance(exact, DerivedActivations)
    assert list(exact) == ["res2a", "conv1_relu"]


def test_activations_of_several_images_are_those_of_each(tiny_model: Path, batch: Tensor) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    together = sessions.activations_of_each(batch)
    assert len(together) == len(batch)
    for at, values in enumerate(together):
        alone = sessions.activations(batch[at : at + 1], exact=True).values
        assert list(values) == list(alone)
        for name, maps in values.items():
            assert maps.flags.c_contiguous
            assert not maps.flags.writeable
            np.testing.assert_allclose(maps, alone[name], atol=1e-5)


@pytest.mark.parametrize("obstacle", ["takes single images", "fails with several", "mixes them"])
def test_images_that_cannot_share_a_run_get_one_each(
    tiny_model: Path, tmp_path: Path, batch: Tensor, obstacle: str
) -> None:
    graph = onnx.load(tiny_model)
    if obstacle == "takes single images":
        graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    elif obstacle == "fails with several":
        _reshape_input_of(graph, 0, (1, 3, 32, 32))
    else:
        _reshape_input_of(graph, -1, (1, -1))
    onnx.save(graph, tmp_path / "single.onnx")
    sessions = ModelSessions(load_model(tmp_path / "single.onnx"), "cpu")
    found = sessions.activations_of_each(batch)
    for at, values in enumerate(found):
        alone = sessions.activations(batch[at : at + 1], exact=True).values
        for name, maps in values.items():
            np.testing.assert_array_equal(maps, alone[name])
    assert len(found) == len(batch)


def _reshape_input_of(model: onnx.ModelProto, index: int, shape: tuple[int, ...]) -> None:
    """As exporters do that write the number of images into the graph."""
    nodes = model.graph.node
    node = nodes[index]
    model.graph.initializer.append(numpy_helper.from_array(np.array(shape), "shape"))
    nodes.insert(
        index % len(nodes), helper.make_node("Reshape", [node.input[0], "shape"], ["reshaped"])
    )
    node.input[0] = "reshaped"


def test_only_what_was_asked_for_comes(tiny_model: Path, batch: Tensor) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    values = sessions.activations(batch[:1], names=["res2a_relu", "conv1"]).values
    assert list(values) == ["res2a_relu", "conv1"]
    np.testing.assert_array_equal(
        values["res2a_relu"], sessions.activations(batch[:1]).values["res2a_relu"]
    )


def test_activations_outlive_the_run_and_the_sessions(tiny_model: Path, batch: Tensor) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    values = sessions.activations(batch[:1]).values
    kept, copy, derived = values["conv1"], values["conv1"].copy(), values["res3a"].copy()
    for _ in range(20):
        sessions.activations(batch[1:2])
    del sessions
    gc.collect()
    np.testing.assert_array_equal(kept, copy)
    assert isinstance(values, DerivedActivations)
    values.let_go()
    np.testing.assert_array_equal(values["res3a"], derived)


def test_the_relu_map_is_the_positive_part_of_the_one_before_it(
    tiny_model: Path, batch: Tensor
) -> None:
    values = ModelSessions(load_model(tiny_model), "cpu").activations(batch[:1]).values
    np.testing.assert_allclose(values["conv1_relu"], np.maximum(values["bn_conv1"], 0), atol=1e-6)


def test_cuda_that_loads_is_taken_and_named(tiny_model: Path, batch: Tensor) -> None:
    sessions = ModelSessions(load_model(tiny_model), "auto", runtime=GpuMachine())
    assert sessions.provider.name == "cuda"
    assert sessions.provider.device == "Pretended GPU"
    assert sessions.probabilities(batch).argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (GpuMachine(missing=wanted_libraries()[-1:]), "a GPU is there, but cuDNN is not"),
        (GpuMachine(loads=False), "CUDA did not load"),
    ],
)
def test_cuda_that_only_warns_is_not_believed(
    machine: GpuMachine, why: str, tiny_model: Path
) -> None:
    provider = ModelSessions(load_model(tiny_model), "auto", runtime=machine).provider
    assert provider.name == "cpu"
    assert provider.reason.startswith(why)


@pytest.mark.skipif(
    not Runtime().knows_cuda() or cuda_obstacle(GPU_BUILD) is None,
    reason="the CUDA provider may open here",
)
def test_why_the_cuda_provider_does_not_open_is_known() -> None:
    words = Runtime().loader_words()
    assert ".so" in words or ".dll" in words
    assert "site-packages" not in words


def test_asking_for_cuda_in_vain_is_an_error_only_when_strict(tiny_model: Path) -> None:
    machine = GpuMachine(loads=False)
    model = load_model(tiny_model)
    assert ModelSessions(model, "cuda", runtime=machine).provider.name == "cpu"
    with pytest.raises(ProviderError, match="CUDA did not load"):
        ModelSessions(model, "cuda", strict=True, runtime=machine)


def test_a_gpu_that_was_not_asked_for_is_not_missed(tiny_model: Path) -> None:
    assert not ModelSessions(load_model(tiny_model), "cpu").provider.gpu_unused


def test_asking_for_cuda_in_vain_says_what_mends_it(tiny_model: Path) -> None:
    machine = GpuMachine(missing=wanted_libraries()[-1:])
    model = load_model(tiny_model)
    provider = ModelSessions(model, "auto", runtime=machine).provider
    assert provider.gpu_unused
    assert provider.remedy is not None
    with pytest.raises(ProviderError, match="pip install"):
        ModelSessions(model, "cuda", strict=True, runtime=machine)
    assert machine.opened == [providers.CPU, providers.CPU]


@pytest.mark.parametrize("view", ["probabilities", "activations"])
def test_a_failure_in_mid_run_falls_back_once_and_loses_nothing(
    view: str, tiny_model: Path, batch: Tensor
) -> None:
    machine = GpuMachine(RuntimeError("CUDA failure 2: out of memory\nat line 7"))
    sessions = ModelSessions(load_model(tiny_model), "auto", runtime=machine)
    result = getattr(sessions, view)(batch[:1])
    scores = result[0] if view == "probabilities" else result.values["probabilities"].ravel()
    assert scores.argmax() == 0
    assert sessions.provider.name == "cpu"
    assert sessions.provider.reason == "CUDA failed (CUDA failure 2: out of memory)"
    assert sessions.provider.gpu_unused


def test_a_gpu_without_room_for_the_tapped_session_falls_back_too(
    tiny_model: Path, batch: Tensor
) -> None:
    class SmallGpu(GpuMachine):
        def session(self, source: str | bytes, provider_names: Sequence[str]) -> Session:
            if isinstance(source, bytes) and provider_names[0] == providers.CUDA:
                raise RuntimeError("CUDA failure 2: out of memory")
            return super().session(source, provider_names)

    sessions = ModelSessions(load_model(tiny_model), "auto", runtime=SmallGpu())
    assert sessions.probabilities(batch).argmax(axis=1).tolist() == [0, 1, 2]
    assert sessions.provider.name == "cuda"
    assert "conv1" in sessions.activations(batch[:1]).values
    assert sessions.provider.name == "cpu"


def test_activations_that_run_on_the_cpu_are_not_called_cuda(
    tiny_model: Path, batch: Tensor
) -> None:
    class ForgetfulGpu(GpuMachine):
        def session(self, source: str | bytes, provider_names: Sequence[str]) -> Session:
            self.loads = isinstance(source, str)
            return super().session(source, provider_names)

    sessions = ModelSessions(load_model(tiny_model), "auto", runtime=ForgetfulGpu())
    assert sessions.provider.name == "cuda"
    assert "conv1" in sessions.activations(batch[:1]).values
    assert sessions.provider.name == "cpu"
    assert sessions.provider.reason == "CUDA did not load for the activations"


def test_a_model_whose_name_is_not_utf_8_runs(
    tiny_model: Path, tmp_path: Path, batch: Tensor
) -> None:
    path = tmp_path / os.fsdecode(b"mod\xe8le.onnx")
    try:
        path.write_bytes(tiny_model.read_bytes())
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    sessions = ModelSessions(load_model(path), "cpu")
    assert sessions.probabilities(batch).shape == (3, 3)


def test_a_failure_on_the_cpu_is_told_not_repeated(
    tiny_model: Path, batch: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    calls: list[str] = []

    def broken(view: str, *_: object) -> list[Any]:
        calls.append(view)
        raise RuntimeError("bad allocation")

    monkeypatch.setattr(sessions, "_run_once", broken)
    with pytest.raises(RunError, match="bad allocation"):
        sessions.probabilities(batch)
    assert calls == ["plain"]


def test_a_tensor_of_the_wrong_shape_is_a_clear_error(tiny_model: Path) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    with pytest.raises(RunError, match="cannot run tiny"):
        sessions.probabilities(np.zeros((1, 5, 32, 32), np.float32))


def test_a_cancelled_run_ends_and_the_session_stays_usable(tiny_model: Path, batch: Tensor) -> None:
    sessions = ModelSessions(load_model(tiny_model), "cpu")
    switch = Cancellation()
    large = np.repeat(batch, 600, axis=0)
    thread = threading.Timer(0.01, switch.cancel)
    thread.start()
    with pytest.raises(Cancelled):
        _run_until_stopped(sessions, large, switch)
    thread.join()
    assert sessions.probabilities(batch).shape == (3, 3)


def test_a_graph_that_onnx_runtime_refuses_is_a_clear_error(
    tiny_model: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(tiny_model.read_bytes().replace(b"GlobalAveragePool", b"GlobalAveragePuul"))
    with pytest.raises(ModelUnreadableError, match="refuses it"):
        ModelSessions(load_model(broken), "cpu")


def _run_until_stopped(sessions: ModelSessions, batch: Tensor, switch: Cancellation) -> None:
    for _ in range(1000):
        sessions.probabilities(batch, switch)
