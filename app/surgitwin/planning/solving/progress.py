"""One advancing fraction and one line of words for many results that are built and solved side by side."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping

from surgitwin.core.progress import Event, Progress

SHARES = {"build": 0.2, "solve": 0.6, "measure": 0.2}
"""Display setting: how much of a result's time each phase takes, from wall times on a real femur."""
STEP = 0.002
"""Display setting: smaller advances with the same words are not reported."""


class SolveProgress:
    """Collects what every result says of its phases and reports their weighted mean, which never falls.

    sizes: result -> how long it takes beside the others. titles: result -> its name in words. words: machine
    name -> words, for load cases. Safe in any thread; `phase(...)` raises Cancelled when asked to stop.
    """

    def __init__(
        self,
        progress: Progress,
        sizes: Mapping[str, float],
        titles: Mapping[str, str],
        words: Mapping[str, str],
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._progress = progress
        self._sizes = sizes
        self._titles = titles
        self._words = words
        self._cancelled = cancelled
        self._at: dict[tuple[str, str, str], float] = {}
        self._parts: dict[tuple[str, str, str], float] = {}
        self._finished: set[str] = set()
        self._lock = threading.Lock()
        self._telling = threading.Lock()  # one at a time: else a later fraction overtakes an earlier one
        self._said = ("", -1.0)

    def asked_to_stop(self) -> bool:
        """Whether the user asked to stop."""
        return self._progress.asked_to_stop() or (self._cancelled is not None and self._cancelled())

    def phase(self, key: str, phase: str, part: str = "", share: float = 1.0) -> Progress:
        """Progress of a phase ("build", "solve", "measure") of result `key`.

        part, share: one of several pieces of work that make the phase together.
        """
        at = (key, phase, part)
        self._parts[at] = share
        return Progress(lambda event: self._report(at, event), self.asked_to_stop)

    def done(self, key: str) -> None:
        """Result `key` is complete."""
        with self._lock:
            self._at = {at: f for at, f in self._at.items() if at[0] != key}
            for phase in SHARES:
                self._at[key, phase, ""] = self._parts[key, phase, ""] = 1.0
            self._finished.add(key)
        self._tell(f"{self._titles[key]}: done")

    def fraction(self) -> float:
        """How much of everything is done, 0 to 1."""
        total = sum(self._sizes.values())
        out = 0.0
        for (key, phase, part), at in self._at.items():
            out += self._sizes[key] / total * SHARES[phase] * self._parts[key, phase, part] * at
        return min(out, 1.0)

    def _report(self, at: tuple[str, str, str], event: Event) -> None:
        key = at[0]
        with self._lock:
            if event.fraction is not None and key not in self._finished:
                self._at[at] = max(self._at.get(at, 0.0), min(event.fraction, 1.0))
        # The residual of every iteration moves the bar; its words are for the log of the worker.
        said = self._said[0] if "residual" in event.message else self._spoken(key, event.message)
        self._tell(said)

    def _spoken(self, key: str, message: str) -> str:
        text = message.rpartition(": ")[2]
        text = re.sub(r"[\w|+-]+$", lambda m: self._load(m[0]), text)
        return f"{self._titles[key]}: {text[:1].lower()}{text[1:]}"

    def _load(self, word: str) -> str:
        name = self._words.get(word.split("|")[0])
        if name is None:
            return word
        return f"{name[:1].lower()}{name[1:]}" + (" (variant)" if "|" in word else "")

    def _tell(self, words: str) -> None:
        with self._telling:
            with self._lock:
                at = max(self.fraction(), self._said[1])
                if words == self._said[0] and at < self._said[1] + STEP:
                    return
                self._said = (words, at)
            self._progress(words, at)
