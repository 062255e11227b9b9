"""Bottleneck networks of any depth as records: names, places and graph, without a file or torch."""

from dataclasses import replace
from pathlib import Path

from desktop_app.core.network import Network, NetworkNode, ReceptiveField
from desktop_app.core.network_layout import plan_network
from desktop_app.core.records import Layer, LayerKind, LayerRole, Model, Preprocessing

RESNET_50 = (3, 4, 6, 3)
RESNET_152 = (3, 8, 36, 3)
_FIELD = ReceptiveField(size=(11, 11), stride=(4, 4), start=(-3, -3))


class _Recorder:
    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.nodes: dict[str, NetworkNode] = {}

    def add(
        self,
        name: str,
        kind: LayerKind,
        role: LayerRole,
        inputs: tuple[str, ...],
        *,
        block: str | None = None,
        stage: int | None = None,
    ) -> str:
        shape = (64, 14, 14) if stage is not None else (1000,)
        self.layers.append(
            Layer(name=name, kind=kind, stage=stage, block=block, role=role, shape=shape)
        )
        own = {"conv": 4096, "batch-norm": 256}.get(kind, 0)
        self.nodes[name] = NetworkNode(inputs=inputs, parameters=own, receptive_field=_FIELD)
        return name

    def unit(self, block: str, name: str, source: str, role: LayerRole, *, relu: bool) -> str:
        stage = int(block[0])
        conv = self.add(
            f"res{block}_branch{name}", "conv", role, (source,), block=block, stage=stage
        )
        last = self.add(
            f"bn{block}_branch{name}", "batch-norm", role, (conv,), block=block, stage=stage
        )
        if not relu:
            return last
        return self.add(f"{conv}_relu", "relu", role, (last,), block=block, stage=stage)

    def block(self, block: str, source: str, *, projected: bool) -> str:
        last = source
        for name in ("2a", "2b", "2c"):
            last = self.unit(block, name, last, "branch", relu=name != "2c")
        shortcut = self.unit(block, "1", source, "shortcut", relu=False) if projected else source
        stage = int(block[0])
        total = self.add(f"res{block}", "add", "sum", (last, shortcut), block=block, stage=stage)
        return self.add(f"res{block}_relu", "relu", "output", (total,), block=block, stage=stage)


def bottleneck_model(blocks: tuple[int, int, int, int] = RESNET_50) -> Model:
    """A residual network with so many blocks in stages 2 to 5, laid out."""
    made = _Recorder()
    last = made.add("conv1", "conv", "stem", (), stage=1)
    last = made.add("bn_conv1", "batch-norm", "stem", (last,), stage=1)
    last = made.add("conv1_relu", "relu", "stem", (last,), stage=1)
    last = made.add("pool1", "max-pool", "stem", (last,), stage=1)
    for stage, count in enumerate(blocks, 2):
        for place in range(count):
            name = f"{stage}{chr(ord('a') + place)}" if count <= 26 else f"{stage}b{place}"
            last = made.block(name, last, projected=place == 0)
    last = made.add("avg_pool", "average-pool", "head", (last,))
    last = made.add("fc1000", "dense", "head", (last,))
    made.add("probabilities", "softmax", "head", (last,))
    return _model(tuple(made.layers), made.nodes)


def foreign_model(count: int = 40, *, skip: int = 7) -> Model:
    """A chain in which every ``skip``th layer is also computed from the one ``skip`` before."""
    nodes = {}
    for place in range(count):
        inputs = [f"/node/{place - 1}"] if place else []
        if place >= skip and place % skip == 0:
            inputs.append(f"/node/{place - skip}")
        nodes[f"/node/{place}"] = NetworkNode(inputs=tuple(inputs))
    layers = tuple(
        Layer(name=name, kind="other", stage=None, block=None, role="branch", shape=(8, 7, 7))
        for name in nodes
    )
    return _model(layers, nodes)


def _model(layers: tuple[Layer, ...], nodes: dict[str, NetworkNode]) -> Model:
    model = Model(
        name="net",
        path=Path("/models/net.onnx"),
        title="Net",
        labels=("a", "b"),
        preprocessing=Preprocessing(height=224, width=224),
        layers=layers,
        input_name="image",
        output_name="probabilities",
        logits_name="fc1000",
        output_is_probabilities=True,
        network=Network(nodes=nodes, parameters=sum(node.parameters for node in nodes.values())),
    )
    return replace(model, plan=plan_network(model))
