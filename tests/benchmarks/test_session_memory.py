"""How much memory the process holds when everything has been asked of one model.

In a process of its own, as :mod:`tests.benchmarks.test_memory`; against what it holds after a first
picture, when only the plain and the lean session are there.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "resources" / "models" / "everyday.onnx"
GOAL = 6.0
PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np
from desktop_app.answering.bench import Bench
from desktop_app.core.attribution.methods import METHODS
from desktop_app.core.attributions import Question
from desktop_app.core.block_effects import block_effects
from desktop_app.core.evidence import weights_for
from desktop_app.core.explaining import explain
from desktop_app.core.gated_sessions import GatedSessions
from desktop_app.core.interventions import Intervention
from desktop_app.core.model_file import load_model
from desktop_app.core.onnx_runtime import Runtime
from desktop_app.core.sessions import ModelSessions

def megabytes():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

runtime = Runtime()
sessions = ModelSessions(load_model(Path(sys.argv[1])), "cpu", runtime=runtime)
bench = Bench(lambda _: None, (), runtime)
bench.open(sessions)
gated = GatedSessions(sessions.model, sessions.provider, runtime, sessions.kept)
tensor = np.random.default_rng(0).normal(0, 1, (1, 3, 64, 64)).astype(np.float32)
weights = weights_for(1, len(sessions.model.labels))
off = [Intervention("channel", name, 0, 0.0) for name in ("conv1", "res2a_relu", "res3b_relu")]
held = []

def ask(question):
    question()
    bench.rest()
    held.append(megabytes())

def explained(method, layer=None):
    question = Question(method=method, class_index=1, layer=layer)
    return lambda: explain(bench.need_derivatives(), tensor, question)

ask(lambda: (sessions.probabilities(tensor), sessions.activations(tensor)))
ask(lambda: sessions.activations(tensor, exact=True))
ask(lambda: bench.need_gradients().evidence(tensor, weights))
for method in METHODS:
    ask(explained(method))
ask(explained("layercam", "res4c_relu"))
for one in off:
    ask(lambda: gated.run(tensor, [one]))
ask(lambda: list(block_effects(gated, tensor, 1)))
print(json.dumps({"first": held[0], "last": held[-1], "highest": max(held)}))
"""
pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


def test_memory_after_everything_that_one_model_can_be_asked() -> None:
    words = [sys.executable, "-c", PROGRAM, str(MODEL)]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True, timeout=240)
    held: dict[str, Any] = json.loads(done.stdout)
    for name in ("last", "highest"):
        ratio = held[name] / held["first"]
        met = "met" if ratio <= GOAL else "missed"
        print(
            f"\nmemory after everything, {name}: {ratio:.2f} times that after a first picture "
            f"({held[name]:.0f} MB against {held['first']:.0f} MB); goal {GOAL:g} {met}"
        )
