"""What is known of a layer beside its name: shape, weights, and how much of the picture it sees."""

from desktop_app.core.network import ReceptiveField
from desktop_app.core.records import Layer, Model
from desktop_app.views.figures import format_shape
from desktop_app.views.layer_names import place_of


def shape_and_weights(model: Model, layer: Layer) -> str:
    """The shape of the activation, and the weights that it takes: "64 × 16 × 16 · 4,160 …"."""
    return f"{format_shape(layer.shape)} · {parameters_of(model, layer)}"


def parameters_of(model: Model, layer: Layer) -> str:
    """How many weights are the layer's own; empty where the graph is not known."""
    node = model.network.node(layer.name)
    if node is None:
        return ""
    if not node.parameters:
        return "no parameters"
    return f"{node.parameters:,} parameter{'s' if node.parameters > 1 else ''}"


def field_of(model: Model, layer: Layer) -> str:
    """The receptive field in words, in pixels of the input tensor."""
    node = model.network.node(layer.name)
    field = None if node is None else node.receptive_field
    if field is None:
        return "Receptive field not known"
    height, width = field.size
    whole = (model.preprocessing.height, model.preprocessing.width)
    if field.is_shared and field.size == whole:
        return f"Sees the whole input, {whole[1]} × {whole[0]} px"
    said = f"Receptive field {width} × {height} px"
    if height >= whole[0] and width >= whole[1]:
        return f"{said}, input {whole[1]} × {whole[0]}"
    return f"{said}{_step(field)}"


def all_about(model: Model, layer: Layer) -> str:
    """Everything, for a tooltip: one fact a line."""
    facts = (
        layer.name,
        place_of(layer),
        format_shape(layer.shape),
        parameters_of(model, layer),
        field_of(model, layer),
    )
    return "\n".join(fact for fact in facts if fact)


def _step(field: ReceptiveField) -> str:
    down, right = field.stride
    if down == right:
        return f", every {down} px" if down != 1 else ", every pixel"
    return f", every {right} × {down} px"
