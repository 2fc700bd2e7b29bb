"""Vertebrae for tests and benchmarks: a phantom with exact truth, and the real one with its reference
labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi
from scipy.spatial.transform import Rotation
from skimage.graph import MCP_Geometric

from surgitwin.core.image import ImageGrid, Volume

Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[np.floating]

PITCH_MM = 37.0
BODY_MM = (24.0, 17.0, 13.5)
PARTS = (  # from, to, radius in mm; x left, y posterior, z superior; mirrored in x
    ((14, 14, 6), (15, 24, 5), 4.5),  # pedicle
    ((15, 26, 3), (3, 38, -8), 3.5),  # lamina
    ((0, 40, -9), (0, 65, -15), 4.0),  # spinous process
    ((17, 26, 5), (42, 36, 8), 3.5),  # transverse process
    ((15, 25, 5), (17, 25, 20), 4.0),  # superior articular process
    ((9, 34, -6), (11, 32.5, -24), 4.0),  # inferior articular process, 1.6 mm from the one below
)


@dataclass(frozen=True)
class Sample:
    """A volume, a click in the body (LPS mm), the truth of the whole vertebra and of its body."""

    volume: Volume
    click: Array
    whole: Mask
    body: Mask


def dice(a: Mask, b: Mask) -> float:
    """Dice's overlap of two masks."""
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def phantom(spacing: float = 1.2, noise_hu: float = 25.0) -> Sample:
    """Three vertebrae of capsules and elliptic bodies with a cortex; the middle one is the truth."""
    x, y, z = (np.arange(a, b, spacing) for a, b in ((-54, 54.1), (-30, 74), (-56, 56.1)))
    grid = ImageGrid((len(z), len(y), len(x)), np.array([x[0], y[0], z[0]]), np.full(3, spacing), np.eye(3))
    hu = np.full(grid.shape, 45.0)
    for level in (-1, 0, 1):
        body, arch = _depth(x, y, z - level * PITCH_MM)
        depth = np.maximum(body, arch)
        hu[depth > 0] = np.where(body > arch, 90.0, 160.0)[depth > 0]
        hu[(depth > 0) & (depth < 1.5)] = 650.0
        if level == 0:
            whole, middle = depth > 0, body > 0
    hu = ndi.gaussian_filter(hu, 0.6 / spacing)
    hu += np.random.default_rng(7).normal(0, noise_hu, hu.shape)
    return Sample(Volume(hu.astype(np.float32), grid), np.array([3.0, -2.0, 2.0]), whole, middle)


def _depth(x: Array, y: Array, z: Array) -> tuple[Array, Array]:
    """Depth in mm under the surface of the body and of the arch (negative outside), [k, j, i]."""
    p = np.stack(np.broadcast_arrays(x[None, None], y[None, :, None], z[:, None, None]), -1)
    radius = np.hypot(p[..., 0] / BODY_MM[0], p[..., 1] / BODY_MM[1])
    side = (1 - radius) * np.hypot(p[..., 0], p[..., 1]) / np.maximum(radius, 1e-6)
    body = np.minimum(side, BODY_MM[2] - np.abs(p[..., 2]))
    p[..., 0] = np.abs(p[..., 0])
    arch = np.full(body.shape, -np.inf)
    for start, stop, width in PARTS:
        a, way = np.array(start, float), np.array(stop, float) - np.array(start, float)
        t = np.clip((p - a) @ way / (way @ way), 0, 1)
        arch = np.maximum(arch, width - np.linalg.norm(p - a - t[..., None] * way, axis=-1))
    return body, arch


def real(shared_data: Path) -> Sample:
    """The lumbar vertebra of shared data with its reference labels (label 22; body: sub-regions 49, 50)."""
    folder = shared_data / "vertebra_ct"
    image = nib.load(folder / "sub-ct_label-22_ct.nii.gz")
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    arrays = [
        np.ascontiguousarray(np.asarray(nib.load(folder / name).dataobj).transpose(2, 1, 0))
        for name in (
            "sub-ct_label-22_ct.nii.gz",
            "sub-ct_seg-vert_label-22_msk.nii.gz",
            "sub-ct_seg-subreg_label-22_msk.nii.gz",
        )
    ]
    grid = ImageGrid(arrays[0].shape, affine[:3, 3], spacing, affine[:3, :3] / spacing)
    whole = arrays[1] == 22
    body = np.isin(arrays[2], (49, 50)) & whole
    centre = grid.index_to_lps(np.argwhere(body).mean(0)[::-1])
    return Sample(Volume(arrays[0].astype(np.float32), grid), centre, whole, body)


VARIANTS: tuple[tuple[float, tuple[float, float, float], tuple[float, float, float]], ...] = (
    (0, (0, 0, 0), (0, 0, 0)),
    (0, (6, 0, 0), (0, 0, 0)),
    (0, (-5, 4, 0), (0, 0, 0)),
    (0, (0, -6, 4), (0, 0, 0)),
    (0, (0, 5, -4), (0, 0, 0)),
    (0, (4.5, 4.5, 4.5), (0, 0, 0)),
    (30, (0, 0, 0), (0, 0, 0)),
    (60, (0, 0, 0), (0, 0, 0)),
    (60, (4, -3, -5), (0, 0, 0)),
    (0, (0, 0, 0), (15, 0, 0)),
    (0, (3, 3, -3), (0, 12, 0)),
    (30, (-4, 3, 3), (8.7, 8.7, 8.7)),
)
"""Added noise in HU, click moved by LPS mm, patient turned about the body's middle by a rotation vector in
degrees and resampled to 1.5 mm voxels (where the image ends: air)."""

HELD_OUT: tuple[tuple[float, tuple[float, float, float], tuple[float, float, float]], ...] = (
    (45, (-4, -3, 3), (0, 0, 0)),
    (30, (3, -4, 4), (-10, 0, 0)),
    (0, (0, 4, 5), (0, 0, 14)),
    (20, (-6, 2, -3), (6, -9, 5)),
    (60, (2, 2, -5), (0, -12, -6)),
)
"""More of the same kind, which no setting was chosen on; their noise has other seeds."""


def variants(sample: Sample, held_out: bool = False) -> Iterator[Sample]:
    """The twelve variants of `sample`, or the five held out."""
    for number, (noise, moved, turn) in enumerate(HELD_OUT if held_out else VARIANTS, 100 * held_out):
        out = turned(sample, turn) if any(turn) else sample
        array = out.volume.array
        if noise:
            array = array + np.random.default_rng(number).normal(0, noise, array.shape).astype(np.float32)
        yield Sample(Volume(array, out.volume.grid), sample.click + np.array(moved), out.whole, out.body)


def turned(sample: Sample, turn_deg: tuple[float, float, float], spacing: float = 1.5) -> Sample:
    """The patient turned about the click, on an LPS grid that holds the whole turned image.

    HU by cubic B-splines, labels where their trilinear share is over one half: a scanner does not blur a
    turned patient, trilinear HU and nearest labels do (see vertebra.md for what that costs).
    """
    turn = Rotation.from_rotvec(np.radians(turn_deg)).as_matrix()
    grid, centre = sample.volume.grid, sample.click
    last = np.array(grid.shape[::-1]) - 1
    corners = grid.index_to_lps(np.indices((2, 2, 2)).reshape(3, -1).T * last)
    moved = (corners - centre) @ turn.T + centre
    low = moved.min(0)
    size = np.ceil((moved.max(0) - low) / spacing).astype(int) + 1
    new = ImageGrid(tuple(size[::-1]), low, np.full(3, spacing), np.eye(3))
    matrix = (np.linalg.inv(grid.affine)[:3, :3] @ turn.T * spacing)[::-1, ::-1]
    offset = grid.lps_to_index((low - centre) @ turn + centre)[::-1]

    def go(array: Array, order: int, outside: float) -> Array:
        return ndi.affine_transform(array, matrix, offset, new.shape, order=order, cval=outside)

    hu = go(sample.volume.array, 3, -1000.0)
    masks = [go(m.astype(np.float32), 1, 0.0) > 0.5 for m in (sample.whole, sample.body)]
    return Sample(Volume(hu, new), centre, masks[0], masks[1])


def next_stroke(found: Mask, sample: Sample) -> tuple[str, Array]:
    """What a user would paint: down the middle of the largest wrong piece, in one slice.

    The slice is the piece's median one along each axis, the one with the largest area; the stroke is the
    longest way through that area, along its middle: (name, (n, 3) LPS mm).
    """
    size, name, piece = 0, "inside", np.zeros_like(found)
    for what, wrong in (("inside", sample.whole & ~found), ("outside", found & ~sample.whole)):
        part = _largest(wrong)
        if part.sum() > size:
            size, name, piece = int(part.sum()), what, part
    cuts = []
    for axis in range(3):
        middle = int(np.median(np.nonzero(piece)[axis]))
        cuts.append((axis, middle, _largest(np.take(piece, middle, axis))))
    axis, middle, area = max(cuts, key=lambda cut: int(cut[2].sum()))
    index = np.insert(_middle_way(area)[::2].astype(float), axis, middle, axis=1)
    return name, sample.volume.grid.index_to_lps(index[:, ::-1])


def _largest(mask: Mask) -> Mask:
    pieces, _ = ndi.label(mask)
    sizes = np.bincount(pieces.ravel(), minlength=2)
    sizes[0] = 0
    part: Mask = (pieces == sizes.argmax()) & mask
    return part


def _middle_way(area: Mask) -> npt.NDArray[np.int_]:
    """(n, 2) pixels of the way between the two farthest ends of `area`, along its middle."""
    depth = ndi.distance_transform_edt(np.pad(area, 1))[1:-1, 1:-1]
    end = tuple(np.argwhere(area)[0])
    for _ in range(2):
        times, _ways = MCP_Geometric(np.where(area, 1.0, -1.0)).find_costs([end])
        times[~np.isfinite(times)] = -1
        start, end = end, tuple(int(i) for i in np.unravel_index(times.argmax(), times.shape))
    middle = MCP_Geometric(np.where(area, 1 / np.maximum(depth, 1e-3) ** 2, -1.0))
    middle.find_costs([start])
    return np.array(middle.traceback(end))
