"""What is said of a model, in words: the same on its button, in the menu and in its window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.views.figures import format_share

if TYPE_CHECKING:
    from desktop_app.core.familiarity import Familiarity
    from desktop_app.core.records import Accuracy, Model, ModelListing, Preprocessing

_RESIZING = {
    "stretch": "stretched to it",
    "shorter-side": "scaled, then cut from the middle",
}


def classes_phrase(classes: int) -> str:
    """How many classes: "200 classes"."""
    return "1 class" if classes == 1 else f"{classes:,} classes"


def size_phrase(spec: Preprocessing) -> str:
    """The input's edges in pixels: "64 × 64"."""
    return f"{spec.width} × {spec.height}"


def input_phrase(spec: Preprocessing) -> str:
    """What the network is given of a picture."""
    colours = "grey" if spec.channel_order == "L" else spec.channel_order
    return f"{size_phrase(spec)} pixels, {colours}; the picture is {_RESIZING[spec.resize_rule]}"


def accuracy_phrase(accuracy: Accuracy) -> str:
    """A measured accuracy with the number of images: "56.3 % of 10,000 images right"."""
    return f"{format_share(accuracy.top1)} of {accuracy.images:,} images right"


def listed_phrase(listing: ModelListing) -> str:
    """One line of figures: classes, input size, accuracy."""
    parts = [classes_phrase(listing.classes), f"{listing.image_size} px"]
    parts += [accuracy_phrase(figure) for figure in listing.accuracy[:1]]
    return " · ".join(parts)


def model_tip(model: Model) -> str:
    """Some lines for a tooltip: where the file is, how good it is, its terms."""
    lines = [str(model.path)]
    if model.card is not None:
        lines += [accuracy_phrase(figure) for figure in model.card.accuracy[:1]]
        lines += [f"Licence: {model.card.licence}"] if model.card.licence else []
    if model.temperature != 1:
        lines.append(f"Probabilities are calibrated: temperature {model.temperature:.2f}")
    return "\n".join(lines)


def model_rows(model: Model) -> list[tuple[str, str]]:
    """Everything worth knowing, as names and values, in the order of reading."""
    rows = [
        ("File", str(model.path)),
        ("Classes", _classes(model.labels)),
        ("Input", input_phrase(model.preprocessing)),
        ("Layers", f"{len(model.layers):,} that can be opened"),
    ]
    card = model.card
    if card is None:
        return [*rows, ("No card", " ".join(model.assumptions))]
    if card.accuracy:
        rows.append(("Accuracy", "\n".join(_measured(each, model) for each in card.accuracy)))
    if model.temperature != 1:
        rows.append(("Probabilities", f"calibrated with temperature {model.temperature:.2f}"))
    if card.doubt is not None and card.doubt.separation:
        rows.append(("Doubt", _doubt(card.doubt)))
    optional = (
        ("Trained", _training(card.training)),
        ("Licence", card.licence),
        ("Source", card.source),
        ("Weights, SHA-256", card.weights_sha256),
    )
    return rows + [(name, value) for name, value in optional if value]


def _classes(labels: tuple[str, ...]) -> str:
    few = ", ".join(labels[:6])
    return f"{len(labels):,}: {few}" if len(labels) <= 6 else f"{len(labels):,}: {few}, …"


def _measured(figure: Accuracy, model: Model) -> str:
    five = "" if figure.top5 is None or len(model.labels) <= 6 else (
        f", {format_share(figure.top5)} among the first five"
    )  # fmt: skip
    return f"{accuracy_phrase(figure)}{five} ({figure.name})"


def _doubt(known: Familiarity) -> str:
    """How well it tells pictures of other kinds from its own: the area under the ROC curve."""
    figures = "\n".join(
        f"{each.auroc:.2f} against {each.images:,} {each.against}"
        for each in known.separation
        if each.score == known.score
    )
    return f"told by the {known.score} score; AUROC\n{figures}"


def _training(facts: object) -> str:
    """A phrase from the card's facts, of which a file may have any or none."""
    if not isinstance(facts, dict):
        return ""
    recipe = facts.get("recipe")
    epochs = recipe.get("epochs") if isinstance(recipe, dict) else None
    images = facts.get("images")
    parts = [
        f"{images:,} images of {facts.get('data_set', 'an unnamed data set')}"
        if isinstance(images, int)
        else str(facts.get("data_set", "")),
        f"{epochs} epochs" if epochs else "",
        f"network {facts['preset']}" if facts.get("preset") else "",
        str(facts.get("date", "")),
    ]
    return ", ".join(part for part in parts if part)
