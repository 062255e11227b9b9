"""What the worker has at hand of the open model, whoever asks."""

from pathlib import Path

from desktop_app.answering.bench import Bench
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.sessions import ModelSessions


def test_what_explains_is_asked_again_until_another_model_is_open(tiny_model: Path) -> None:
    bench = Bench(lambda _: None, (), Runtime())
    for _ in range(2):
        sessions = ModelSessions(load_model(tiny_model), "cpu")
        bench.open(sessions)
        explains = bench.need_derivatives()
        assert explains.model is sessions.model
        assert bench.need_derivatives() is explains  # it has tried how many images a run takes
