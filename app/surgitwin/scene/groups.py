"""Groups of layers on a plotter: each is replaced, moved and hidden by itself, so that changes are cheap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyvista as pv
from vtkmodules.vtkRenderingCore import vtkBillboardTextActor3D

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.drawing import SMOOTH_FROM, add_layer
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.model import Layer
from surgitwin.scene.picking import Target


@dataclass(frozen=True)
class Text:
    """Words at an LPS point, always turned to the eye and drawn over surfaces. rgb 0..1."""

    point_mm: tuple[float, float, float]
    words: str
    rgb: tuple[float, float, float] = (1.0, 0.88, 0.35)


@dataclass(eq=False)
class _Shown:
    layer: Layer
    actor: pv.Actor
    scale: ColourScale | None


class LayerGroups:
    """What a plotter shows, by group and layer name. Nothing here renders: the caller does."""

    def __init__(self, plotter: pv.BasePlotter) -> None:
        self._plotter = plotter
        self._groups: dict[str, dict[str, _Shown]] = {}
        self._moves: dict[str, FloatArray] = {}
        self._unfitted: set[str] = set()
        self._texts: dict[str, list[vtkBillboardTextActor3D]] = {}

    def put(
        self, group: str, layers: Iterable[Layer], scale: ColourScale | None = None, *, fitted: bool = True
    ) -> None:
        """Show `layers` as `group` in place of what it held, unmoved; no layers take the group away.

        fitted: whether cameras are fitted to it; those that are not count only when nothing else is shown.
        Layers that did not change keep their actor; new points of a plain layer go into the old actor.
        """
        old = self._groups.pop(group, {})
        new: dict[str, _Shown] = {}
        for layer in layers:
            if layer.data.n_points and layer.name not in new:
                new[layer.name] = self._shown(group, layer, scale, old.pop(layer.name, None))
        for shown in old.values():
            self._plotter.remove_actor(shown.actor, reset_camera=False, render=False)
        if new:
            self._groups[group] = new
        (self._unfitted.discard if fitted else self._unfitted.add)(group)
        self.move(group, None)

    def _shown(self, group: str, layer: Layer, scale: ColourScale | None, old: _Shown | None) -> _Shown:
        painted = bool(layer.field)
        if old is not None and painted == bool(old.layer.field):
            if not painted:
                _repaint(old, layer)
                return old
            if layer.data is old.layer.data and layer.field == old.layer.field and scale == old.scale:
                old.layer = layer
                old.actor.prop.opacity = layer.opacity
                return old
        if old is not None:
            self._plotter.remove_actor(old.actor, reset_camera=False, render=False)
        actor = add_layer(self._plotter, replace(layer, name=f"{group}/{layer.name}"), scale)
        return _Shown(layer, actor, scale)

    def rescale(self, scale: ColourScale | None) -> None:
        """Paint all layers that have a field with another scale."""
        for group, held in list(self._groups.items()):
            if any(x.layer.field and x.scale != scale for x in held.values()):
                move = self._moves.get(group)
                fitted = group not in self._unfitted
                self.put(group, [x.layer for x in held.values()], scale, fitted=fitted)
                self.move(group, move)

    def move(self, group: str, matrix: npt.ArrayLike | None) -> None:
        """Draw a group moved by a rigid 4x4 matrix (LPS to LPS); None: where its points are."""
        self._moves.pop(group, None)
        if matrix is not None:
            self._moves[group] = np.asarray(matrix, float)
        for shown in self._groups.get(group, {}).values():
            shown.actor.user_matrix = self._moves.get(group, np.eye(4))

    def show(self, group: str, visible: bool) -> None:
        """Show or hide a whole group with its words."""
        for shown in self._groups.get(group, {}).values():
            shown.actor.visibility = visible
        for text in self._texts.get(group, ()):
            text.SetVisibility(visible)

    def put_texts(self, group: str, texts: Iterable[Text]) -> None:
        """Words of a group in place of those it had."""
        for actor in self._texts.pop(group, ()):
            self._plotter.renderer.RemoveViewProp(actor)
        made = [_text_actor(text) for text in texts]
        for actor in made:
            self._plotter.renderer.AddViewProp(actor)
        if made:
            self._texts[group] = made

    @property
    def names(self) -> tuple[str, ...]:
        """Groups that show something."""
        return tuple(self._groups)

    def layers(self, group: str | None = None) -> tuple[Layer, ...]:
        """Layers of a group, or of all."""
        held = self._groups.values() if group is None else (self._groups.get(group, {}),)
        return tuple(x.layer for shown in held for x in shown.values())

    @property
    def actors(self) -> dict[str, pv.Actor]:
        """Actor of every layer by its name; of two layers with one name the later group's."""
        return {name: x.actor for held in self._groups.values() for name, x in held.items()}

    def of_layer(self, name: str) -> list[pv.Actor]:
        """Actors of all layers with that name."""
        return [held[name].actor for held in self._groups.values() if name in held]

    def targets(self) -> list[Target]:
        """Visible surfaces, for picking."""
        return [
            Target((group, name), x.layer.data, self._moves.get(group))
            for group, held in self._groups.items()
            for name, x in held.items()
            if x.actor.visibility and x.layer.data.n_cells
        ]

    @property
    def fit_points_mm(self) -> FloatArray:
        """(n, 3) LPS points spread over the fitted groups (over all, when none is), for fitting the camera;
        empty when nothing is shown."""
        fitted = [g for g in self._groups if g not in self._unfitted] or list(self._groups)
        found = []
        for x in (layer for group in fitted for layer in self.layers(group)):
            points = np.asarray(x.data.points, float)
            found.append(points[:: max(1, len(points) // FIT_POINTS)])
        return np.vstack(found) if found else np.zeros((0, 3))

    def clear(self) -> None:
        """Show nothing."""
        for group in list(self._groups):
            self.put(group, ())
        for group in list(self._texts):
            self.put_texts(group, ())


FIT_POINTS = 4000
"""Points of a layer that the camera is fitted to: enough to within its margin (speed only)."""


def _repaint(shown: _Shown, layer: Layer) -> None:
    """A plain layer in the actor that already shows one of its name."""
    actor = shown.actor
    if layer.data is not shown.layer.data:
        data = layer.data
        if data.n_cells > SMOOTH_FROM and "Normals" not in data.point_data:
            data = data.compute_normals(
                cell_normals=False, split_vertices=False, consistent_normals=False, auto_orient_normals=False
            )
        actor.mapper.dataset = data
        smooth = data.n_cells > SMOOTH_FROM or "Normals" in data.point_data
        actor.prop.interpolation = "phong" if smooth else "flat"
    actor.prop.color = pv.Color(tuple(float(c) for c in layer.colour))
    actor.prop.opacity = layer.opacity
    shown.layer = layer


def _text_actor(text: Text) -> vtkBillboardTextActor3D:
    actor = vtkBillboardTextActor3D()
    actor.SetPosition(*text.point_mm)
    actor.SetInput(text.words)
    actor.SetDisplayOffset(8, 8)
    actor.SetPickable(False)
    actor.ForceOpaqueOn()
    style = actor.GetTextProperty()
    style.SetFontSize(15)
    style.BoldOn()
    style.ShadowOn()
    style.SetColor(*text.rgb)
    return actor
