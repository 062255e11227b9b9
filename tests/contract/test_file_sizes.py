"""How large the files of the real network are, at its full width."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def full_checkpoint(new_checkpoint: Callable[..., Any]) -> Any:
    """The lesson's network as it is, 23.6 million weights."""
    return new_checkpoint("lesson", image_size=32)


@pytest.mark.parametrize(("weights", "limit"), [("float16", 48e6), ("int8", 25e6)])
def test_small_storage_is_small(
    weights: Any, limit: float, full_checkpoint: Any, tmp_path: Path
) -> None:
    from model_export.exporting import export_checkpoint

    path = tmp_path / "small.onnx"
    exported = export_checkpoint(full_checkpoint, path, weights=weights)
    assert path.stat().st_size == exported.size_bytes < limit
    assert exported.verification.stored_as == weights
    assert exported.verification.drift < 0.02
