"""Choose a valve or a stent: sizes, whether it fits this patient, where its data come from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from surgitwin.implants import Item, catalogue, item
from surgitwin.viewer.plans.fit_browser import FitBrowser
from surgitwin.viewer.vessel.bench import VesselBench


class DeviceBrowser(FitBrowser):
    """current: of the device in the plan; only its kind is offered."""

    thing = "device"
    columns = ("Device", "Fit", "Data")
    fit_column = 1

    def __init__(self, bench: VesselBench, current: str, parent: QWidget | None = None) -> None:
        kind = type(item(current))
        self._devices: dict[str, Item] = {k: i for k, i in catalogue().items() if type(i) is kind}
        self._current = current
        super().__init__(bench, sorted(self._devices, key=lambda k: k != current), parent)
        self.setObjectName("deviceBrowser")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Choose a device")
        self.resize(760, 560)
        for key, found in self._devices.items():
            self.add_row(key, [found.title, "", "verified" if found.verified else "not verified"])
        self.start(current)

    def passes(self, key: str, words: Sequence[str]) -> bool:
        """Whether all words stand in name or id."""
        text = f"{key} {self._devices[key].title}".lower()
        return all(w in text for w in words)

    def why_not(self, key: str) -> str:
        """Nothing is marked, or what the plan has already."""
        return "The plan has this device." if key and key == self._current else super().why_not(key)

    def describe(self, key: str, fit: str) -> str:
        """Name, fit, source."""
        found = self._devices[key]
        checked = "" if found.verified else " (not verified)"
        lines = (f"{found.title} ({found.id})", fit, f"Source: {found.source}{checked}")
        return "\n".join(line for line in lines if line)
