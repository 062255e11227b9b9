"""The card in a model file: JSON in a metadata property ⇄ :class:`Card`."""

import math
from typing import Final

import msgspec

from desktop_app.core.errors import CardError
from desktop_app.core.records import CARD_SCHEMA, Card

CARD_PROPERTY: Final = "residual_lens.card"


def encode_card(card: Card) -> str:
    """The card as JSON, keys in the order of the record: the same card gives the same text."""
    return msgspec.json.encode(card).decode()


def decode_card(text: str | bytes) -> Card:
    """The card from its JSON.

    Raises:
        CardError: Not JSON, not the schema's shape, of a newer schema than this program, or with
            a temperature that is none.
    """
    try:
        card = msgspec.json.decode(text, type=Card)
    except msgspec.MsgspecError as error:
        raise CardError(
            "cannot read the model's card",
            why=str(error),
            remedy="Export the model again with a current model-export.",
        ) from error
    if card.schema > CARD_SCHEMA:
        raise CardError(
            "cannot read the model's card",
            why=f"it has schema {card.schema} and this program knows up to {CARD_SCHEMA}",
            remedy="Update the program.",
        )
    if not (card.temperature > 0 and math.isfinite(card.temperature)):
        raise CardError(
            "cannot read the model's card",
            why=f"its temperature is {card.temperature:g}, not a number above 0",
            remedy="Export the model again with a current model-export.",
        )
    return card
