"""Shows what passing benchmarks printed, which pytest otherwise keeps to itself."""

import pytest


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
