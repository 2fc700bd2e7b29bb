"""What the accuracy of each tissue preset is measured on: its phantom, clicks, and the true shape of each
part.

Used by tests/segmentation/test_presets_accuracy.py and tests/benchmarks/bench_presets_accuracy.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

import preset_phantoms as ph
from surgitwin.core.arrays import FloatArray

Across = Callable[[FloatArray], FloatArray]
SKIN_MM = 2.0
"""Thickness of the skin in the phantom; the preset takes it as given."""


@dataclass(frozen=True, eq=False)
class Case:
    """scene: turned in the image. parts: true shape by segment name; "" means the label that covers it best.

    across: how thick each part is, in mm, or a function that gives it at points (n, 3) of its surface.
    points: clicks in the scene's frame. count: how many segments there are, 0 when that does not matter.
    top: highest value that the image holds.
    """

    preset: str
    scene: ph.Scene
    parts: Mapping[str, ph.Distance]
    across: Mapping[str, float | Across]
    points: Mapping[str, FloatArray] = field(default_factory=dict)
    settings: Mapping[str, float] = field(default_factory=dict)
    modality: str = "CT"
    count: int = 0
    top: float = 3071.0
    by_cover: bool = False


def _skull() -> Case:
    shell = ph.minus(ph.ball((0, 0, 20), 50), ph.ball((0, 0, 20), 43.5))
    vault = ph.cut(shell, ph.above(-12.0))  # open below, where its two tables join
    diploe = ph.inner(vault, 2.0)
    jaw = ph.union(ph.rod((-36, -24, -41), (0, -52, -48), 7), ph.rod((36, -24, -41), (0, -52, -48), 7))
    scene = ph.Scene(
        (124, 136, 148), [(vault, 1100.0), (diploe, 400.0), (jaw, 1100.0), (ph.inner(jaw, 2.5), 300.0)]
    )
    return Case("skull", scene, {"skull": vault, "mandible": jaw}, {"skull": 6.5, "mandible": 14.0}, count=2)


def _vessel() -> Case:
    tree = ph.union(
        ph.rod((-6, 0, -100), (-6, 0, 0), 5),
        ph.rod((-6, 0, 0), (-14, 0, 60), 4),
        ph.rod((-6, 0, 0), (4, 8, 60), 3),
    )
    spine = ph.rod((16, -4, -100), (16, -4, 100), 12)
    scene = ph.Scene((60, 60, 50), [(spine, ph.CORTEX), (ph.inner(spine, 2.0), ph.TRABECULAR), (tree, 400.0)])
    click = {"lumen": np.array([-6.0, 0.0, -8.0])}
    return Case("vessel_contrast", scene, {"vessel": tree}, {"vessel": 6.0}, click)


def _calcium(radius: float) -> Case:
    tube, piece = ph.rod((0, 0, -100), (0, 0, 100), 6), ph.ball((0.0, 6.0, 0.0), radius)
    scene = ph.Scene((40, 40, 40), [(tube, 400.0), (piece, 1200.0)])
    click = {"lumen": np.array([0.0, -1.5, 2.0])}
    return Case("calcium", scene, {"calcium": piece}, {"calcium": 2 * radius}, click)


def _soft() -> Case:
    thigh, muscle = ph.rod((0, 0, -90), (0, 0, 90), 40), ph.rod((0, 0, -90), (0, 0, 90), 25)
    under = ph.inner(thigh, SKIN_MM)
    scene = ph.Scene((100, 100, 40), [(thigh, 40.0), (under, -100.0), (muscle, 55.0)], ph.AIR)
    parts = {"lean_tissue": muscle, "fat": ph.minus(under, muscle), "skin": ph.minus(thigh, under)}
    across = {"lean_tissue": 50.0, "fat": 13.0, "skin": SKIN_MM}
    return Case("soft_tissue_fat", scene, parts, across)


def _mr_vessel(lumen: float, around: float, dark: float) -> Case:
    at = np.array([0.25, 0.15, 0.0])  # off the grid's points: no row of voxels mirrors another
    tube = ph.union(ph.rod(at - (0, 0, 60), at, 4), ph.rod(at, np.add(at, (16, 0, 60)), 3))
    click = {"lumen": np.array([0.0, 0.0, -10.0])}
    scene = ph.Scene((50, 50, 40), [(tube, lumen)], around)
    return Case("mr_vessel", scene, {"vessel": tube}, {"vessel": 6.0}, click, {"dark": dark}, "MR")


def _metal(top: float) -> Case:
    scene = ph.Scene((50, 50, 80), [(NAIL, 9000.0)])
    return Case("metal", scene, {"metal": NAIL}, {"metal": _nail_across}, top=top)


def _nail_across(points: FloatArray) -> FloatArray:
    """10 mm on the nail, 5 mm on its screw."""
    return np.where(ROD(points) <= SCREW(points), 10.0, 5.0)


CANAL = ph.rod((0, 0, -200), (0, 0, 200), 8)
"""Canal of a shaft with 6 mm of cortex: the preset takes no cortex over 7 mm."""
ROD, SCREW = ph.rod((0, 0, -30), (0, 0, 30), 5), ph.rod((-16, 0, 15), (16, 0, 15), 2.5)
NAIL = ph.union(ROD, SCREW)
"""A nail with a locking screw."""
CASES: dict[str, Case] = {
    "bones": Case(
        "bones",
        ph.HIP,
        {"head": ph.HEAD, "socket": ph.CUP},
        {"head": 22.0, "socket": 10.0},
        count=2,
        by_cover=True,
    ),
    "cortical_trabecular, shaft": Case(
        "cortical_trabecular",
        ph.Scene((50, 50, 60), [(ph.SHAFT, ph.CORTEX), (CANAL, ph.MARROW)]),
        {"cortical_bone": ph.minus(ph.SHAFT, CANAL), "marrow": CANAL},
        {"cortical_bone": 6.0, "marrow": 16.0},
    ),
    "cortical_trabecular, head": Case(
        "cortical_trabecular",
        ph.HIP,
        {
            "cortical_bone": ph.minus(ph.HEAD, ph.inner(ph.HEAD, 2.5)),
            "trabecular_bone": ph.inner(ph.HEAD, 2.5),
        },
        {"cortical_bone": 2.5, "trabecular_bone": 17.0},
        {"bone": np.zeros(3)},
    ),
    "skull": _skull(),
    "vessel_contrast": _vessel(),
    "calcium, 6 mm": _calcium(3.0),
    "calcium, 3 mm": _calcium(1.5),
    "metal": _metal(32767.0),
    "metal, scale to 3071": _metal(3071.0),
    "soft_tissue_fat": _soft(),
    "mr_vessel, bright": _mr_vessel(800.0, 200.0, 0.0),
    "mr_vessel, dark": _mr_vessel(40.0, 300.0, 1.0),
}
