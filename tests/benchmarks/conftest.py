"""The network that is measured, and what passing benchmarks printed: pytest keeps it to itself."""

from pathlib import Path

import pytest

from desktop_app.core.records import CARD_SCHEMA, Card


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the printed ratios at the end of the run."""
    texts = [
        report.capstdout.strip()
        for report in terminalreporter.getreports("passed")
        if report.when == "call" and "benchmarks/" in report.nodeid
    ]
    lines = [line for text in texts for line in text.splitlines() if line]
    if lines:
        terminalreporter.section("benchmarks")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ResNet-50 in the lesson's layout at 224×224 and 1000 classes, with random weights.

    Time and memory do not depend on their values.
    """
    pytest.importorskip("torch")
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
