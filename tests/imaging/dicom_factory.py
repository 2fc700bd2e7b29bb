"""Small DICOM studies written on the fly: any orientation, order, rescale and fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid
from scipy.spatial.transform import Rotation

from surgitwin.core.image import ImageGrid

Edit = Callable[[pydicom.Dataset, int], None]

BEAD_HU = 1200.0
SOFT_TISSUE_HU = 40.0

FEET_FIRST = ((-1, 0, 0), (0, 1, 0), (0, 0, -1))
"""Rows of i, j, k: a feet-first supine stack whose table runs the other way."""


def grid_like(shape: tuple[int, int, int] = (6, 10, 8), rotvec=(0.0, 0.0, 0.0), spacing=(0.8, 0.9, 2.5)):
    """Right-handed grid turned by a rotation vector (radians)."""
    return ImageGrid(shape, (-12.5, 30.25, -340.75), spacing, Rotation.from_rotvec(rotvec).as_matrix())


def ramp(grid: ImageGrid) -> np.ndarray:
    """int16 [k, j, i] in which every voxel differs from its neighbours."""
    k, j, i = np.indices(grid.shape)
    return (100 * k + 7 * j + i - 300).astype(np.int16)


def write_series(
    folder: Path,
    array: np.ndarray,
    grid: ImageGrid,
    *,
    names: Sequence[str] | None = None,
    slopes: Sequence[float] | float = 1.0,
    intercepts: Sequence[float] | float = -1024.0,
    edit: Edit | None = None,
    modality: str = "CT",
    syntax: UID = ExplicitVRLittleEndian,
) -> list[Path]:
    """One file per slice of HU values; returns them in the order of k. `edit(dataset, k)` plants faults."""
    folder.mkdir(parents=True, exist_ok=True)
    uids = (generate_uid(), generate_uid(), generate_uid())
    nk = grid.shape[0]
    slope, intercept = np.broadcast_to(slopes, nk), np.broadcast_to(intercepts, nk)
    files = []
    for k in range(nk):
        ds = _slice(array[k], grid, k, uids, modality, float(slope[k]), float(intercept[k]))
        ds.file_meta.TransferSyntaxUID = syntax
        if edit is not None:
            edit(ds, k)
        file = folder / (names[k] if names else f"{k:04d}.dcm")
        ds.save_as(file, enforce_file_format=True)
        files.append(file)
    return files


def _slice(hu, grid, k, uids, modality, slope, intercept) -> pydicom.Dataset:
    ds = pydicom.Dataset()
    ds.file_meta = FileMetaDataset()
    ds.SOPClassUID = CTImageStorage if modality == "CT" else MRImageStorage
    ds.SOPInstanceUID = generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uids
    ds.Modality, ds.SeriesDescription, ds.ImageType = modality, "phantom", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.PatientName, ds.PatientID, ds.PatientWeight = "Secret^Person", "ID-4711", "68.5"
    ds.InstanceNumber, ds.AcquisitionNumber = k + 1, 1
    ds.KVP, ds.ConvolutionKernel, ds.SliceThickness = "120", "B30", "9.9"
    ds.Rows, ds.Columns = hu.shape
    ds.PixelSpacing = [_text(grid.spacing_mm[1]), _text(grid.spacing_mm[0])]
    ds.ImageOrientationPatient = [_text(x) for x in (*grid.direction[:, 0], *grid.direction[:, 1])]
    ds.ImagePositionPatient = [_text(x) for x in grid.index_to_lps((0, 0, k))]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    if modality == "CT":
        ds.RescaleSlope, ds.RescaleIntercept = _text(slope), _text(intercept)
        stored = np.rint((np.asarray(hu, float) - intercept) / slope)
    else:
        stored = np.asarray(hu, float)
    ds.PixelData = stored.astype("<u2").tobytes()
    return ds


def _text(value: float) -> str:
    """A decimal string of at most 16 characters (DICOM value representation DS)."""
    for digits in range(15, 5, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= 16:
            return text
    raise ValueError(value)


@dataclass(frozen=True)
class Beads:
    """A study with 8 beads: centres_mm (8, 3) LPS and radii_mm (8,), all different, no symmetry."""

    folder: Path
    centres_mm: np.ndarray
    radii_mm: np.ndarray
    grid: ImageGrid


def bead_study(folder: Path, rotvec=(0.5, -0.35, 0.8), spacing=(0.8, 0.8, 1.2)) -> Beads:
    """Tilted, oblique CT of 8 beads in soft tissue, in shuffled files, with a rescale that differs per slice.

    The grid is centred far from the LPS origin; the voxels hold the exact share of each bead
    (5 points along each axis of the voxel).
    """
    rotation = Rotation.from_rotvec(rotvec).as_matrix()
    shape = (56, 76, 72)
    grid = ImageGrid(shape, (-81.3, 44.7, -612.9), spacing, rotation)
    corners = np.array([[x, y, z] for z in (0.24, 0.76) for y in (0.2, 0.78) for x in (0.22, 0.75)])
    jitter = np.array(
        [[0, 1, 2], [3, -2, 1], [-2, 2, -1], [1, 0, -3], [2, -3, 0], [-1, 3, 2], [0, -1, 3], [3, 2, -2]]
    )
    ijk = corners * (np.array(shape[::-1]) - 1) + jitter * 0.83
    centres = grid.index_to_lps(ijk)
    radii = np.linspace(4.0, 6.1, 8)
    share = _bead_share(grid, centres, radii)
    hu = SOFT_TISSUE_HU + (BEAD_HU - SOFT_TISSUE_HU) * share
    order = np.random.default_rng(4).permutation(shape[0])
    write_series(
        folder, hu, grid, names=[f"IM{n:05d}" for n in order],
        slopes=1.0 + 0.25 * (np.arange(shape[0]) % 3), intercepts=-1024.0 - 16 * (np.arange(shape[0]) % 2),
    )  # fmt: skip
    return Beads(folder, centres, radii, grid)


def _bead_share(grid: ImageGrid, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """[k, j, i] share 0..1 of each voxel that lies in a bead."""
    share = np.zeros(grid.shape)
    offsets = (np.arange(5) + 0.5) / 5 - 0.5
    sub = np.stack(np.meshgrid(offsets, offsets, offsets, indexing="ij"), -1).reshape(-1, 3)
    for centre, radius in zip(centres, radii, strict=True):
        c = grid.lps_to_index(centre)
        reach = radius / grid.spacing_mm + 1
        low, high = np.floor(c - reach).astype(int), np.ceil(c + reach).astype(int) + 1
        axes = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
        ijk = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
        near = grid.index_to_lps(ijk[:, None, :] + sub) - centre
        inside = ((near**2).sum(-1) < radius**2).mean(axis=1)
        share[ijk[:, 2], ijk[:, 1], ijk[:, 0]] += inside
    return share


def bead_centroids(points_mm: np.ndarray, weights: np.ndarray, beads: Beads) -> np.ndarray:
    """(8, 3) weighted mean of the points (n, 3) that lie within 1.5 radii of each true centre."""
    out = []
    for centre, radius in zip(beads.centres_mm, beads.radii_mm, strict=True):
        near = np.linalg.norm(points_mm - centre, axis=1) < 1.5 * radius
        assert near.any(), f"nothing near the bead at {centre}"
        out.append(np.average(points_mm[near], axis=0, weights=weights[near]))
    return np.array(out)
