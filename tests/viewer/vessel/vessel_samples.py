"""An artery and an aortic root made by hand: images with their measured anatomy and known sizes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

from surgitwin.anatomy.artery.types import ArteryAnatomy, Branch, Lesion
from surgitwin.anatomy.root.types import RootAnatomy, RootLandmark
from surgitwin.core.frame import Plane
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.vessel import Calcium, Course, LumenTube, Notice, measure_section


def _load(name: str) -> ModuleType:
    """A sample module of tests/scene (the folders are not packages)."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[2] / "scene" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


scene = _load("vessel_scene_samples")
LUMEN_HU, AROUND_HU, CALCIUM_HU = 400.0, 40.0, 1200.0


def image_of(tube: LumenTube, spacing: float, margin: float = 14.0) -> Volume:
    """A CTA: contrast inside the tube, soft tissue round it, a little noise."""
    wall = tube.wall_mm.reshape(-1, 3)
    low, high = wall.min(0) - margin, wall.max(0) + margin
    shape = np.ceil((high - low) / spacing).astype(int) + 1
    axes = [low[a] + spacing * np.arange(shape[a]) for a in range(3)]
    z, y, x = np.meshgrid(axes[2], axes[1], axes[0], indexing="ij")
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    course = tube.course
    from scipy.spatial import cKDTree

    _, near = cKDTree(course.points_mm).query(points)
    d = points - course.points_mm[near]
    a, b = np.einsum("ij,ij->i", d, course.e1[near]), np.einsum("ij,ij->i", d, course.e2[near])
    along = np.einsum("ij,ij->i", d, course.tangent[near])
    m = tube.radius_mm.shape[1]
    spoke = np.rint(np.mod(np.arctan2(b, a), 2 * np.pi) / (2 * np.pi) * m).astype(int) % m
    away = np.hypot(a, b) - tube.radius_mm[near, spoke]
    share = np.clip(0.5 - away / spacing, 0, 1) * (np.abs(along) < 1.0)
    values = AROUND_HU + (LUMEN_HU - AROUND_HU) * share
    if tube.calcified is not None:
        hard = tube.calcified[near, spoke] & (away > 0) & (away < 0.9)
        values[hard] = CALCIUM_HU
    values += np.random.default_rng(1).normal(0, 15, len(values))
    grid = ImageGrid(tuple(shape[::-1].tolist()), low, np.full(3, spacing), np.eye(3))
    return Volume(values.reshape(grid.shape).astype(np.int16), grid)


def artery() -> ArteryAnatomy:
    """A 6 mm artery with a narrowing of 50 % of its diameter in the middle, and a side branch."""
    tube = scene.tube()
    reference = np.full(len(tube.course.s_mm), 6.0)
    lesion = Lesion(15, 20, 25, 3.0, 7.07, 6.0, 6.0, 6.0, 50.0, 75.0, 0.0, 0.2)
    place = tube.course.frames_at(np.array([34.0]))[0][0]
    branch = Branch(34.0, place, np.array([0.0, -1.0, 0.0]), 2.5)
    return ArteryAnatomy(
        tube, reference, (lesion,), (branch,), scene.calcium(tube), LUMEN_HU, 15.0, 0.9, "",
        (Notice("calcium", "Calcium lies against the lumen: narrowings there read too low.", None),),
    )  # fmt: skip


ANNULUS_A_MM, ANNULUS_B_MM = 14.0, 11.0
"""Half axes of the root's annulus at s = 20 mm."""


def root_tube(m: int = 72) -> LumenTube:
    """A straight root: outflow tract, elliptic annulus at s = 20, three sinuses, sinotubular junction."""
    s = np.arange(0, 70.5, 0.5)
    axis = np.array([0.25, -0.1, 0.96])
    axis /= np.linalg.norm(axis)
    e1 = np.array([1.0, 0, 0]) - axis[0] * axis
    e1 /= np.linalg.norm(e1)
    e2 = np.cross(axis, e1)
    points = np.array([20.0, -40.0, 60.0]) + s[:, None] * axis
    course = Course(s, points, *(np.repeat(v[None], len(s), 0) for v in (axis, e1, e2)))
    angle = 2 * np.pi * np.arange(m) / m
    ellipse = 1 / np.sqrt((np.cos(angle) / ANNULUS_A_MM) ** 2 + (np.sin(angle) / ANNULUS_B_MM) ** 2)
    bulge = np.exp(-(((s - 30) / 6.0) ** 2))[:, None] * (3.2 + 1.2 * np.cos(3 * angle))[None]
    base = np.interp(s, [0, 20, 42, 70], [13.0, 12.5, 13.6, 15.0])[:, None]
    share = np.clip(1 - np.abs(s - 20) / 12, 0, 1)[:, None]
    radius = share * ellipse[None] + (1 - share) * base + bulge * (s > 20)[:, None]
    hard = ((s > 22) & (s < 27))[:, None] & (np.cos(angle - 2.1) > 0.9)[None]
    return LumenTube(course, radius, hard)


def root() -> RootAnatomy:
    """The measured root; the right hinge was corrected by hand by about 2 mm."""
    tube = root_tube()
    course = tube.course
    at = int(np.flatnonzero(course.s_mm == 20)[0])
    normal, centre = course.tangent[at], course.points_mm[at]
    wall = tube.wall_mm
    spots = {
        "hinge_left": wall[at, 0], "hinge_right": wall[at, 24], "hinge_non": wall[at, 48],
        "ostium_left": wall[at + 24, 2], "ostium_right": wall[at + 28, 26],
        "sinotubular_junction": course.points_mm[at + 44], "membranous_septum": wall[at - 8, 36],
    }  # fmt: skip
    marks = {
        name: RootLandmark(p - (0, 2.0, 0), p, 0.8, "by hand") if name == "hinge_right"
        else RootLandmark(p, None, 0.8, "bottom of the leaflet's pocket")
        for name, p in spots.items()
    }  # fmt: skip
    rows = {"annulus": at, "outflow": at - 8, "sinus": at + 20, "sinotubular_junction": at + 44}
    return RootAnatomy(
        tube, marks, Plane(centre, normal), Plane(centre - 0.6 * normal, normal), (0.8, 0.5),
        {n: measure_section(wall[k]) for n, k in rows.items()}, {n: wall[k] for n, k in rows.items()},
        48.0, (33.0, 32.0, 33.5), {"left": 12.0, "right": None}, 4.0,
        Calcium(wall[tube.calcified] + 0.3, 0.343, 850, {"fixed 850 HU": 61.0, "lumen + 100 HU": 92.0}),
        LUMEN_HU, 20.0, "35 % of the RR interval", np.array([[0.0, -20.0], [20.0, 5.0], [40.0, 25.0]]),
        (-10.0, -25.0), (12.0, 2.0), "the slices are 1.5 mm apart; sizes need 1 mm or less",
        (Notice("metal", "Metal (sternal wires) lies in front of the root.", (20.0, -80.0, 90.0)),),
    )  # fmt: skip
