import re
from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_app import paths
from desktop_app.views import theme
from desktop_app.views.file_dialogs import FileDialogs
from desktop_app.views.stylesheet import stylesheet

LOOKS = pytest.mark.parametrize("roles", [theme.DARK, theme.LIGHT], ids=["dark", "light"])
SURFACES = ("window", "panel", "raised", "hover", "pressed", "selection", "ground")


@LOOKS
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("writing", ["text", "secondary"])
def test_text_is_readable_on_every_surface(roles: theme.Roles, surface: str, writing: str) -> None:
    assert theme.contrast(getattr(roles, writing), getattr(roles, surface)) >= 4.5


@LOOKS
@pytest.mark.parametrize("mark", ["accent", "against", "good", "warning"])
@pytest.mark.parametrize("surface", ["window", "panel", "ground"])
def test_coloured_words_are_readable(roles: theme.Roles, surface: str, mark: str) -> None:
    # 4:1 for the accent on the light ground, which never carries words, 4.5:1 elsewhere.
    least = 4.0 if surface == "ground" else 4.5
    assert theme.contrast(getattr(roles, mark), getattr(roles, surface)) >= least


@LOOKS
def test_the_focus_ring_stands_out_from_every_surface(roles: theme.Roles) -> None:
    for surface in SURFACES:
        assert theme.contrast(roles.accent, getattr(roles, surface)) >= 3.0
    assert theme.contrast(roles.on_accent, roles.accent) >= 4.5


@LOOKS
def test_what_cannot_be_used_can_still_be_made_out(roles: theme.Roles) -> None:
    for surface in ("panel", "window"):
        contrast = theme.contrast(roles.disabled, getattr(roles, surface))
        assert 3.0 <= contrast < theme.contrast(roles.secondary, getattr(roles, surface))


def test_contrast_is_the_wcag_ratio() -> None:
    assert theme.contrast(QColor("#000000"), QColor("#ffffff")) == pytest.approx(21)
    assert theme.contrast(QColor("#767676"), QColor("#ffffff")) == pytest.approx(4.54, abs=0.01)


def test_system_follows_the_desktop_and_a_choice_does_not() -> None:
    assert theme.roles_for("system", system_dark=True) is theme.DARK
    assert theme.roles_for("system", system_dark=False) is theme.LIGHT
    assert theme.roles_for("dark", system_dark=False) is theme.DARK
    assert theme.roles_for("light", system_dark=True) is theme.LIGHT


def test_the_style_sheet_has_no_colour_of_its_own(qapp: QApplication) -> None:
    """A colour in the sheet that no role names would be missed by a change of theme."""
    colours = {field.name for field in fields(theme.Roles) if field.name != "dark"}
    marked = theme.Roles(dark=True, **dict.fromkeys(colours, QColor(1, 2, 3)))
    sheet = stylesheet(marked)
    assert "$" not in sheet
    assert set(re.findall(r"#[0-9a-f]{6}", sheet)) == {"#010203"}


def test_applying_a_theme_sets_palette_and_current_roles(qapp: QApplication) -> None:
    theme.apply_theme(qapp, theme.LIGHT)
    assert theme.current_roles() is theme.LIGHT
    assert qapp.palette().color(QPalette.ColorRole.Window) == theme.LIGHT.window


def test_the_bundled_family_is_used_with_figures_of_one_width(qapp: QApplication) -> None:
    assert (paths.resources() / "fonts" / "Inter-Regular.otf").is_file()
    assert (paths.resources() / "licences" / "Inter.txt").is_file()
    assert QFontInfo(theme.font(13)).family() == "Inter"
    figures = QFontMetricsF(theme.font(13, tabular=True))
    assert figures.horizontalAdvance("1111") == figures.horizontalAdvance("0000")
    plain = QFontMetricsF(theme.font(13))
    assert plain.horizontalAdvance("1111") != plain.horizontalAdvance("0000")


def test_the_switch_applies_a_theme_once(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[theme.Roles] = []
    monkeypatch.setattr(theme, "apply_theme", lambda _app, roles: applied.append(roles))
    switch = theme.ThemeSwitch(qapp)
    for choice in ("light", "light", "dark", "system"):
        switch.choose(choice)
    # The offscreen desktop does not say what it prefers: system stays dark.
    assert applied == [theme.LIGHT, theme.DARK]


def test_the_switch_follows_the_desktop_only_while_asked_to(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[theme.Roles] = []
    monkeypatch.setattr(theme, "apply_theme", lambda _app, roles: applied.append(roles))
    switch = theme.ThemeSwitch(qapp)
    switch.choose("light")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert applied == [theme.LIGHT]
    switch.choose("system")
    assert applied == [theme.LIGHT, theme.DARK]


def test_a_focused_button_wears_the_accent(qtbot: QtBot) -> None:
    button = QPushButton("Open")
    qtbot.addWidget(button)
    with qtbot.waitActive(button):
        button.show()
        button.activateWindow()
    button.clearFocus()
    plain = button.grab().toImage()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    focused = button.grab().toImage()
    edge = (focused.width() // 2, 0)
    assert focused.pixelColor(*edge) == theme.DARK.accent
    assert plain.pixelColor(*edge) != theme.DARK.accent


@LOOKS
def test_the_file_dialog_wears_the_theme(
    qapp: QApplication, qtbot: QtBot, roles: theme.Roles
) -> None:
    theme.apply_theme(qapp, roles)
    window = QWidget()
    qtbot.addWidget(window)
    dialog = FileDialogs(window).ask_for_model()
    dialog.setViewMode(QFileDialog.ViewMode.Detail)
    header = dialog.findChild(QHeaderView)
    buttons = dialog.findChild(QDialogButtonBox)
    assert isinstance(header, QHeaderView)
    assert isinstance(buttons, QDialogButtonBox)
    qtbot.waitUntil(header.isVisible)
    picture = header.grab().toImage()
    ground = picture.pixelColor(3, picture.height() // 2)
    assert ground.name() == roles.window.name()
    assert all(button.icon().isNull() for button in buttons.buttons())
    dialog.reject()


@LOOKS
def test_what_a_field_is_for_can_be_read(
    qapp: QApplication, qtbot: QtBot, roles: theme.Roles
) -> None:
    theme.apply_theme(qapp, roles)
    field = QLineEdit()
    qtbot.addWidget(field)
    for enabled, colour in ((True, roles.secondary), (False, roles.disabled)):
        field.setEnabled(enabled)
        field.ensurePolished()
        assert field.palette().placeholderText().color() == colour
