"""What all changes of a whole segment share: settings, then Preview, Apply and Cancel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from surgitwin.segmentation.edit.emptied import emptied
from surgitwin.segmentation.patch import LabelPatch
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.icons import set_icon
from surgitwin.viewer.segments.edit_runner import EditRunner, Work
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.segments.previews import Preview, patch_overlay
from surgitwin.viewer.theme import set_role


class Effect(QWidget):
    """Settings on top, then Preview, Apply, Cancel. A previewed patch is kept until something changes."""

    words = ""
    shows_all = False
    """Whether a preview shows what any segment gains and loses, not only the chosen one."""

    def __init__(
        self,
        desk: Desk,
        editor: LabelEditor,
        runner: EditRunner,
        preview: Preview,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.desk, self.editor, self.runner, self.preview = desk, editor, runner, preview
        self._patch: tuple[str, LabelPatch] | None = None
        self._asked: object = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        words = QLabel(self.words, self)
        words.setWordWrap(True)
        set_role(words, "small")
        self.column.addWidget(words)
        self.settings()
        self.nothing = QLabel(self)
        self.nothing.setObjectName("whyNothing")
        self.nothing.setWordWrap(True)
        set_role(self.nothing, "warning")
        self.nothing.hide()
        self.column.addWidget(self.nothing)
        row = QHBoxLayout()
        self.preview_button, self.apply_button, self.cancel_button = (
            QPushButton(w, self) for w in ("Preview", "Apply", "Cancel")
        )
        set_role(self.apply_button, "primary")
        for button, icon_name, role, tip, run in (
            (self.preview_button, "eye", "text", "Show in the slices what would change", self.show_preview),
            (self.apply_button, "ok", "on_accent", "Make the change; it can be undone", self.apply),
            (self.cancel_button, "cancel", "text", "Put the preview away; nothing changes", self.drop),
        ):
            set_icon(button, icon_name, role)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, r=run: r())
            row.addWidget(button)
        self.column.addLayout(row)

    def settings(self) -> None:
        """Fill `column` with the settings."""

    def work(self) -> tuple[str, Work, str]:
        """Name of the step, what computes it, and what is said when it changes nothing. May raise."""
        raise NotImplementedError

    def show_preview(self) -> None:
        """Compute the change and paint it over the slices."""
        self.drop()
        self.desk.attempt(lambda: self._compute(self._preview))

    def _circumstances(self) -> object:
        """What a patch was computed for besides the fields: segment, mask, and what is shown and open."""
        editor = self.editor
        return editor.chosen, editor.mask, editor.overwrite, dict(editor.states())

    def _compute(self, done: Callable[[str, LabelPatch, str], object]) -> None:
        name, work, nothing = self.work()
        asked = self._circumstances()

        def arrived(patch: LabelPatch) -> None:
            if self._circumstances() != asked:
                self.say_nothing("What is chosen, shown, locked or masked changed meanwhile: try again.")
                return
            self._asked = asked
            done(name, patch, nothing)

        self.runner.compute(name, work, arrived)

    def follow(self) -> None:
        """A preview for another segment, mask or lock goes: applied, it could change what is locked now."""
        if self._patch is not None and self._circumstances() != self._asked:
            self.drop()

    def _preview(self, name: str, patch: LabelPatch, nothing: str) -> None:
        if patch.empty:
            self.say_nothing(nothing)
            return
        self._patch = (name, patch)
        target = None if self.shows_all else self.editor.chosen
        self.preview.show(patch_overlay(self.editor.model, patch, target))
        self.desk.say("Preview: orange is added, pink is taken away. Apply or cancel.")

    def apply(self) -> None:
        """Make the change, the previewed one if there is one."""
        self.follow()
        kept = self._patch
        self.drop()
        if kept is not None:
            self.desk.attempt(lambda: self._commit(*kept, ""))
        else:
            self.desk.attempt(lambda: self._compute(self._commit))

    def _commit(self, name: str, patch: LabelPatch, nothing: str) -> None:
        if not self.editor.commit(name, patch):
            self.say_nothing(nothing)
            return
        gone = emptied(self.editor.require_array(), patch, self.editor.chosen or 0, self.editor.segments)
        said = (*gone, *self.limits())
        if said:
            self.say_nothing(" ".join(said))

    def limits(self) -> tuple[str, ...]:
        """What the effect could not do as asked, in sentences."""
        return ()

    def drop(self) -> None:
        """Put the preview away."""
        self._patch = None
        self.nothing.hide()
        self.preview.show(None)

    def say_nothing(self, reason: str) -> None:
        """Why nothing changes, or what became empty, in the panel and in the status line."""
        self.nothing.setText(reason)
        self.nothing.setVisible(bool(reason))
        self.desk.say(reason)

    def entered(self) -> None:
        """The panel is shown."""

    def left(self) -> None:
        """Another panel is shown, or the voxels changed."""
        self.drop()
