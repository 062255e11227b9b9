"""``model-export describe``: the network as a table, like Keras's ``summary()``."""

import argparse
import json
from dataclasses import asdict, dataclass
from typing import Any

from model_export.presets import PRESETS, Preset, find_preset


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """One line of the table.

    Attributes:
        name: The contract's name.
        kind: What is computed there.
        shape: Of one image's activation: (channels, height, width) or (features,).
        parameters: Weights, biases and batch norm's moving statistics (as Keras counts).
        inputs: Names of the layers it takes its input from; empty for the first.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A network's layers and totals.

    Attributes:
        preset: Which network.
        layers: In the order of computation.
        parameters: Total with the moving statistics.
        trainable: Total without them.
    """

    preset: Preset
    layers: tuple[LayerRow, ...]
    parameters: int
    trainable: int


def add_arguments(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command line."""
    parser = subparsers.add_parser("describe", help="print a network's layers and parameters")
    parser.set_defaults(run=run)
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--depth", type=int, help="50 (default), 101 or 152")
    parser.add_argument("--classes", type=int, metavar="N", help="default: the preset's")
    parser.add_argument("--image-size", type=int, metavar="S", help="default: the preset's")
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(args: argparse.Namespace) -> int:
    """Print the description; always 0."""
    preset = find_preset(
        args.preset, depth=args.depth, classes=args.classes, image_size=args.image_size
    )
    description = describe(preset)
    print(_as_json(description) if args.format == "json" else _as_table(description))
    return 0


def describe(preset: Preset) -> Description:
    """Lay the network out without computing any of its numbers."""
    import torch

    from model_export.resnet import ResNet

    with torch.device("meta"):
        network = ResNet(preset)
    modules = network.named_layers()
    inputs: dict[str, tuple[str, ...]] = {}
    for node in network.trace().graph.nodes:
        if node.op == "call_module":
            sources = (source.meta.get("layer") for source in node.all_input_nodes)
            inputs[node.meta["layer"]] = tuple(name for name in sources if name is not None)
    rows: list[LayerRow] = []
    trainable = 0
    for layer in network.layer_records():
        module = modules[layer.name]
        weights = sum(parameter.numel() for parameter in module.parameters())
        # num_batches_tracked is torch's own counter, no statistic of the network.
        statistics = sum(
            value.numel() for name, value in module.named_buffers() if name.startswith("running")
        )
        trainable += weights
        rows.append(
            LayerRow(
                name=layer.name,
                kind=layer.kind,
                shape=layer.shape,
                parameters=weights + statistics,
                inputs=inputs[layer.name],
            )
        )
    return Description(
        preset=preset,
        layers=tuple(rows),
        parameters=sum(row.parameters for row in rows),
        trainable=trainable,
    )


def _as_json(description: Description) -> str:
    content: dict[str, Any] = asdict(description)
    content["moving_statistics"] = description.parameters - description.trainable
    return json.dumps(content, indent=2)


def _as_table(description: Description) -> str:
    from tabulate import tabulate

    preset = description.preset
    table = tabulate(
        [
            (
                row.name,
                row.kind,
                " × ".join(str(size) for size in row.shape),
                f"{row.parameters:,}",
                ", ".join(row.inputs) or "input",
            )
            for row in description.layers
        ],
        headers=("layer", "kind", "output shape", "parameters", "connected to"),
        colalign=("left", "left", "right", "right", "left"),
        disable_numparse=True,
    )
    statistics = description.parameters - description.trainable
    return (
        f"{preset.name}: depth {preset.depth}, {preset.classes} classes, "
        f"{preset.image_size}×{preset.image_size} pixels\n\n{table}\n\n"
        f"Total parameters:      {description.parameters:>11,}\n"
        f"Trainable:             {description.trainable:>11,}\n"
        f"Moving statistics:     {statistics:>11,}"
    )
