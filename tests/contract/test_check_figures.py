"""The published parameter counts and map sizes: a network that differs anywhere misses them."""

import json
import subprocess
import sys

import pytest

from model_export.presets import PoolPadding, find_preset

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(
    ("preset", "classes", "size", "parameters", "trainable"),
    [
        ("lesson", 6, 64, 23_600_006, 23_546_886),
        ("keras", 1000, 224, 25_636_712, 25_583_592),
        ("torchvision", 1000, 224, 25_610_152, 25_557_032),
        ("he2015", 1000, 224, 25_610_152, 25_557_032),
    ],
)
def test_totals(preset: str, classes: int, size: int, parameters: int, trainable: int) -> None:
    from model_export.describe import describe

    description = describe(find_preset(preset, classes=classes, image_size=size))
    assert description.parameters == parameters
    assert description.trainable == trainable


@pytest.mark.parametrize(
    # torchvision.models.resnet101 and resnet152, num_params of their weights.
    ("depth", "trainable"),
    [(101, 44_549_160), (152, 60_192_808)],
)
def test_totals_of_deeper_networks(depth: int, trainable: int) -> None:
    from model_export.describe import describe

    assert describe(find_preset("torchvision", depth=depth)).trainable == trainable


@pytest.mark.parametrize(
    ("preset", "size", "sides"),
    [
        ("lesson", 64, [32, 15, 15, 8, 4, 2]),
        ("keras", 224, [112, 55, 55, 28, 14, 7]),
        ("he2015", 224, [112, 56, 56, 28, 14, 7]),
        ("torchvision", 224, [112, 56, 56, 28, 14, 7]),
        ("lesson", 32, [16, 7, 7, 4, 2, 1]),
    ],
)
def test_map_sizes(preset: str, size: int, sides: list[int]) -> None:
    from model_export.describe import describe

    layers = {row.name: row.shape for row in describe(find_preset(preset, image_size=size)).layers}
    names = ("conv1", "pool1", "res2c_relu", "res3d_relu", "res4f_relu", "res5c_relu")
    channels = (64, 64, 256, 512, 1024, 2048)
    expected = [(count, side, side) for count, side in zip(channels, sides, strict=True)]
    assert [layers[name] for name in names] == expected
    assert layers["avg_pool"] == (2048,)


@pytest.mark.parametrize(("padding", "side"), [("none", 7), ("ceil", 8), ("one", 8)])
def test_pool_paddings_differ_where_the_map_is_even(padding: PoolPadding, side: int) -> None:
    import torch

    from model_export.resnet import max_pool

    rising = torch.arange(256.0).view(1, 1, 16, 16)
    pooled = max_pool(padding)(rising)
    assert pooled.shape == (1, 1, side, side)
    # Where the first window ends tells a border before the map from one after it.
    assert pooled[0, 0, 0, 0] == (17 if padding == "one" else 34)


def test_the_command_prints_table_and_json() -> None:
    call = [sys.executable, "-m", "model_export", "describe", "--preset", "lesson"]
    call += ["--classes", "6", "--image-size", "64"]
    table = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    assert "23,600,006" in table
    assert "res4c_branch2b" in table
    answer = subprocess.run([*call, "--format", "json"], capture_output=True, check=True).stdout
    content = json.loads(answer)
    assert content["parameters"] == sum(row["parameters"] for row in content["layers"])
    assert content["parameters"] - content["trainable"] == content["moving_statistics"] == 53_120
    sums = {row["name"]: row["inputs"] for row in content["layers"] if row["kind"] == "add"}
    assert sums["res3a"] == ["bn3a_branch2c", "bn3a_branch1"]
    assert sums["res3b"] == ["bn3b_branch2c", "res3a_relu"]


def test_a_wrong_call_is_one_line_and_status_2() -> None:
    call = [sys.executable, "-m", "model_export", "describe", "--preset", "lesson"]
    done = subprocess.run(
        [*call, "--image-size", "31"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("model-export: cannot build the network 'lesson': image_size")
    assert done.stderr.count("\n") == 1


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys; from model_export.__main__ import main\n"
        "try: main(['describe', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'kornia', 'matplotlib', 'h5py', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
