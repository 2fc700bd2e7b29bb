"""The steps of a preset with their settings: value, unit, what it does, where its number comes from."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from surgitwin.segmentation.presets import Parameter, Preset
from surgitwin.viewer.theme import set_role
from surgitwin.viewer.widgets.number import Number


class PresetSteps(QWidget):
    """`numbers` by parameter; the first step is always seen, the others with `show_all`."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers: dict[str, Number] = {}
        self._own: dict[str, float] = {}
        self._first, self._rest = QWidget(self), QWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self._first, self._rest):
            inner = QVBoxLayout(part)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(3)
            column.addWidget(part)
        self._rest.hide()

    def show_preset(self, preset: Preset, values: Mapping[str, float]) -> None:
        """Steps and settings of `preset` at its own values, but for those in `values`."""
        for part in (self._first, self._rest):
            _empty(part)
        self.numbers, details = {}, {p.name: p for p in preset.details}
        self._own = {p.name: p.value for p in preset.details}
        steps = [(f"{n}. {s.title}", s.parameters) for n, s in enumerate(preset.steps, start=1)]
        shown = {name for _title, names in steps for name in names}
        others = tuple(name for name in details if name not in shown)
        if others:
            steps.append(("Other settings", others))
        for n, (title, names) in enumerate(steps):
            part = self._rest if n else self._first
            self._heading(part, title)
            for name in names:
                if name not in self.numbers:
                    self._number(part, details[name], values.get(name, details[name].value))

    def show_all(self, on: bool) -> None:
        """Whether the steps after the first are seen."""
        self._rest.setVisible(on)

    @property
    def has_more(self) -> bool:
        """Whether there are steps after the first."""
        layout = self._rest.layout()
        return layout is not None and layout.count() > 0

    @property
    def parameters(self) -> dict[str, float]:
        """Values that differ from the preset's own."""
        return {k: n.value for k, n in self.numbers.items() if abs(n.value - self._own[k]) > 1e-9}

    def _heading(self, part: QWidget, words: str) -> None:
        label = QLabel(words, part)
        set_role(label, "small")
        layout = part.layout()
        assert layout is not None
        layout.addWidget(label)

    def _number(self, part: QWidget, row: Parameter, value: float) -> None:
        number = self.numbers[row.name] = Number(
            row.title, row.unit, row.low, row.high, value, part, decimals=row.decimals, tip=tip(row)
        )
        number.setObjectName(f"parameter_{row.name}")
        number.changed.connect(lambda _value: self.changed.emit())
        layout = part.layout()
        assert layout is not None
        layout.addWidget(number)


def tip(row: Parameter) -> str:
    """What a setting does, its own value, and the source of that value."""
    value = f"{row.value:g} {row.unit}".strip()
    checked = "" if row.verified else " (not verified)"
    return f"{row.does or row.title}. Preset: {value}.\nSource{checked}: {row.source}"


def _empty(part: QWidget) -> None:
    layout = part.layout()
    assert layout is not None
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.setParent(None)
            widget.deleteLater()
