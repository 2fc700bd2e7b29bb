"""The segments of the open case: which there are, and steps that change table and looks; no toolkit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from surgitwin.core.image import ImageGrid, Segment
from surgitwin.planning.segments.looks import KEY, renamed, with_look, without
from surgitwin.planning.segments.tree_names import of_renamed_segment
from surgitwin.planning.session import Session
from surgitwin.segmentation import table
from surgitwin.segmentation.edit.ink import SegmentState
from surgitwin.segmentation.patch import LabelPatch, Labels
from surgitwin.viewer.model import ViewModel


class SegmentTable:
    """Reads looks from the model, writes steps to the session."""

    def __init__(self, session: Session, model: ViewModel) -> None:
        self.session, self.model = session, model

    @property
    def grid(self) -> ImageGrid:
        """Grid of image and labels."""
        return self.model.volume.grid

    @property
    def image(self) -> npt.NDArray[Any]:
        """The image [k, j, i]."""
        return self.model.volume.array

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segment table as it is now."""
        labels = self.session.labels
        return () if labels is None else labels.segments

    def states(self) -> dict[int, SegmentState]:
        """Every segment with its eye and lock."""
        looks = self.model.looks
        return {
            s.label: SegmentState(
                s.name,
                looks[s.label].visible if s.label in looks else True,
                looks[s.label].locked if s.label in looks else False,
            )
            for s in self.segments
        }

    def segment(self, label: int | None) -> Segment | None:
        """The segment of a label."""
        return next((s for s in self.segments if s.label == label), None)

    def title(self, label: int | None) -> str:
        """Its name in a sentence, "the segment" without one."""
        found = self.segment(label)
        return "segment" if found is None else table.title(found.name).lower()

    def add(self, kind: table.Kind) -> Segment:
        """Add an empty segment. Raises UsageError "segment.table_full"."""
        patch, made = table.added(self.segments, kind)
        looks = with_look(self.session.case.state, made.name, keep_out=kind.keep_out)
        self.session.edit_labels(f"Add {self._words(made)}", patch, state={KEY: looks})
        return made

    def rename(self, label: int, name: str) -> None:
        """Give a segment another name. Raises UsageError "segment.name"."""
        old = self.segment(label)
        patch = table.renamed(self.segments, label, name)
        if old is None or patch.empty:
            return
        assert patch.segments_after is not None
        new = next(s.name for s in patch.segments_after if s.label == label)
        looks = renamed(self.session.case.state, old.name, new)
        words = f"Rename {self._words(old)} to {table.title(new).lower()}"
        trees = of_renamed_segment(self.session.case.state, old.name, new)
        self.session.edit_labels(words, patch, state={KEY: looks, **trees})

    def removal(self, segment: Segment) -> tuple[str, Callable[[Labels], LabelPatch]]:
        """Name of the step that removes a segment with its voxels, and what finds its patch (for a worker).

        Raises UsageError "segment.needed" at once.
        """
        table.require_removable(segment)
        segments = self.segments
        return f"Remove {self._words(segment)}", lambda array: table.removed(segments, segment.label, array)

    def remove(self, segment: Segment, patch: LabelPatch) -> None:
        """Make the patch that `removal` found one step; the segment's look goes with it."""
        looks = without(self.session.case.state, segment.name)
        self.session.edit_labels(f"Remove {self._words(segment)}", patch, state={KEY: looks})

    def set_look(self, label: int, name: str, merge: str = "", **changes: Any) -> None:
        """Change how a segment is shown or used: fields of `StoredLook`; one step called `name`."""
        found = self.segment(label)
        if found is not None:
            looks = with_look(self.session.case.state, found.name, **changes)
            self.session.edit(name, state={KEY: looks}, merge=merge)

    @staticmethod
    def _words(segment: Segment) -> str:
        return table.title(segment.name).lower()
