"""Editing segments of the open case: what is chosen, brush and rules, strokes and steps; no toolkit."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from psygnal import Signal

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.image import Segment
from surgitwin.planning.session import Session
from surgitwin.segmentation import table
from surgitwin.segmentation.edit.brush import stroke
from surgitwin.segmentation.edit.ink import Ink, Overwrite, erasing, painting, require_open
from surgitwin.segmentation.edit.mask import EditMask, Side
from surgitwin.segmentation.edit.source import EditSource
from surgitwin.segmentation.patch import Index, LabelPatch, Labels
from surgitwin.viewer.model import ViewModel
from surgitwin.viewer.segments.table import SegmentTable

RADIUS_MM = (0.5, 50.0)
"""Smallest and largest brush (handling only)."""

SETTINGS = ("radius_mm", "shape", "range_hu", "overwrite", "mask_segment", "mask_side")


class LabelEditor(SegmentTable):
    """chosen: label of the segment that tools change, None without one. range_hu, mask_segment,
    mask_side: where voxels may change (`mask`).

    `changed`: settings or the chosen segment. busy: a change is computed elsewhere; nothing may be edited.
    blocked: what else makes new segments now, in words; "" when nothing does.
    """

    changed = Signal()

    def __init__(self, session: Session, model: ViewModel) -> None:
        super().__init__(session, model)
        self.chosen: int | None = None
        self.radius_mm = 5.0
        self.shape: Literal["disc", "sphere"] = "disc"
        self.range_hu: tuple[float, float] | None = None
        self.mask_segment: int | None = None
        self.mask_side: Side = "inside"
        self.overwrite: Overwrite = "visible"
        self.busy = False
        self.blocked = ""
        self._ink: Ink | None = None
        self._whole = LabelPatch()
        self._last: FloatArray | None = None
        self._name = ""

    # ---- what is chosen ------------------------------------------------------------------------

    def choose(self, label: int | None) -> None:
        """The segment that tools change."""
        if label != self.chosen:
            self.chosen = label
            self.changed.emit()

    def follow(self) -> None:
        """The segment table changed: choose another segment when the chosen one is gone."""
        if self.segment(self.chosen) is None:
            self.chosen = self.segments[0].label if self.segments else None
        self.changed.emit()

    def set(self, **settings: Any) -> None:
        """Change radius_mm (held in RADIUS_MM) or another of SETTINGS."""
        for name, value in settings.items():
            if name not in SETTINGS:
                raise ValueError(f"no setting {name}")
            limited = min(max(float(value), RADIUS_MM[0]), RADIUS_MM[1]) if name == "radius_mm" else value
            setattr(self, name, limited)
        self.changed.emit()

    # ---- rules ---------------------------------------------------------------------------------

    def require(self) -> tuple[int, Labels]:
        """The chosen label, open to change, and the label array.

        Raises UsageError "edit.read_only", "edit.busy", "edit.no_segment", "edit.hidden", "edit.locked".
        """
        array = self.require_array()
        require_open(-1 if self.chosen is None else self.chosen, self.states())
        assert self.chosen is not None
        return self.chosen, array

    def require_array(self) -> Labels:
        """The label array, when it may be changed now. Raises UsageError as `require`, but for segments."""
        if self.session.read_only:
            raise UsageError(
                "edit.read_only",
                "This case is open for reading only.",
                hint="Close it where it is open for writing, then open it again.",
                where="case",
            )
        if self.busy or self.blocked:
            raise UsageError(
                "edit.busy",
                self.blocked or "A change of the segments is being computed.",
                hint="Wait until it is ready, or cancel it.",
                where="segments",
            )
        array = self.session.label_array
        if array is None:
            raise UsageError(
                "edit.no_segment",
                "There are no segments yet.",
                hint="Segment the bone, or add a segment to the list.",
                where="segment",
            )
        return array

    def why_not(self) -> str:
        """Why the chosen segment cannot be changed, with the next step; "" when it can."""
        try:
            self.require()
        except UsageError as error:
            return f"{error.message} {error.hint}"
        return ""

    @property
    def mask(self) -> EditMask:
        """Where voxels may change. A segment that is gone limits nothing."""
        label = self.mask_segment if self.segment(self.mask_segment) is not None else None
        return EditMask(self.range_hu, label, self.mask_side)

    def source(self) -> EditSource:
        """What an effect starts from; the labels are the live array: start it where nothing else edits."""
        return EditSource(
            self.require_array(), self.grid, self.states(), self.chosen or 0, self.image, self.segments,
            self.overwrite,
        )  # fmt: skip

    # ---- strokes -------------------------------------------------------------------------------

    def begin(self, erase: bool) -> None:
        """A stroke begins. Raises UsageError as `require`."""
        chosen, _ = self.require()
        states = self.states()
        if erase:
            self._ink = self.mask.limiting(erasing(chosen, states))
        else:
            self._ink = self.mask.limiting(painting(chosen, states, self.overwrite))
        self._name = f"{'Erase' if erase else 'Paint'} {self.title(chosen)}"
        self._whole, self._last = LabelPatch(), None
        self.session.drawing = True

    def draw(self, point_mm: FloatArray, normal: FloatArray | None) -> None:
        """The stroke goes on to `point_mm`; normal: of the slice for a disc, None: sphere.

        Raises UsageError "edit.outside" when it is outside the image.
        """
        array = self.session.label_array
        if self._ink is None or array is None:
            return
        points = np.stack([point_mm if self._last is None else self._last, point_mm])
        self._last = np.asarray(point_mm, float)
        patch = stroke(array, self.grid, points, self.radius_mm, self._ink, normal, self.image)
        if not patch.empty:
            patch.apply(array)
            self._whole = self._whole.then(patch)
            self.model.labels_edited(patch.box)

    def end(self) -> bool:
        """The stroke is complete: one step of undo. False when it changed nothing."""
        whole, name, on = self._whole, self._name, self._ink is not None
        self._stop()
        if not on or whole.empty:
            return False
        self.session.edit_labels(name, whole, applied=True)
        return True

    def cancel(self) -> None:
        """Give the stroke up."""
        whole, array = self._whole, self.session.label_array
        self._stop()
        if not whole.empty and array is not None:
            whole.revert(array)
            self.model.labels_edited(whole.box)

    @property
    def drawing(self) -> bool:
        """Whether a stroke is under way."""
        return self._ink is not None

    def _stop(self) -> None:
        self._ink, self._whole, self._last = None, LabelPatch(), None
        self.session.drawing = False

    def voxel_at(self, point_mm: FloatArray) -> Index:
        """Voxel (k, j, i) under an LPS point; it may lie outside the image."""
        i, j, k = np.rint(self.grid.lps_to_index(point_mm)).astype(int)
        return (int(k), int(j), int(i))

    # ---- steps ---------------------------------------------------------------------------------

    def commit(self, name: str, patch: LabelPatch) -> bool:
        """Make a change one step of undo; False when it changes nothing."""
        if patch.empty:
            return False
        self.session.edit_labels(name, patch)
        return True

    def add(self, kind: table.Kind) -> Segment:
        """Add an empty segment and choose it. Raises UsageError "segment.table_full"."""
        made = super().add(kind)
        self.choose(made.label)
        return made
