"""The one style sheet: how every kind of control looks in every state.

Colours come only from the roles. A focused control wears a two-pixel ring in the accent, inside
a border that is there in every state, so that nothing moves when the focus does.
"""

from dataclasses import fields
from string import Template
from typing import Final

from PySide6.QtGui import QColor

from desktop_app.views.roles import Roles


def stylesheet(roles: Roles) -> str:
    """The style sheet in the colours of ``roles``."""
    colours = {
        field.name: colour.name()
        for field in fields(roles)
        if isinstance(colour := getattr(roles, field.name), QColor)
    }
    return _SHEET.substitute(colours)


_SHEET: Final = Template("""
QMainWindow, QDialog { background: $window; }
QWidget[surface="window"] { background: $window; }
QWidget[surface="panel"] { background: $panel; }
QWidget[surface="raised"] { background: $raised; border-radius: 6px; }
QWidget[surface="ground"] { background: $ground; }
QWidget[surface="popup"] { background: $raised; border: 1px solid $hover; border-radius: 8px; }

QLabel { background: transparent; color: $text; }
QLabel:disabled { color: $disabled; }
QLabel[role="secondary"] { color: $secondary; }
QLabel[role="heading"] { color: $secondary; font-size: 11px; font-weight: 500; }
QLabel[role="small"] { color: $secondary; font-size: 11px; }
QLabel[role="title"] { font-size: 15px; font-weight: 500; }
QLabel[role="good"] { color: $good; font-size: 11px; }
QLabel[role="against"] { color: $against; font-size: 11px; }

QToolTip { background: $raised; color: $text; border: 1px solid $hover; padding: 4px 6px;
    font-size: 11px; }

QPushButton, QToolButton {
    background: $raised; color: $text; border: 2px solid transparent; border-radius: 6px;
    padding: 3px 10px; min-height: 18px; }
QToolButton { padding: 3px 5px; }
QToolButton[compact="true"] { padding: 0 3px; min-height: 12px; border-width: 1px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $pressed; }
QPushButton:checked, QToolButton:checked { background: $selection; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; background: $panel; }
QPushButton[flat="true"], QToolButton[autoRaise="true"] { background: transparent; }
QPushButton[flat="true"]:hover, QToolButton[autoRaise="true"]:hover { background: $hover; }
QPushButton[flat="true"]:pressed, QToolButton[autoRaise="true"]:pressed { background: $pressed; }
QToolButton[autoRaise="true"]:checked { background: $selection; }
QPushButton[tells="against"] { color: $against; font-size: 11px; font-weight: 500;
    padding: 0 4px; min-height: 14px; border-radius: 4px; }
QPushButton[onRaised="true"] { background: $hover; }
QPushButton[onRaised="true"]:hover { background: $pressed; }
QPushButton[onRaised="true"]:pressed { background: $selection; }
QPushButton[primary="true"] { background: $accent; color: $on_accent; font-weight: 500; }
QPushButton[primary="true"]:hover { background: $text; color: $window; }
QPushButton[primary="true"]:pressed { background: $secondary; color: $window; }
QPushButton[primary="true"]:focus { border-color: $text; }
QPushButton[primary="true"]:disabled { background: $raised; color: $disabled; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: none; width: 0; }

QTabBar { background: transparent; border: none; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $secondary; font-size: 11px; font-weight: 500;
    border: none; border-bottom: 2px solid transparent; padding: 4px 6px 3px 6px; margin: 0 2px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:selected:focus { background: $selection; border-radius: 4px; }
QTabBar::tab:disabled { color: $disabled; }

QLineEdit, QAbstractSpinBox, QComboBox {
    background: $raised; color: $text; border: 2px solid transparent; border-radius: 6px;
    padding: 2px 6px; min-height: 20px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit[onRaised="true"] { background: $panel; }
QLineEdit { placeholder-text-color: $secondary; }
QLineEdit:disabled { placeholder-text-color: $disabled; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { background: $hover; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {
    background: $panel; color: $disabled; border-color: $line; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { background: transparent; border: none;
    padding: 0; min-height: 0; }
QComboBox:on { background: $pressed; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("icon:control-down.svg"); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $hover; padding: 4px;
    outline: none; }
QComboBox QAbstractItemView::item { min-height: 24px; border-radius: 4px; padding: 0 6px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 16px;
    border-radius: 4px; background: transparent; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $pressed; }
QAbstractSpinBox::up-arrow { image: url("icon:control-up.svg"); width: 8px; height: 8px; }
QAbstractSpinBox::down-arrow { image: url("icon:control-down.svg"); width: 8px; height: 8px; }

QCheckBox, QRadioButton { background: transparent; spacing: 6px; border-radius: 4px;
    border: 2px solid transparent; padding: 1px 3px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px; border-radius: 4px;
    background: $raised; border: 1px solid $secondary; }
QRadioButton::indicator { width: 12px; height: 12px; border-radius: 7px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { background: $hover; }
QCheckBox::indicator:pressed, QRadioButton::indicator:pressed { background: $pressed; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent;
    image: url("icon:control-check.svg"); }
QRadioButton::indicator:checked { width: 6px; height: 6px; background: $on_accent;
    border: 4px solid $accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $disabled; }

QSlider { border: 2px solid transparent; border-radius: 6px; min-height: 18px; }
QSlider:focus { border-color: $accent; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $line; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -4px 0; border-radius: 6px;
    background: $text; }
QSlider::handle:horizontal:hover { background: $accent; }
QSlider::handle:horizontal:pressed { background: $secondary; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {
    background: $disabled; }

QMenuBar { background: $window; color: $text; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenuBar::item:pressed { background: $pressed; }
QMenu { background: $raised; color: $text; border: 1px solid $hover; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 24px; border-radius: 4px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $disabled; }
QMenu::indicator { width: 12px; height: 12px; left: 6px; }
QMenu::indicator:checked { image: url("icon:control-tick.svg"); }
QMenu[swatches="true"]::item { padding-left: 52px; }
QMenu[swatches="true"]::icon { left: 28px; }
QMenu::separator { height: 1px; background: $hover; margin: 4px 8px; }

QAbstractScrollArea, QScrollArea { border: none; background: transparent; }
QAbstractItemView { background: transparent; border: 2px solid transparent; border-radius: 6px;
    outline: none; selection-background-color: $selection; selection-color: $text; }
QAbstractItemView:focus { border-color: $accent; }
QAbstractItemView::item { border: none; color: $text; }
QAbstractItemView::item:hover { background: $hover; }
QAbstractItemView::item:selected { background: $selection; color: $text; }
QAbstractItemView::item:disabled { color: $disabled; }
QPlainTextEdit { background: $panel; color: $text; border: 2px solid transparent;
    border-radius: 6px; padding: 6px 8px;
    selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit:focus { border-color: $accent; }
QTreeView { show-decoration-selected: 1; }
QTreeView::branch { background: transparent; }
QTreeView::branch:hover { background: transparent; }

QHeaderView { background: $window; border: none; border-radius: 0; }
QHeaderView::section { background: $window; color: $secondary; border: none;
    border-right: 1px solid $line; padding: 4px 8px; }
QHeaderView::section:hover { background: $hover; }
QHeaderView::down-arrow { image: url("icon:control-down.svg"); width: 8px; height: 8px;
    subcontrol-position: center right; right: 6px; }
QHeaderView::up-arrow { image: url("icon:control-up.svg"); width: 8px; height: 8px;
    subcontrol-position: center right; right: 6px; }
QDialog { dialogbuttonbox-buttons-have-icons: 0; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QDialog QTreeView, QDialog QListView { background: $panel; }
QDialog QTreeView::item, QDialog QListView::item { min-height: 22px; }

QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $hover; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $disabled; }
QScrollBar::handle:pressed { background: $secondary; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $line; color: transparent; border: none; border-radius: 2px;
    max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $hover; }
QSplitter::handle:pressed { background: $accent; }
""")
