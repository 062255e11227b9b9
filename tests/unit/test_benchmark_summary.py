"""What a benchmark measured is seen in a run that passes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_ratios_stand_in_the_summary_of_a_passing_run() -> None:
    words = ["-q", "-p", "no:cacheprovider", "tests/benchmarks/test_measure.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "nothing / nothing: " in done.stdout
    assert "times the baseline" in done.stdout
