"""One open case being edited: present snapshot, history, label voxels; tells listeners what changed.

Without any toolkit. Everything but `write_draft`/`write_saved` (worker threads) happens in one thread.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from surgitwin.core.errors import StorageError
from surgitwin.core.image import LabelMap, Segment
from surgitwin.core.plan import Plan
from surgitwin.planning.case import Case, now
from surgitwin.planning.freshness import bone_key
from surgitwin.planning.meshes.tissues import read_ahead
from surgitwin.planning.rehearsing.seal import without_hidden
from surgitwin.planning.segments.tree_names import KEY as TREES
from surgitwin.planning.segments.tree_names import of_present_segments
from surgitwin.planning.session.draft import Draft, Snapshot, open_draft, remove_draft, remove_workspaces
from surgitwin.planning.session.history import Entry, History
from surgitwin.planning.session.merge import StepResult, merged_plans, merged_state, overwritten
from surgitwin.segmentation.morphology import Box
from surgitwin.segmentation.patch import LabelPatch
from surgitwin.segmentation.table import MEASURED


class Session:
    """A case with undo. `changed` gives the topics that changed: keys of the case state, "plans", "voxels"
    (label voxels or segments) and "history" (undo list, unsaved mark).
    """

    changed = Signal(frozenset)

    def __init__(self, case: Case, *, read_only: bool = False, recovered: bool = False) -> None:
        self.case = case.with_content(case.state, case.plans())
        self.read_only = read_only
        self.history = History()
        self._saved: Case | None = None if recovered else self.case
        self._drafted: Case = self.case
        self._blobs: dict[str, str] = {}
        self._array: npt.NDArray[np.uint8] | None = None
        self._image_grid: Any = None
        self._segments: tuple[Segment, ...] = ()
        self.changed_box: Box | None = None
        """Where the last "voxels" change was [k, j, i]; None: the segment table only."""
        self.drawing = False
        """Set by a tool while `label_array` holds a stroke that is no step yet: nothing is written then."""
        if case.state.get("labels"):
            self._take_labels(case.labels)

    @classmethod
    def open(
        cls, path: Path, *, draft: Draft | None = None, read_only: bool = False, discard: bool = False
    ) -> Session:
        """Open the case at `path` and hold its lock until `close`.

        draft: unsaved work to go on with (`find_draft`). discard: throw unsaved work away. Raises
        StorageError "storage.locked" when it is open elsewhere: then only read_only works. Reads the
        image: for a worker thread.
        """
        case = Case.open(path)
        if not read_only:
            case.folder.lock()
        try:
            if draft is not None:
                case = open_draft(draft, path)
            if not read_only:
                remove_workspaces(path)
                if discard:
                    remove_draft(path)
            _ = case.volume
            read_ahead(case)
            made = cls(case, read_only=read_only, recovered=draft is not None)
            if draft is not None:
                made._recovered_from(Case.open(path))
            return made
        except BaseException:
            if not read_only:
                case.folder.unlock()
            raise

    @property
    def path(self) -> Path:
        """Folder of the case."""
        return self.case.folder.path

    @property
    def dirty(self) -> bool:
        """Whether there is something to save."""
        return self.case is not self._saved and not self.read_only

    @property
    def needs_draft(self) -> bool:
        """Whether the present snapshot is neither saved nor kept as a draft."""
        return self.dirty and self.case is not self._drafted

    @property
    def undo_name(self) -> str:
        """Name of the step that `undo` takes back, "" without one."""
        return self.history.done[-1].name if self.history.done else ""

    @property
    def redo_name(self) -> str:
        """Name of the step that `redo` does again, "" without one."""
        return self.history.undone[-1].name if self.history.undone else ""

    @property
    def labels(self) -> LabelMap | None:
        """The label map as it is now; its array follows edits."""
        return None if self._array is None else self.case.labels

    @property
    def label_array(self) -> npt.NDArray[np.uint8] | None:
        """Writable label voxels [k, j, i], for tools that show a stroke while drawing, or None."""
        return self._array

    # ---- editing ------------------------------------------------------------------------------------

    def edit(
        self,
        name: str,
        *,
        state: Mapping[str, Any] | None = None,
        plans: Mapping[str, Plan | None] | None = None,
        merge: str = "",
    ) -> None:
        """One undo step: keys of the state with their new plain JSON values, plans with None to delete.

        merge: edits that follow each other with the same key become one step, until `end_merge`.
        Raises StorageError "session.read_only".
        """
        self._must_write()
        new_plans = dict(self.case.plans())
        for key, plan in (plans or {}).items():
            new_plans.pop(key, None)
            if plan is not None:
                new_plans[plan.name] = plan
        last = self.history.done[-1] if self.history.done else None
        grows = merge and last is not None and last.merge == merge
        audit = self._audit(name, last.before if grows and last is not None else self.case)
        new_state = {**self.case.state, **(state or {}), "history": audit}
        self._step(Entry(name, self.case, self.case.with_content(new_state, new_plans), None, merge))

    def end_merge(self) -> None:
        """The last step is complete; the next edit is a step of its own."""
        self.history.end_merge()

    def edit_labels(
        self, name: str, patch: LabelPatch, *, applied: bool = False, state: Mapping[str, Any] | None = None
    ) -> None:
        """One undo step on the label voxels. applied: the tool has written them into `label_array` already.
        state: keys of the state that change with them.

        When the bone itself changes, anatomy and mesh no longer belong to it and say so by their hashes.
        """
        self._must_write()
        if self._array is None:
            self._take_labels(LabelMap(np.zeros(self.case.volume.grid.shape, np.uint8), self._grid, ()))
        if not applied:
            assert self._array is not None
            patch.apply(self._array)
        if patch.segments_after is not None:
            self._segments = patch.segments_after
        self.changed_box = patch.box
        old = self.case.state.get("labels") or _NEW_LABELS
        step = {**old, "hash": f"edit-{uuid.uuid4().hex}", "blob": ""}
        # Painting a vessel leaves the bone as it is: anatomy and mesh stay those of the present segments.
        measured = {s.label for s in self._segments if s.name in MEASURED}
        step["bone_hash"] = (
            step["hash"] if measured & patch.touched else (bone_key(old) if old.get("hash") else "")
        )
        new = {**self.case.state, **(state or {}), "labels": step, "history": self._audit(name)}
        if new.get("anatomy") and "anatomy_labels" not in new:
            new["anatomy_labels"] = bone_key(old)  # a case from before this was kept
        self._step(Entry(name, self.case, self.case.with_content(new, self.case.plans()), patch))

    def merge_step(self, name: str, result: StepResult) -> tuple[str, ...]:
        """Bring in what a step in another process made; returns what could not be taken over, in words."""
        self._must_write()
        before = self.case
        patch = result.patch
        if result.changes_image and any(
            before.state.get(k) is not result.base.state.get(k) for k in ("labels", "image")
        ):
            return (f"{name}: not taken over, because the segments were edited meanwhile. Run it again.",)
        state = merged_state(before.state, result)
        if state.get(TREES) != before.state.get(TREES) and state.get(TREES):
            present = before.state.get(TREES) or {}
            state[TREES] = of_present_segments(state[TREES], present, self._segments)
        plans = merged_plans(before.plans(), result)
        state, plans = without_hidden(before, result.base, state, plans)
        notes = overwritten(before.state, result)
        if patch is not None:
            self._apply(patch, voxels=False)
            assert self._array is not None
            np.copyto(self._array, result.made.labels.array)  # quicker than unpacking a patch of it all
        for slot in ("surface", "bone_mesh"):
            if slot in result.made.memory:
                before.memory[slot] = result.made.memory[slot]
        state["history"] = self._audit(name)
        self._step(Entry(name, before, before.with_content(state, plans), patch))
        return notes

    def undo(self) -> str:
        """Take the last step back; returns its name, "" when there is none or a stroke is being drawn."""
        entry = None if self.read_only or self.drawing else self.history.undo()
        if entry is None:
            return ""
        if entry.patch is not None and self._array is not None:
            entry.patch.revert(self._array)
            if entry.patch.segments_before is not None:
                self._segments = entry.patch.segments_before
            self.changed_box = entry.patch.box
        self._move(self.case, entry.before)
        return entry.name

    def redo(self) -> str:
        """Do the step that was taken back again; returns its name, "" when there is none."""
        entry = None if self.read_only or self.drawing else self.history.redo()
        if entry is None:
            return ""
        if entry.patch is not None:
            self._apply(entry.patch)
        self._move(self.case, entry.after)
        return entry.name

    def base(self) -> Case:
        """The present snapshot with a memory of its own, for a step in a worker (`StepResult.of`)."""
        return Case(self.case.folder, self.case.state, self.case.plans(), dict(self.case.memory))

    # ---- keeping ------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """What `draft.write_draft` and `write_saved` write; labels are copied when they have no blob."""
        state = dict(self.case.state)
        labels = None
        step = state.get("labels")
        if step and not step.get("blob"):
            blob = self._blobs.get(step["hash"])
            if blob:
                state["labels"] = {**step, "blob": blob}
            elif self._array is not None:
                labels = LabelMap(self._array.copy(), self._grid, self._segments)
        return Snapshot(self.case.folder, state, self.case.plans(), labels, self.unsaved_actions)

    @property
    def unsaved_actions(self) -> tuple[str, ...]:
        """Names of the steps since the last save, oldest first (all of this session when none is known)."""
        names: list[str] = []
        for entry in reversed(self.history.done):
            if entry.after is self._saved:
                break
            names.append(entry.name)
        return tuple(reversed(names))

    def kept(self, case: Case, snapshot: Snapshot, blob: str | None, *, saved: bool) -> None:
        """Note that the snapshot of `case` was written (in a worker; edits may have come meanwhile)."""
        if blob is not None:
            self._blobs[str(snapshot.state["labels"]["hash"])] = blob
        self._drafted = case
        if saved:
            self._saved = case
        self.changed.emit(frozenset({"history"}))

    def discard_draft(self) -> None:
        """Forget the unsaved work on disk."""
        if not self.read_only:
            remove_draft(self.path)

    def close(self) -> None:
        """Give the case free for others. Unsaved work stays in its draft, if one was written."""
        if not self.read_only:
            self.case.folder.unlock()

    # ---- inside -------------------------------------------------------------------------------------

    @property
    def _grid(self) -> Any:
        """The image's grid: the same for all images of a case, so that none is read for it later."""
        if self._image_grid is None:
            self._image_grid = self.case.volume.grid
        return self._image_grid

    def _must_write(self) -> None:
        if self.read_only:
            raise StorageError(
                "session.read_only",
                f"{self.case.name} is open for reading only.",
                hint="Close it where it is open for writing, then open it again.",
                where=str(self.path),
            )

    def _recovered_from(self, saved: Case) -> None:
        """The recovered work as one step that can be taken back to what was saved."""
        old = saved.state.get("labels")
        if bool(old) != (self._array is not None):
            return  # labels came or went: there is no step between the two
        patch = None
        if old and self._array is not None and old["hash"] != self.case.state["labels"]["hash"]:
            labels = saved.labels
            patch = replace(
                LabelPatch.between(labels.array, self._array),
                segments_before=labels.segments,
                segments_after=self._segments,
            )
        before = self.case.with_content(saved.state, saved.plans())
        self.history.add(Entry(RECOVERED, before, self.case, patch))
        self._saved = before

    def _audit(self, name: str, after: Case | None = None) -> list[dict[str, str]]:
        """The actions up to `after` (the present snapshot) and this one."""
        before = self.case if after is None else after
        return [*before.state.get("history", []), {"when": now(), "action": name}]

    def _apply(self, patch: LabelPatch, *, voxels: bool = True) -> None:
        """The patch into the label array, which is made when there is none."""
        if self._array is None:
            self._array = np.zeros(self.case.volume.grid.shape, np.uint8)
        if voxels:
            patch.apply(self._array)
        if patch.segments_after is not None:
            self._segments = patch.segments_after
        self.changed_box = patch.box

    def _step(self, entry: Entry) -> None:
        self.history.add(entry)
        self._move(entry.before, entry.after)

    def _move(self, before: Case, after: Case) -> None:
        self.case = after
        step = after.state.get("labels")
        if step and self._array is not None:
            # One label array in memory belongs to the present snapshot, whatever its hash is called.
            after.memory["labels"] = (step["hash"], LabelMap(self._array, self._grid, self._segments))
        elif not step:
            self._array, self._segments = None, ()
        self.changed.emit(topics(before, after))

    def _take_labels(self, labels: LabelMap) -> None:
        self._array = np.array(labels.array)
        self._segments = labels.segments
        step = self.case.state.get("labels")
        if step:
            self.case.memory["labels"] = (step["hash"], LabelMap(self._array, self._grid, self._segments))


RECOVERED = "Recovered work"

_NEW_LABELS: dict[str, Any] = {"preset": "by hand", "parameters": {}, "segments": [], "input_hash": ""}


def topics(before: Case, after: Case) -> frozenset[str]:
    """What differs between two snapshots: keys of the state, "plans", "voxels", and always "history"."""
    a, b = before.state, after.state
    keys = {k for k in a.keys() | b.keys() if a.get(k) is not b.get(k) and a.get(k) != b.get(k)}
    keys.discard("history")
    old, new = before.plans(), after.plans()
    if old.keys() != new.keys() or any(old[n] is not new[n] for n in new):
        keys.add("plans")
    if "labels" in keys:
        keys.add("voxels")
    return frozenset(keys | {"history"})
