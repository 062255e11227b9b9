"""Colours, type and the one place where they meet Qt.

Every colour of the program is a named role of :class:`Roles`. Widgets that paint themselves ask
:func:`current_roles` and :func:`font` while painting, so that a change of theme reaches them with
the palette change that Qt sends anyway; all others are dressed by one style sheet.
"""

from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QDir, QObject, Qt, Slot
from PySide6.QtGui import QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from desktop_app.state import Theme
from desktop_app.views.roles import DARK, LIGHT, Roles, contrast, roles_for
from desktop_app.views.stylesheet import stylesheet

__all__ = [
    "DARK",
    "LIGHT",
    "Roles",
    "ThemeSwitch",
    "apply_theme",
    "contrast",
    "current_roles",
    "font",
    "load_resources",
    "on_surface",
    "roles_for",
    "set_text_role",
]

STYLE_ARGUMENTS: Final = ("-style", "Fusion")
"""For QApplication: drawn alike on every desktop. A QStyle handed over from here costs 10 ms of
enumerations, which Qt's bindings make when they first meet one."""
FAMILY: Final = "Inter"
FontSize = Literal[11, 13, 15]
"""Device-independent pixels: small print and headings, text, titles."""
Surface = Literal["window", "panel", "raised", "ground", "popup"]
TextRole = Literal["text", "secondary", "heading", "title", "good", "against", "small"]


class _Current:
    """The roles in use: one application has one look."""

    roles: Roles = DARK


def current_roles() -> Roles:
    """The roles in use now; ask while painting, keep nothing."""
    return _Current.roles


def load_resources(resources: Path) -> None:
    """Make the bundled type family and pictures known to Qt; once, before the first window.

    Args:
        resources: The folder with ``fonts/*.otf``, ``icons/*.svg`` and ``samples``. Where a font
            is missing, the system's own family is used.
    """
    QDir.setSearchPaths("icon", [str(resources / "icons")])
    QDir.setSearchPaths("sample", [str(resources / "samples")])
    if not QFontDatabase.hasFamily(FAMILY):
        for file in sorted((resources / "fonts").glob("*.otf")):
            QFontDatabase.addApplicationFont(str(file))


def font(size: FontSize = 13, *, medium: bool = False, tabular: bool = False) -> QFont:
    """A font of the program.

    Args:
        size: In device-independent pixels.
        medium: Medium weight instead of regular.
        tabular: All figures equally wide, for numbers that stand under each other.
    """
    chosen = QFont()
    chosen.setFamily(FAMILY)
    chosen.setPixelSize(size)
    chosen.setWeight(QFont.Weight.Medium if medium else QFont.Weight.Normal)
    if tabular:
        chosen.setFeature(QFont.Tag("tnum"), 1)
    return chosen


def on_surface(widget: QWidget, surface: Surface) -> None:
    """Paint ``widget``'s background as ``surface``, now and after a change of theme."""
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    widget.setProperty("surface", surface)


def set_text_role(label: QLabel, role: TextRole) -> None:
    """Give a label the size, weight and colour of ``role``."""
    if label.property("role") != role:
        label.setProperty("role", role)
        # Not before Qt does it itself: a font set between the two would be lost.
        if label.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
            label.style().polish(label)


def apply_theme(app: QApplication, roles: Roles) -> None:
    """Dress the whole application in ``roles``: palette, font and style sheet."""
    _Current.roles = roles
    app.setFont(font(13))
    app.setPalette(_palette(roles))
    app.setStyleSheet(stylesheet(roles))


def _palette(roles: Roles) -> QPalette:
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette(roles.raised, roles.window)
    for place, colour in (
        (role.Window, roles.window),
        (role.WindowText, roles.text),
        (role.Base, roles.panel),
        (role.AlternateBase, roles.raised),
        (role.Text, roles.text),
        (role.Button, roles.raised),
        (role.ButtonText, roles.text),
        (role.PlaceholderText, roles.secondary),
        (role.Highlight, roles.accent),
        (role.HighlightedText, roles.on_accent),
        (role.ToolTipBase, roles.raised),
        (role.ToolTipText, roles.text),
        (role.Link, roles.accent),
        (role.Accent, roles.accent),
        (role.Mid, roles.line),
    ):
        palette.setColor(place, colour)
    for place in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, place, roles.disabled)
    return palette


class ThemeSwitch(QObject):
    """Keeps the application in the chosen theme, and ``system`` in step with the desktop."""

    def __init__(self, app: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._theme: Theme | None = None
        self._applied: Roles | None = None
        app.styleHints().colorSchemeChanged.connect(self._follow)

    def choose(self, theme: Theme) -> None:
        """Take ``theme``; costs nothing when it is the one in use."""
        if theme == self._theme:
            return
        self._theme = theme
        hints = self._app.styleHints()
        # Native parts (title bar, file dialog) follow the hint, not the palette.
        if theme == "system":
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if theme == "dark" else Qt.ColorScheme.Light)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        if self._theme is None:
            return
        # A desktop that does not say (Unknown) gets the dark look, in which pictures stand out.
        system_dark = self._app.styleHints().colorScheme() != Qt.ColorScheme.Light
        roles = roles_for(self._theme, system_dark=system_dark)
        if roles is not self._applied:
            self._applied = roles
            apply_theme(self._app, roles)
