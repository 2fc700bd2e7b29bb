"""A box of bone in air, and boxes with known volumes, for tests of own implants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyvista as pv

from surgitwin.core.arrays import FloatArray, content_hash
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.imaging.formats.nrrd import write_labels, write_volume
from surgitwin.planning.case import Case, now
from surgitwin.storage import CaseFolder

GRID = ImageGrid((60, 50, 45), np.array([-20.0, -30.0, 10.0]), np.array([1.0, 1.0, 1.25]), np.eye(3))
LOW, HIGH = np.array([-10.5, -20.5, 21.875]), np.array([9.5, 9.5, 59.375])
"""Corners of the bone: voxels 10..29, 10..39, 10..39."""


def box_labels() -> LabelMap:
    """One segment, a box with faces between voxels, and one without a voxel."""
    array = np.zeros(GRID.shape, np.uint8)
    array[10:40, 10:40, 10:30] = 1
    return LabelMap(array, GRID, (Segment(1, "bone", "", (1.0, 1.0, 1.0)), Segment(2, "none", "", (1, 0, 0))))


def store_box_case(path: Path) -> Case:
    """The labels as a case about other anatomy."""
    volume, labels = Volume(np.zeros(GRID.shape, np.int16), GRID), box_labels()
    folder = CaseFolder.create(path, {})
    image = folder.put(".nrrd", lambda p: write_volume(volume, p))
    blob = folder.put(".nrrd", lambda p: write_labels(labels, p))
    kept = {
        "preset": "",
        "hash": labels.hash,
        "blob": blob,
        "segments": [],
        "parameters": {},
        "input_hash": "",
    }
    facts = {"uid": "1.2", "modality": "CT", "body_part": "LEG", "description": "",
             "spacing_mm": [1.25, 1.0, 1.0], "shape": list(GRID.shape)}  # fmt: skip
    folder.commit({
        "created": now(), "patient": {"patient_code": ""}, "series": facts, "header": {}, "site": "general",
        "body_weight_kg": 70.0, "image": image, "image_hash": content_hash(volume.array), "labels": kept,
        "history": [],
    })  # fmt: skip
    return Case.open(path)


def box(half: FloatArray, at: FloatArray, turn: FloatArray | None = None) -> SurfaceMesh:
    """A box of 12 triangles with outward normals, turned about its middle."""
    faces = pv.Box((-1, 1, -1, 1, -1, 1)).triangulate().clean()
    triangles = np.asarray(faces.faces).reshape(-1, 4)[:, 1:]
    points = np.asarray(faces.points, float) * half
    out = SurfaceMesh(points if turn is None else points @ np.asarray(turn).T, triangles)
    triangles = triangles if out.volume_mm3 > 0 else triangles[:, ::-1]
    return SurfaceMesh(out.points_mm + at, triangles)
