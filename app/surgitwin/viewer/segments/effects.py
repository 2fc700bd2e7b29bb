"""Panels of the effects: fields from the registry, then Preview, Apply and Cancel."""

from __future__ import annotations

from typing import Any

from surgitwin.core.errors import UsageError
from surgitwin.core.progress import Progress
from surgitwin.segmentation.edit.effects import EffectSpec, run_effect
from surgitwin.segmentation.edit.reached import not_reached
from surgitwin.segmentation.patch import LabelPatch, Labels
from surgitwin.viewer.desk import Desk
from surgitwin.viewer.segments.edit_runner import EditRunner, Work
from surgitwin.viewer.segments.effect import Effect
from surgitwin.viewer.segments.fields import Fields
from surgitwin.viewer.segments.label_editor import LabelEditor
from surgitwin.viewer.segments.previews import Preview, range_overlay

NOTHING = ("edit.nothing", "edit.masked")
"""Codes that say why an effect has nothing to do; they are told in the panel."""


class RegistryEffect(Effect):
    """An effect of the registry."""

    def __init__(
        self,
        spec: EffectSpec,
        desk: Desk,
        editor: LabelEditor,
        runner: EditRunner,
        preview: Preview,
        parent: Any,
    ) -> None:
        self.spec = spec
        self.words = spec.words
        self.shows_all = spec.whole or spec.name == "mirror"
        self._reason = ""
        super().__init__(desk, editor, runner, preview, parent)

    def settings(self) -> None:
        """Fields of the parameters."""
        self.fields = Fields(self.spec.parameters, self.editor, self)
        self.fields.changed.connect(self.fields_changed)
        self.column.addWidget(self.fields)

    def fields_changed(self) -> None:
        """A preview of other settings goes."""
        self.drop()

    def entered(self) -> None:
        """The list of segments may be another one."""
        self.fields.follow()

    def work(self) -> tuple[str, Work, str]:
        """The effect with the fields' values on the chosen segment. Raises as `LabelEditor.require`;
        InputError "image.no_scale" for lengths in mm on an image without a scale."""
        if self.spec.needs_scale(self.fields.values()):
            self.editor.model.volume.require_scale()
        if "voxels" in self.spec.needs or not self.spec.whole:
            self.editor.require()
        else:
            self.editor.require_array()
        source, mask, values = self.editor.source(), self.editor.mask, self.fields.values()
        self._reason = ""

        def run(_labels: Labels, progress: Progress) -> LabelPatch:
            try:
                return run_effect(self.spec.name, source, values, mask=mask, progress=progress)
            except UsageError as error:
                if error.code not in NOTHING:
                    raise
                self._reason = f"{error.message} {error.hint}"
                return LabelPatch()

        return self.spec.step.format(self.editor.title(self.editor.chosen)), run, ""

    def limits(self) -> tuple[str, ...]:
        """Where a distance is less than a voxel."""
        spacing = self.editor.model.volume.grid.spacing_mm[::-1]
        return not_reached(self.spec.name, self.fields.values(), spacing)

    def _compute(self, done: Any) -> None:
        super()._compute(lambda name, patch, _nothing: done(name, patch, self._reason))


class ThresholdEffect(RegistryEffect):
    """Its range is previewed live: it needs no computing ahead."""

    def fields_changed(self) -> None:
        """The slices follow."""
        self.show_preview()

    def entered(self) -> None:
        """Show what the limits catch, at once."""
        super().entered()
        self.show_preview()

    def show_preview(self) -> None:
        """What lies in the range."""
        low, high = self.fields["low"].value, self.fields["high"].value
        self.preview.show(range_overlay(self.editor.model, low, high))


def make_effect(
    spec: EffectSpec, desk: Desk, editor: LabelEditor, runner: EditRunner, preview: Preview, parent: Any
) -> RegistryEffect:
    """The panel of an effect."""
    kind = ThresholdEffect if spec.name == "threshold" else RegistryEffect
    return kind(spec, desk, editor, runner, preview, parent)
