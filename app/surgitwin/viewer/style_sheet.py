"""The style sheet of the window, made from the roles of a theme. Sizes are multiples of plain text."""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from surgitwin.core.resources import resources_dir
from surgitwin.viewer.theme_roles import Theme

SIZES = {"small": 0.9, "plain": 1.0, "heading": 1.15, "title": 1.4, "large": 1.9}
"""Sizes of text as multiples of plain text."""

BASE = Template("""
* { font-size: ${plain}pt; }
QWidget { color: $text; }
QMainWindow, QDialog, QMessageBox, QWidget#root { background: $background; }
QDialog { border: 1px solid $border; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px; }
QMainWindow::separator, QSplitter::handle { background: $border; }
QSplitter::handle:hover, QMainWindow::separator:hover { background: $accent; }
QLabel { background: transparent; }
QLabel:disabled { color: $disabled; }
QLabel#side { font-size: ${large}pt; font-weight: bold; color: $on_selection; background: $selection;
  padding: 2px 16px; border-radius: 4px; }
QLabel#caseName, QLabel[role="title"] { font-size: ${title}pt; font-weight: bold; }
QLabel[role="heading"] { font-size: ${heading}pt; font-weight: bold; }
QLabel[role="muted"], QLabel#empty, QLabel#sceneTitle { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small}pt; }
QLabel#empty { font-size: ${heading}pt; }
QLabel#notice { color: $on_notice; background: $notice; font-weight: bold; padding: 4px 10px;
  border-radius: 4px; }
QLabel[role="ok"] { color: $ok; }
QLabel[role="warning"], QLabel#noticeLine { color: $warning; }
QLabel[role="error"] { color: $error; }
QLabel[role="stale"] { color: $stale; }
QLabel#probe, QLabel[role="figures"] { font-family: "DejaVu Sans Mono", "Menlo", "Consolas", monospace; }
QLabel[role="badge"] { background: $selection; color: $on_selection; border-radius: 8px; padding: 1px 7px;
  font-weight: bold; }
QFrame[role="card"], QWidget[role="card"] { background: $panel; border: 1px solid $border;
  border-radius: 6px; }
QFrame[role="card"]:hover, QPushButton[role="card"]:hover { border-color: $accent; }
QWidget[role="panel"] { background: $panel; }
QFrame[role="banner"] { background: $raised; border-left: 4px solid $warning; border-radius: 3px; }
QFrame[role="drop"] { background: $panel; border: 2px dashed $border; border-radius: 10px; }
QFrame[role="drop-active"] { background: $panel; border: 2px dashed $accent; border-radius: 10px; }
""")

BUTTONS = Template("""
QPushButton, QToolButton, QComboBox { background: $raised; color: $text; border: 1px solid $border;
  border-radius: 4px; padding: 4px 9px; }
QToolButton { padding: 4px; }
QPushButton:hover, QToolButton:hover, QComboBox:hover { border-color: $accent; }
QPushButton:pressed, QToolButton:pressed { background: $selection; color: $on_selection; }
QPushButton:checked, QToolButton:checked { background: $selection; color: $on_selection;
  border-color: $accent; }
QPushButton:focus, QToolButton:focus, QComboBox:focus, QCheckBox:focus, QRadioButton:focus,
QSlider:focus { border: 1px solid $accent; }
QPushButton:disabled, QToolButton:disabled, QComboBox:disabled, QCheckBox:disabled, QRadioButton:disabled,
QGroupBox:disabled { color: $disabled; }
QPushButton:disabled, QToolButton:disabled { background: $panel; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent;
  font-weight: bold; }
QPushButton[role="primary"]:hover { border-color: $text; }
QPushButton[role="primary"]:disabled { background: $raised; color: $disabled; border-color: $border; }
QPushButton[role="danger"] { border-color: $error; color: $error; }
QPushButton[role="flat"], QToolButton[role="flat"], QToolBar QToolButton { background: transparent;
  border: 1px solid transparent; }
QPushButton[role="flat"]:hover, QToolButton[role="flat"]:hover, QToolBar QToolButton:hover {
  background: $raised; border-color: $border; }
QToolBar QToolButton:checked, QToolButton[role="flat"]:checked { background: $selection;
  color: $on_selection; border-color: $accent; }
QPushButton[role="card"] { background: $panel; text-align: left; padding: 8px; border-radius: 6px; }
QPushButton[role="link"] { background: transparent; border: none; color: $accent; text-align: left;
  text-decoration: underline; padding: 2px; }
QToolBar { background: $panel; border: none; spacing: 3px; padding: 2px; }
QToolBar::separator { background: $border; width: 1px; margin: 4px; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="2"]::menu-indicator, QToolButton[popupMode="1"]::menu-indicator {
  image: url("$art/down.svg"); subcontrol-position: right center; width: 9px; }
QToolButton[popupMode="2"] { padding-right: 14px; }
""")

FIELDS = Template("""
QLineEdit, QTextEdit, QPlainTextEdit, QTextBrowser, QSpinBox, QDoubleSpinBox, QDateEdit { background: $field;
  color: $text; border: 1px solid $border; border-radius: 4px; padding: 3px 5px;
  selection-background-color: $selection; selection-color: $on_selection; }
QLineEdit:focus, QTextEdit:focus, QPlainTextEdit:focus, QTextBrowser:focus, QSpinBox:focus,
QDoubleSpinBox:focus { border-color: $accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { color: $disabled; background: $panel; }
QSpinBox, QDoubleSpinBox { padding: 3px 20px 3px 6px; qproperty-alignment: "AlignRight | AlignVCenter"; }
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right;
  width: 18px; border: none; background: transparent; }
QSpinBox::down-button, QDoubleSpinBox::down-button { subcontrol-origin: border;
  subcontrol-position: bottom right; width: 18px; border: none; background: transparent; }
QSpinBox::up-button:hover, QDoubleSpinBox::up-button:hover, QSpinBox::down-button:hover,
QDoubleSpinBox::down-button:hover { background: $raised; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("$art/up.svg"); width: 9px; height: 9px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url("$art/down.svg"); width: 9px; height: 9px; }
QComboBox { padding-right: 22px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("$art/down.svg"); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $raised; color: $text; border: 1px solid $border;
  selection-background-color: $selection; selection-color: $on_selection; }
QCheckBox, QRadioButton { background: transparent; spacing: 6px; border: 1px solid transparent;
  padding: 1px; }
QCheckBox::indicator, QGroupBox::indicator, QRadioButton::indicator, QTreeView::indicator,
QTableView::indicator, QListView::indicator { width: 14px; height: 14px; border: 1px solid $muted;
  border-radius: 3px; background: $field; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QGroupBox::indicator:checked, QTreeView::indicator:checked,
QTableView::indicator:checked, QListView::indicator:checked { background: $accent; border-color: $accent;
  image: url("$art/check.svg"); }
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent;
  image: url("$art/dash.svg"); }
QRadioButton::indicator:checked { border-color: $accent; background: $accent; image: url("$art/dot.svg"); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $disabled;
  background: $panel; }
QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -5px 0; border-radius: 6px;
  background: $text; border: 1px solid $border; }
QSlider::groove:vertical { width: 4px; background: $border; border-radius: 2px; }
QSlider::handle:vertical { width: 12px; height: 12px; margin: 0 -5px; border-radius: 6px; background: $text;
  border: 1px solid $border; }
QSlider::sub-page:disabled { background: $disabled; }
QSlider::handle:disabled { background: $disabled; }
""")

LISTS = Template("""
QGroupBox { background: transparent; border: 1px solid $border; border-radius: 5px; margin-top: 1.1em;
  padding: 6px 4px 4px 4px; font-weight: bold; }
QGroupBox::title { subcontrol-origin: margin; left: 8px; padding: 0 4px; color: $text; }
QTabWidget::pane { border: 1px solid $border; border-radius: 4px; }
QTabBar::tab { background: $panel; color: $muted; padding: 6px 16px; border: 1px solid $border;
  border-bottom: none; border-top-left-radius: 4px; border-top-right-radius: 4px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { background: $selection; color: $on_selection; }
QAbstractItemView { background: $field; color: $text; alternate-background-color: $panel;
  border: 1px solid $border; gridline-color: $border; selection-background-color: $selection;
  selection-color: $on_selection; outline: none; }
QTreeView::item, QListView::item, QTableView::item { padding: 3px; }
QTreeView::item:hover, QListView::item:hover { background: $raised; color: $text; }
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected { background: $selection;
  color: $on_selection; }
QTreeView::item:disabled, QListView::item:disabled { color: $disabled; }
QHeaderView { background: $panel; }
QHeaderView::section { background: $panel; color: $muted; padding: 4px 6px; border: none;
  border-right: 1px solid $border; border-bottom: 1px solid $border; }
QTableCornerButton::section { background: $panel; border: none; }
QProgressBar { background: $field; color: $text; border: 1px solid $border; border-radius: 4px;
  text-align: center; min-height: 1.3em; }
QProgressBar::chunk { background: $selection; border-radius: 3px; }
QMenuBar, QMenu { background: $panel; color: $text; }
QMenu { border: 1px solid $border; padding: 4px; }
QMenuBar::item { padding: 4px 10px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected, QMenu::item:selected { background: $selection; color: $on_selection; }
QMenu::item { padding: 5px 26px 5px 26px; border-radius: 3px; }
QMenu::item:disabled { color: $disabled; background: transparent; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMenu::icon { padding-left: 6px; }
QStatusBar { background: $panel; color: $text; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QDockWidget { color: $text; }
QDockWidget::title { background: $panel; padding: 5px 8px; border-bottom: 1px solid $border; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 2px; min-height: 28px;
  min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def style_sheet(theme: Theme, base_pt: float) -> str:
    """Qt style sheet of the whole window; base_pt: plain text in points."""
    values = {**asdict(theme), "art": (resources_dir() / "theme" / theme.name).as_posix()}
    values |= {word: f"{base_pt * factor:.1f}" for word, factor in SIZES.items()}
    return "".join(part.substitute(values) for part in (BASE, BUTTONS, FIELDS, LISTS))
