"""A run that starts from trained weights: what is frozen stays, what learns does so at its rate."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_export.presets import find_preset
from model_export.recipes import Recipe
from tests.small_training import narrow_network, write_folders

torch = pytest.importorskip("torch")

from model_export.__main__ import main  # noqa: E402
from model_export.checkpoints import (  # noqa: E402
    Checkpoint,
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from model_export.initial_weights import load_initial_weights  # noqa: E402
from model_export.prepared_images import LabelledPixels  # noqa: E402
from model_export.ranks import Ranks  # noqa: E402
from model_export.resnet import ResNet  # noqa: E402
from model_export.run_settings import Settings  # noqa: E402
from model_export.training import TrainingRun  # noqa: E402

pytestmark = pytest.mark.torch

RECIPE = Recipe(epochs=2, batch_size=6, peak_rate=0.05, average_decay=0.5, weights="averaged")


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("model_export.run_files.draw_curves", lambda *_, **__: None)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with narrow_network():
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A network for other classes, in a checkpoint; every tensor of it is worth recognising."""
    preset = find_preset("torchvision", classes=5, image_size=32, crop_share=1.0)
    state = ResNet(preset, seed=8).state_dict()
    generator = torch.Generator().manual_seed(9)
    for value in state.values():
        if value.ndim == 1:
            torch.nn.init.uniform_(value, 0.5, 1.5, generator=generator)
    path = tmp_path / "source.pt"
    whole = Checkpoint(
        preset=preset,
        labels=tuple("abcde"),
        preprocessing=preset.preprocessing(),
        weights=state,
        training={"data_set": "letters"},
    )
    save_checkpoint(whole, path)
    return path


def noise(images: int = 12, seed: int = 0) -> LabelledPixels:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 255, (images, 3, 32, 32), dtype=np.uint8)
    return LabelledPixels(pixels=pixels, targets=np.arange(images) % 2)


def begin(output: Path, source: Path | None, **changes: Any) -> TrainingRun:
    output.mkdir(exist_ok=True)
    settings = Settings(
        preset=find_preset("torchvision", classes=2, image_size=32, crop_share=1.0),
        recipe=replace(RECIPE, **changes),
        seed=0,
        labels=("x", "y"),
        output=output,
        initial=None if source is None else load_initial_weights(source),
    )
    return TrainingRun(settings, noise(), noise(4, seed=1), ranks=Ranks())


def after(steps: int) -> Callable[[], bool]:
    """Stop when asked for the time after ``steps`` steps."""
    asked = count()
    return lambda: next(asked) >= steps


def train(run: TrainingRun, steps: int = 1000) -> bool:
    return run.run(stop=after(steps), progress=False)


def moved(run: TrainingRun, source: Path) -> set[str]:
    """Layers of which any tensor, batch-norm statistics included, is not the source's any more."""
    before = load_checkpoint(source).weights
    names = {id(module): name for name, module in run.state.network.named_layers().items()}
    changed = set()
    for path, module in run.state.network.named_modules():
        for attribute, value in module.state_dict().items() if id(module) in names else ():
            key = f"{path}.{attribute}"
            if key not in before or not torch.equal(value, before[key]):
                changed.add(names[id(module)])
    return changed


def weighted(run: TrainingRun) -> set[str]:
    return {
        name for name, module in run.state.network.named_layers().items() if module.state_dict()
    }


def test_a_frozen_trunk_keeps_every_bit(tmp_path: Path, source: Path) -> None:
    run = begin(tmp_path / "run", source, frozen="trunk")
    assert train(run)
    assert moved(run, source) == {"fc2"}
    offered = load_checkpoint(run.settings.best_path).weights  # the moving average
    before = load_checkpoint(source).weights
    assert all(torch.equal(offered[key], before[key]) for key in before if key[:3] != "fc.")
    momenta = {
        id(parameter): run.state.optimiser.state[parameter]["momentum_buffer"]
        for parameter in run.state.network.parameters()
    }
    in_motion = {key for key, momentum in momenta.items() if momentum.any()}
    assert in_motion == {id(parameter) for parameter in run.state.network.fc.parameters()}


@pytest.mark.parametrize(
    ("frozen", "kept"), [("none", ()), ("stem", "1"), ("stage2", "2"), ("stage4", "234")]
)
def test_stages_are_frozen_from_the_image_on(
    tmp_path: Path, source: Path, frozen: Any, kept: str
) -> None:
    run = begin(tmp_path / "run", source, frozen=frozen)
    assert train(run)
    still = weighted(run) - moved(run, source)
    blocks = {name for name in weighted(run) if name.startswith(("res", "bn"))} - {"bn_conv1"}
    expected = {name for name in blocks if name.removeprefix("res").removeprefix("bn")[0] in kept}
    assert still == expected | ({"conv1", "bn_conv1"} if kept else set())


def test_what_was_frozen_follows_after_its_share_of_the_epochs(
    tmp_path: Path, source: Path
) -> None:
    run = begin(tmp_path / "run", source, frozen="trunk", frozen_share=0.5)
    assert not train(run, steps=2)
    assert moved(run, source) == {"fc2"}
    resumed = begin(tmp_path / "run", source, frozen="trunk", frozen_share=0.5)
    resumed.resume()
    assert train(resumed)
    assert moved(resumed, source) == weighted(resumed)


def test_several_processes_agree_anew_on_what_is_trained(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DistributedDataParallel averages the gradients of what is trained when it is made."""
    agreed: list[int] = []

    def parallel(_: Ranks, network: ResNet) -> ResNet:
        agreed.append(sum(parameter.requires_grad for parameter in network.parameters()))
        return network

    monkeypatch.setattr(Ranks, "parallel", parallel)
    everything = len(list(ResNet(find_preset("torchvision")).parameters()))
    run = begin(tmp_path / "thawed", source, frozen="trunk", frozen_share=0.5)
    train(run)
    assert agreed == [2, everything]
    agreed.clear()
    train(begin(tmp_path / "never frozen", source))
    assert agreed == [everything]


def test_learning_rates_fall_from_the_dense_layer_to_the_stem(tmp_path: Path, source: Path) -> None:
    run = begin(tmp_path / "run", source, stage_rate_decay=0.5)
    train(run, steps=3)
    groups = run.state.optimiser.param_groups
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    shares = {1: 1 / 32, 2: 1 / 16, 3: 1 / 8, 4: 1 / 4, 5: 1 / 2, None: 1.0}
    for stage, _, place in run.state.network.places():
        for parameter in place.module.parameters():
            assert rates[id(parameter)] == pytest.approx(run.state.rate * shares[stage])
    last = RECIPE.rate(2 / 4)  # the third of four steps
    assert run.state.rate == pytest.approx(last)
    decays = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
    for parameter in run.state.network.parameters():
        assert decays[id(parameter)] == (RECIPE.weight_decay if parameter.ndim > 1 else 0.0)


def test_a_step_is_shorter_by_the_stages_share(tmp_path: Path, source: Path) -> None:
    steps = {}
    for decay in (1.0, 0.5):
        changes = {"stage_rate_decay": decay, "clip_norm": 0.0, "precision": "float32"}
        run = begin(tmp_path / str(decay), source, **changes)
        # A dense layer of zeros would send no gradient on in the first step.
        torch.nn.init.eye_(run.state.network.fc.weight)
        before = {name: value.clone() for name, value in run.state.network.named_parameters()}
        train(run, steps=1)
        steps[decay] = {
            name: value - before[name] for name, value in run.state.network.named_parameters()
        }
    for name, share in (("blocks.5c.bn_2c.bias", 1 / 2), ("bn_conv1.bias", 1 / 32), ("fc.bias", 1)):
        assert steps[1.0][name].abs().max() > 0
        expected = share * steps[1.0][name]
        assert torch.allclose(steps[0.5][name], expected, rtol=0.02, atol=1e-6), name


def test_nothing_overwrites_the_loaded_weights(tmp_path: Path, source: Path) -> None:
    run = begin(tmp_path / "run", source, zero_last_norm=True)
    assert moved(run, source) == {"fc2"}
    assert run.state.average is not None
    average = run.state.average.module.state_dict()
    assert all(torch.equal(average[key], v) for key, v in run.state.network.state_dict().items())


def test_the_checkpoint_tells_where_the_run_began(tmp_path: Path, source: Path) -> None:
    run = begin(tmp_path / "run", source)
    train(run)
    for path in (run.settings.best_path, run.settings.last_path):
        facts = load_checkpoint(path).training["initial_weights"]
        assert facts["title"] == "letters: 5 classes"
        assert facts["sha256"] == load_initial_weights(source).sha256
        assert (facts["file"], facts["classes_taken_over"]) == ("source.pt", 0)


def test_a_resumed_run_needs_the_file_no_more(tmp_path: Path, source: Path) -> None:
    unbroken = begin(tmp_path / "unbroken", source)
    train(unbroken)
    train(begin(tmp_path / "run", source), steps=1)
    resumed = begin(tmp_path / "run", None)
    resumed.resume()
    assert train(resumed)
    assert torch.equal(resumed.state.network.conv1.weight, unbroken.state.network.conv1.weight)
    facts = [load_checkpoint(run.settings.best_path).training for run in (unbroken, resumed)]
    assert facts[0]["initial_weights"] == facts[1]["initial_weights"]


def test_resuming_with_other_weights_is_a_named_error(tmp_path: Path, source: Path) -> None:
    train(begin(tmp_path / "run", source), steps=1)
    begin(tmp_path / "run", source).resume()
    other = tmp_path / "other.pt"
    save_checkpoint(replace(load_checkpoint(source), training={"data_set": "digits"}), other)
    with pytest.raises(
        CheckpointError, match=r"it began with 'letters: 5 classes', not with .*oth"
    ):
        begin(tmp_path / "run", other).resume()
    train(begin(tmp_path / "new", None), steps=1)
    with pytest.raises(CheckpointError, match="it began with an initialisation by its seed"):
        begin(tmp_path / "new", source).resume()


def test_resuming_with_another_preprocessing_is_a_named_error(tmp_path: Path) -> None:
    run = begin(tmp_path / "run", None)
    train(run, steps=1)
    grey = replace(run.settings, preprocessing=replace(run.preprocessing, mean=(0.5,) * 3))
    with pytest.raises(CheckpointError, match="preprocessed in another way"):
        TrainingRun(grey, noise(), noise(4, seed=1), ranks=Ranks()).resume()


def test_a_run_from_before_a_setting_existed_goes_on(tmp_path: Path) -> None:
    run = begin(tmp_path / "run", None)
    train(run, steps=1)
    content = torch.load(run.settings.last_path, weights_only=True)
    del content["run"]["recipe"]["frozen"]
    torch.save(content, run.settings.last_path)
    begin(tmp_path / "run", None).resume()
    with pytest.raises(CheckpointError, match="frozen is none, not stem"):
        begin(tmp_path / "run", None, frozen="stem").resume()


def command(data: Path, output: Path, *more: str) -> list[str]:
    call = ["train", "--data", str(data), "--output", str(output), "--batch-size", "6"]
    return [*call, "--epochs", "1", "--threads", "1", "--device", "cpu", *more]


def test_the_command_takes_network_and_preprocessing_from_the_file(
    tmp_path: Path, source: Path
) -> None:
    data = write_folders(tmp_path / "shades")
    call = command(data, tmp_path / "run", "--init", str(source), "--frozen", "trunk")
    assert main([*call, "--image-size", "40"]) == 0
    best = load_checkpoint(tmp_path / "run" / "best.pt")
    assert best.preset == find_preset("torchvision", classes=2, image_size=40, crop_share=1.0)
    assert best.preprocessing.std == (0.229, 0.224, 0.225)
    assert torch.equal(
        best.weights["conv1.weight"], load_checkpoint(source).weights["conv1.weight"]
    )
    # To go on, the call need repeat neither the file nor what came with it.
    assert main([*command(data, tmp_path / "run", "--frozen", "trunk"), "--resume"]) == 0


def test_wrong_calls_are_said_plainly(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_folders(tmp_path / "shades")
    for more, message in (
        (["--preset", "torchvision", "--frozen", "trunk"], "would keep random weights as they are"),
        ([], "names neither a preset nor a file"),
        (["--init", str(source), "--preset", "lesson"], "the file has no conv1.bias"),
    ):
        assert main(command(data, tmp_path / "run", *more)) == 2
        assert message in capsys.readouterr().err
        assert not (tmp_path / "run").exists()
