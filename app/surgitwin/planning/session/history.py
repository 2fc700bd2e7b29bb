"""Undo and redo: named steps between snapshots that share what did not change."""

from __future__ import annotations

from dataclasses import dataclass

from surgitwin.planning.case import Case
from surgitwin.segmentation.patch import LabelPatch

KEPT_STEPS = 50
"""So many steps are always kept; older ones go when the label patches need more than `PATCH_BYTES`."""
MOST_STEPS = 500
PATCH_BYTES = 256_000_000


@dataclass(frozen=True, eq=False)
class Entry:
    """One step. patch: change of the label voxels, None when they stayed. merge: key of a step that grows."""

    name: str
    before: Case
    after: Case
    patch: LabelPatch | None = None
    merge: str = ""


class History:
    """Steps done and undone. Nothing is applied here: `Session` does that."""

    def __init__(self) -> None:
        self.done: list[Entry] = []
        self.undone: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """A new step; what was undone cannot be redone any more. Equal merge keys grow the last step."""
        self.undone.clear()
        last = self.done[-1] if self.done else None
        if entry.merge and last is not None and last.merge == entry.merge and entry.patch is None:
            self.done[-1] = Entry(entry.name, last.before, entry.after, last.patch, entry.merge)
            return
        self.done.append(entry)
        self._trim()

    def end_merge(self) -> None:
        """The last step does not grow any more (the mouse was released)."""
        if self.done and self.done[-1].merge:
            e = self.done[-1]
            self.done[-1] = Entry(e.name, e.before, e.after, e.patch)

    def undo(self) -> Entry | None:
        """The step to revert, moved to the undone ones."""
        if not self.done:
            return None
        self.undone.append(self.done.pop())
        return self.undone[-1]

    def redo(self) -> Entry | None:
        """The step to apply again, moved to the done ones."""
        if not self.undone:
            return None
        self.done.append(self.undone.pop())
        return self.done[-1]

    @property
    def patch_bytes(self) -> int:
        """Memory of all label patches."""
        return sum(e.patch.nbytes for e in (*self.done, *self.undone) if e.patch is not None)

    def _trim(self) -> None:
        while len(self.done) > MOST_STEPS or (len(self.done) > KEPT_STEPS and self.patch_bytes > PATCH_BYTES):
            self.done.pop(0)
