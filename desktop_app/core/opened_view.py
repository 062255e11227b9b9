"""What of an analysis a view opens: its channel and its classes.

Pictures and pages of a view show the same.
"""

from dataclasses import dataclass

from desktop_app.core.analysis import Analysis
from desktop_app.core.errors import ViewFileError
from desktop_app.core.figures import format_field
from desktop_app.core.maps import ValueRange
from desktop_app.core.predictions import top_k
from desktop_app.core.records import Model, Prediction, Tensor
from desktop_app.core.view_file import View


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenedChannel:
    """What of the analysis a view opens.

    Attributes:
        maps: float32 (C, H, W), the whole layer.
        channel: Index of the open one.
        shown: Values of the first and the last colour.
        legend: What they hold for.
    """

    maps: Tensor
    channel: int
    shown: ValueRange
    legend: str

    @property
    def one(self) -> Tensor:
        """The open channel, float32 (1, h, w)."""
        return self.maps[self.channel : self.channel + 1]

    @property
    def is_value(self) -> bool:
        """Whether each channel is a single value."""
        return self.maps.shape[1:] == (1, 1)


def refuse_foreign(view: View, analysis: Analysis) -> None:
    """Refuse a view that names what the model does not have, whether or not it would be drawn.

    Raises:
        ViewFileError: The model has no such layer, channel or class.
    """
    model = analysis.model
    if view.layer and model.layer(view.layer) is None:
        raise _foreign(analysis, f"{model.name} has no layer {view.layer}")
    opened_channel(view, analysis)
    for index in (view.chosen_class, view.against_class):
        if index is not None and not 0 <= index < len(model.labels):
            raise _foreign(
                analysis,
                f"{model.name} has {len(model.labels)} classes, "
                f"and the view asks about number {index}",
            )


def opened_channel(view: View, analysis: Analysis) -> OpenedChannel | None:
    """What the view opens; None for a view without a layer.

    Raises:
        ViewFileError: The model has no such layer or channel.
    """
    if not view.layer or view.scale is None:
        return None
    maps = analysis.activations.values.get(view.layer)
    if maps is None:
        raise _foreign(analysis, f"{analysis.model.name} has no layer {view.layer}")
    if view.channel >= len(maps):
        raise _foreign(
            analysis,
            f"{view.layer} has {len(maps)} channels, and the view shows number {view.channel}",
        )
    shown = ValueRange(view.scale.low, view.scale.high)
    return OpenedChannel(
        maps=maps, channel=view.channel, shown=shown, legend=view.scale.legend or view.scale.kind
    )


def shown_classes(
    view: View, analysis: Analysis, probabilities: "Tensor | None" = None
) -> tuple[Prediction, ...]:
    """The likeliest classes, and those that are asked about if they are none of them.

    Args:
        view: Says how many, and which are asked about.
        analysis: Whose classes they are.
        probabilities: float32 (classes,), of a changed network; None for the analysis' own.
    """
    if probabilities is None:
        probabilities = analysis.classification.probabilities
    ranked = top_k(probabilities, analysis.model.labels, len(analysis.model.labels))
    asked = (view.chosen_class, view.against_class)
    further = (row for row in ranked[view.top_k :] if row.index in asked)
    return (*ranked[: view.top_k], *further)


def explained_class(view: View, analysis: Analysis) -> int:
    """Index of the class that the view asks about; the likeliest where the model lacks it."""
    chosen = view.chosen_class
    if chosen is not None and 0 <= chosen < len(analysis.model.labels):
        return chosen
    return int(analysis.classification.probabilities.argmax())


def receptive_field_text(model: Model, layer: str) -> str:
    """How much of the input a position of the layer sees: "107 px"; empty where unknown."""
    node = model.network.node(layer)
    if node is None or node.receptive_field is None:
        return ""
    return format_field(node.receptive_field.size)


def _foreign(analysis: Analysis, why: str) -> ViewFileError:
    return ViewFileError(
        f"cannot draw the view of {analysis.image.name}",
        why=why,
        remedy="Open the image with the model that the view was saved with.",
    )
