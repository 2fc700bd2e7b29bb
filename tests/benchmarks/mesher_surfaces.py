"""Closed surfaces of the shared real data for the table of meshers: how each is made, its unit, its element
size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cc3d
import nibabel
import numpy as np
import pyvista as pv

from surgitwin.core.image import ImageGrid
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.imaging import load_series, scan
from surgitwin.meshing import bone_surface
from surgitwin.meshing.field import field_from_mask
from surgitwin.meshing.files.surfaces import read_surface_file
from surgitwin.meshing.surface import contour
from surgitwin.segmentation import segment_femur

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

THORAX_HU = 200.0
"""Numerical setting: threshold of the thorax's bone, with about 1.5 million triangles at full resolution."""

LUMEN_HU = 200.0
"""Numerical setting: threshold of the contrast-filled lumen."""

ANEURYSM_GREY = 60
"""Numerical setting: threshold of the angiography, 0 to 255."""


@dataclass(frozen=True)
class Shape:
    """name, size of elements in `unit`, how the surface is made."""

    name: str
    size: float
    unit: str
    make: Callable[[], SurfaceMesh]


def image(folder: str):
    """The one usable series of a folder."""
    series = [s for s in scan(DATA / folder) if s.status != "refused"]
    return load_series(max(series, key=lambda s: len(s.slices)))


def femur_stl(side: str) -> SurfaceMesh:
    """One of the two femora, mm."""
    file = DATA / "femur_meshes" / f"m3_{side}femur_mm.stl"
    return read_surface_file(file, unit="mm", frame="lps").mesh


def femur_ct() -> SurfaceMesh:
    """The femur of the CT by the preset `bone`."""
    return bone_surface(segment_femur(image("femur_ct"))).mesh


def smooth(mask, grid: ImageGrid, spacing: float) -> SurfaceMesh:
    """Largest piece of a mask, cavities filled, smoothed by one grid step."""
    return contour(field_from_mask(mask, grid, spacing, spacing)[0])


def thorax() -> SurfaceMesh:
    """Bone of the thorax in one piece."""
    volume = image("thorax_ct")
    mask = cc3d.largest_k((np.asarray(volume.array) > THORAX_HU).astype(np.uint8), k=1) > 0
    return smooth(mask, volume.grid, 1.5)


def lumen() -> SurfaceMesh:
    """Everything over the threshold that hangs together: heart, aorta and the bones that touch them."""
    volume = image("aortic_root_cta")
    return smooth(np.asarray(volume.array) > LUMEN_HU, volume.grid, 1.5)


def vertebra() -> SurfaceMesh:
    """The labelled vertebra (label 22 of the file); RAS turned to LPS."""
    file = nibabel.load(DATA / "vertebra_ct" / "sub-ct_seg-vert_label-22_msk.nii.gz")
    labels = np.asarray(file.dataobj).T  # [k, j, i]
    affine = np.diag([-1.0, -1, 1, 1]) @ file.affine
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    grid = ImageGrid(labels.shape, affine[:3, 3], spacing, affine[:3, :3] / spacing)
    values, counts = np.unique(labels[labels > 0], return_counts=True)
    chosen = 22 if 22 in values else values[counts.argmax()]
    return smooth(labels == chosen, grid, 1.0)


def aneurysm() -> SurfaceMesh:
    """Vessels of the angiography in voxels: the file's spacing is in no known unit."""
    data = pv.read(DATA / "aneurysm_3dra" / "aneurism.vti")
    shape = data.dimensions[::-1]
    grey = np.asarray(data.point_data.active_scalars).reshape(shape)
    grid = ImageGrid(shape, np.zeros(3), np.ones(3), np.eye(3))
    return smooth(grey > ANEURYSM_GREY, grid, 1.0)


SURFACES = (
    Shape("femur_meshes left", 2.0, "mm", lambda: femur_stl("l")),
    Shape("femur_meshes right", 2.0, "mm", lambda: femur_stl("r")),
    Shape("femur_ct femur", 2.0, "mm", femur_ct),
    Shape("vertebra_ct labels", 1.5, "mm", vertebra),
    Shape("aortic_root_cta over 200 HU", 2.0, "mm", lumen),
    Shape("aneurysm_3dra", 1.5, "voxels", aneurysm),
    Shape("thorax_ct bone", 2.5, "mm", thorax),
)
