"""Keep or remove the island of a segment that is clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surgitwin.core.errors import UsageError
from surgitwin.segmentation.edit.islands import keep_island, remove_island, segment_at
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.tools.base import Tool, ViewEvent

if TYPE_CHECKING:
    from surgitwin.viewer.desk import Desk
    from surgitwin.viewer.segments.edit_runner import EditRunner


class IslandTool(Tool):
    """A click on a segment keeps only the piece under it, or removes that piece."""

    def __init__(self, desk: Desk, editor: LabelEditor, runner: EditRunner, keep: bool) -> None:
        self._desk, self._editor, self._runner, self._keep = desk, editor, runner, keep
        self.title = "Keep island" if keep else "Remove island"
        self.words = (
            "Click the piece to keep; all other pieces of that segment go."
            if keep
            else "Click the piece to remove."
        )

    def press(self, event: ViewEvent) -> bool:
        """The click; in the 3D view on the surface."""
        if event.button != "left" or event.point_mm is None:
            return False
        self._desk.attempt(lambda: self._do(event))
        return True

    def _do(self, event: ViewEvent) -> None:
        editor = self._editor
        array, states = editor.require_array(), editor.states()
        assert event.point_mm is not None
        point = event.point_mm
        step = 0.25 * float(editor.grid.spacing_mm.min())
        for n in range(8):  # a surface lies between voxels: look a little behind it
            voxel = editor.voxel_at(point + n * step * event.ray[1])
            try:
                label = segment_at(array, voxel, states)
                break
            except UsageError as error:
                if event.where != "scene" or error.code != "edit.no_island" or n == 7:
                    raise
        work = keep_island if self._keep else remove_island
        word = "Keep" if self._keep else "Remove"
        self._runner.start(
            f"{word} island of {editor.title(label)}",
            lambda labels, _progress: work(labels, voxel, states),
            nothing=f"Nothing changed: the {editor.title(label)} is one piece.",
        )
