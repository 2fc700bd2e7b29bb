"""Dark theme of the window."""

STYLE = """
* { font-size: 10pt; }
QWidget { background: #1d2126; color: #e9ecef; }
QMainWindow::separator { background: #343a40; }
QLabel#side { font-size: 22pt; font-weight: bold; color: #ffffff; background: #22577a; padding: 2px 16px; }
QLabel#caseName { font-size: 13pt; font-weight: bold; }
QLabel#notice { color: #ffffff; background: #8f1d2c; font-weight: bold; padding: 4px 10px; }
QLabel#noticeLine { color: #ffd98a; }
QLabel#empty { color: #adb5bd; font-size: 12pt; }
QLabel#probe { font-family: "DejaVu Sans Mono", monospace; }
QLabel#sceneTitle { color: #ced4da; }
QPushButton, QComboBox, QToolButton {
  background: #2f353c; border: 1px solid #495057; padding: 3px 6px; border-radius: 3px; }
QPushButton:hover, QComboBox:hover { border-color: #74a9cf; }
QPushButton:focus, QComboBox:focus, QSlider:focus, QCheckBox:focus { border: 1px solid #9ecae1; }
QPushButton:checked { background: #22577a; }
QPushButton:disabled, QComboBox:disabled, QSlider:disabled, QCheckBox:disabled,
QLabel:disabled { color: #6c757d; }
QCheckBox::indicator { width: 13px; height: 13px; border: 1px solid #adb5bd; background: #181b1f; }
QCheckBox::indicator:checked { background: #74a9cf; }
QGroupBox { border: 1px solid #3b4148; border-radius: 4px; margin-top: 14px; padding-top: 6px;
  font-weight: bold; }
QGroupBox::title { subcontrol-origin: margin; left: 8px; }
QTabBar::tab { background: #2a2f35; padding: 6px 18px; border: 1px solid #3b4148; }
QTabBar::tab:selected { background: #22577a; }
QTableWidget { background: #181b1f; gridline-color: #3b4148; alternate-background-color: #20242a; }
QHeaderView::section { background: #2a2f35; padding: 4px; border: 1px solid #3b4148; }
QProgressBar { border: 1px solid #495057; text-align: center; }
QProgressBar::chunk { background: #22577a; }
QSplitter::handle { background: #343a40; }
"""
