"""Typed progress events: the same closed set serves window, command line and log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from surgitwin.core.errors import Cancelled

Kind = Literal["started", "progress", "log", "done", "failed", "cancelled"]
TERMINAL: tuple[Kind, ...] = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Event:
    """fraction: 0..1 or None when unknown. data: plain values (result or error)."""

    kind: Kind
    message: str = ""
    fraction: float | None = None
    data: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain form for a JSON line."""
        return asdict(self)


class Progress:
    """Handed to long work: `progress("Meshing", 0.4)` reports, and raises `Cancelled` when asked to stop."""

    def __init__(
        self,
        report: Callable[[Event], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        span: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        self._report = report
        self._cancelled = cancelled
        self._span = span

    def __call__(self, message: str, fraction: float | None = None) -> None:
        """Report; a cancel point."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled()
        if self._report is not None:
            low, high = self._span
            at = None if fraction is None else low + (high - low) * fraction
            self._report(Event("progress", message, at))

    def asked_to_stop(self) -> bool:
        """Whether the user asked to stop, for work that stops in a way of its own."""
        return self._cancelled is not None and self._cancelled()

    def part(self, low: float, high: float) -> Progress:
        """A progress whose 0..1 is the stretch low..high of this one."""
        a, b = self._span
        return Progress(self._report, self._cancelled, (a + (b - a) * low, a + (b - a) * high))


SILENT = Progress()
