"""The colours, each named for what it is for. Nowhere else in the program stands a colour."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QColor

from desktop_app.state import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What each colour is for.

    Attributes:
        dark: Whether text is lighter than what it stands on.
        window: Behind everything: the top bar, the status line, the gaps.
        panel: The surfaces that hold lists and numbers.
        raised: Buttons and fields on a surface.
        hover: A control or a row under the pointer.
        pressed: A control while it is held down.
        selection: The chosen row.
        ground: Behind pictures.
        line: Hairlines and the empty part of a bar.
        text: What is read first.
        secondary: What is read second; at least 4.5:1 on every surface.
        disabled: Text of a control that cannot be used now.
        accent: The one accent: focus, choice, a class's probability.
        on_accent: Text on the accent.
        against: Evidence against a class, and errors.
        good: Something is as it should be.
        warning: Something needs a look.
    """

    dark: bool
    window: QColor
    panel: QColor
    raised: QColor
    hover: QColor
    pressed: QColor
    selection: QColor
    ground: QColor
    line: QColor
    text: QColor
    secondary: QColor
    disabled: QColor
    accent: QColor
    on_accent: QColor
    against: QColor
    good: QColor
    warning: QColor


DARK: Final = Roles(
    dark=True,
    window=QColor("#16181d"),
    panel=QColor("#1d2026"),
    raised=QColor("#272b33"),
    hover=QColor("#2f343d"),
    pressed=QColor("#22262d"),
    selection=QColor("#293352"),
    ground=QColor("#121418"),
    line=QColor("#2b2f37"),
    text=QColor("#d7dae0"),
    # The sketch's #8b919c has 4.4:1 on raised and 3.9:1 on a chosen row.
    secondary=QColor("#9ca2ad"),
    disabled=QColor("#737a86"),
    accent=QColor("#5b8def"),
    on_accent=QColor("#0e1116"),
    against=QColor("#e0795b"),
    good=QColor("#5fc08a"),
    warning=QColor("#d9a441"),
)

LIGHT: Final = Roles(
    dark=False,
    window=QColor("#eceef1"),
    panel=QColor("#f7f8fa"),
    raised=QColor("#e5e8ed"),
    hover=QColor("#dadee5"),
    pressed=QColor("#d0d5dd"),
    selection=QColor("#d6e1f8"),
    ground=QColor("#dfe2e7"),
    line=QColor("#d9dde3"),
    text=QColor("#20242c"),
    secondary=QColor("#555c68"),
    disabled=QColor("#7c838f"),
    accent=QColor("#2f66d0"),
    on_accent=QColor("#ffffff"),
    against=QColor("#b04420"),
    good=QColor("#1d6f41"),
    warning=QColor("#835600"),
)


def class_colour(index: int, *, dark: bool) -> QColor:
    """A colour for a class among any number of classes; neighbours in number differ most.

    Hues in steps of the golden ratio, at one lightness that stands out on the panel.
    """
    hue = (0.61 + index * 0.618034) % 1.0
    return QColor.fromHslF(hue, 0.55, 0.66 if dark else 0.42)


def roles_for(theme: Theme, *, system_dark: bool) -> Roles:
    """The roles of ``theme``, where ``system`` follows the desktop."""
    if theme == "system":
        return DARK if system_dark else LIGHT
    return DARK if theme == "dark" else LIGHT


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance")."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = linear(colour.redF()), linear(colour.greenF()), linear(colour.blueF())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
