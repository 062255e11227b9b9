"""The card in a model file: JSON in a metadata property ⇄ :class:`Card`."""

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
        CardError: Not JSON, not the schema's shape, or of a newer schema than this program.
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
    return card
