"""What reading a folder adds to training, against the same loop on tensors that lie ready.

ResNet-50 on 64×64 pixels, batches of 32, in bfloat16: the less the network computes for an image,
the more its way there counts.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from skimage import data

from model_export.datasets import Split, read_data_set
from model_export.presets import find_preset
from model_export.recipes import Recipe, find_recipe
from tests.benchmarks.measure import compare, report

torch = pytest.importorskip("torch")

from model_export.prepared_images import LabelledPixels, prepare  # noqa: E402
from model_export.ranks import Ranks  # noqa: E402
from model_export.run_state import RunState  # noqa: E402
from model_export.stepping import Stepper  # noqa: E402

pytestmark = [pytest.mark.benchmark, pytest.mark.torch, pytest.mark.timeout(600)]

PRESET = find_preset("torchvision", classes=2, image_size=64)
BATCH = 32


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Split:
    """Cuttings of real photographs, 256×256 JPEGs of some 20 kB, in two folders."""
    folder = tmp_path_factory.mktemp("photos")
    generator = np.random.default_rng(0)
    for label, photo in (("astronaut", data.astronaut()), ("coffee", data.coffee())):
        place = folder / "train" / label
        place.mkdir(parents=True)
        for index in range(BATCH):
            top, left = (int(generator.integers(0, side - 256)) for side in photo.shape[:2])
            cutting = PillowImage.fromarray(photo[top : top + 256, left : left + 256])
            cutting.save(place / f"{index}.jpg", quality=90)
    return read_data_set(folder).split("train")


def steps(recipe: Recipe, images: LabelledPixels, *, ready: bool = False) -> Callable[[], object]:
    """Take a step; ``ready``: on one and the same tensors instead of on a batch of the images."""
    state = RunState(PRESET, recipe, seed=0, images=len(images), device="cpu")
    stepper = Stepper(state, images, PRESET.preprocessing(), Ranks())
    stepper.begin_epoch()
    order = np.random.default_rng(0)
    if ready:
        tensors = stepper._inputs(np.arange(BATCH))
        stepper._inputs = lambda _: tensors  # type: ignore[method-assign]
    return lambda: stepper.take(order.permutation(len(images))[:BATCH])


@pytest.mark.parametrize("name", ["default", "everyday-small"])
def test_a_step_on_a_folder_against_one_on_ready_tensors(split: Split, name: str) -> None:
    recipe = find_recipe(name, {"batch_size": BATCH, "first_size": 0})
    images = prepare(split, PRESET.preprocessing())
    ratio = compare(steps(recipe, images), steps(recipe, images, ready=True), rounds=5, warm_up=1)
    report(f"a step on a folder / on ready tensors, recipe {name}", ratio, goal=1.1)
    assert ratio.baseline_ms > 0


def test_a_step_on_a_file_against_one_on_memory(
    split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = find_recipe("default", {"batch_size": BATCH})
    in_memory = prepare(split, PRESET.preprocessing())
    monkeypatch.setattr("model_export.prepared_images.MEMORY_LIMIT", 0)
    in_file = prepare(split, PRESET.preprocessing(), scratch=tmp_path)
    ratio = compare(steps(recipe, in_file), steps(recipe, in_memory), rounds=5, warm_up=1)
    report("a step on images in a file / in memory", ratio, goal=1.1)
    assert isinstance(in_file.pixels, np.memmap)


def test_preparing_an_image_against_training_on_it_once(split: Split) -> None:
    part = split.select(np.arange(BATCH), name="train")
    recipe = find_recipe("default", {"batch_size": BATCH})
    step = steps(recipe, prepare(split, PRESET.preprocessing()))
    ratio = compare(lambda: prepare(part, PRESET.preprocessing()), step, rounds=5, warm_up=1)
    report("prepare 256×256 JPEGs, once a run / train on them, each epoch", ratio, goal=0.2)
    assert ratio.baseline_ms > 0
