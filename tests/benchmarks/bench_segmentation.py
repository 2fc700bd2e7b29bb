"""Segmentation chain against the same steps in SimpleITK filters, in one run, with the results compared.

    python tests/benchmarks/bench_segmentation.py [--json]

Exit 1 when the results differ (Dice under 0.99) or the ratio is under 3.
"""

from __future__ import annotations

import json
import statistics as stats
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "sample_dicom")]

from femur_fracture.parameters import FULL  # noqa: E402
from femur_fracture.phantom import build_phantom  # noqa: E402
from surgitwin.core.image import Volume  # noqa: E402
from surgitwin.segmentation import load_preset, segment_femur  # noqa: E402

RATIO, DICE, REPEATS = 3.0, 0.99, 3


def with_filters(volume: Volume, femur_at: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """The chain of `segmentation.bone` in SimpleITK filters on the whole image -> labels 1, 2, 3.

    femur_at: (i, j, k) inside the femur's cortex: choosing the bone is not timed here.
    """
    p = load_preset("bone")
    image = sitk.GetImageFromArray(np.asarray(volume.array, np.float32))
    image.SetSpacing(volume.grid.spacing_mm.tolist())
    voxels = int(np.ceil(p["seed_min_mm3"] / volume.grid.voxel_volume_mm3))
    parts = sitk.RelabelComponent(sitk.ConnectedComponent(image > p["seed_hu"]), voxels)
    femur = parts[femur_at]
    markers = sitk.Cast(parts == femur, sitk.sitkUInt8) + 2 * sitk.And(parts > 0, parts != femur)
    candidate = sitk.Cast(image > p["bone_hu"], sitk.sitkUInt8)
    basins = sitk.MorphologicalWatershedFromMarkers(-image, markers, markWatershedLine=False)
    territory = sitk.And(sitk.Cast(basins == 1, sitk.sitkUInt8), candidate)
    inside = sitk.Mask(image, territory, p["soft_tissue_hu"])
    radius = [int(p["edge_reach_mm"] // s) for s in volume.grid.spacing_mm]
    half = 0.5 * (sitk.GrayscaleDilate(inside, radius, sitk.sitkBox) + p["soft_tissue_hu"])
    shell = _largest(sitk.And(territory, sitk.Cast(image > half, sitk.sitkUInt8)))
    outline = sitk.BinaryFillhole(_closed(shell, p["closing_mm"]))
    smooth = sitk.DiscreteGaussian(sitk.Cast(outline, sitk.sitkFloat32), p["smoothing_mm"] ** 2)
    outline = _largest(smooth > 0.5)
    soft = sitk.DiscreteGaussian(image, p["smoothing_mm"] ** 2)
    core = sitk.And(outline, soft <= p["mineral_hu"])
    small = int(np.ceil(p["speck_mm3"] / volume.grid.voxel_volume_mm3))
    core = sitk.Cast(sitk.RelabelComponent(sitk.ConnectedComponent(core), small) > 0, sitk.sitkUInt8)
    marrow = float(np.median(sitk.GetArrayViewFromImage(image)[sitk.GetArrayViewFromImage(core) > 0]))
    wall = 0.5 * (sitk.GrayscaleDilate(sitk.Mask(image, outline, 50.0), radius, sitk.sitkBox) + marrow)
    reach = sitk.SignedMaurerDistanceMap(core, False, False, True) <= p["edge_reach_mm"]
    void = sitk.And(sitk.Or(core, sitk.And(reach, image < wall)), outline)
    void = sitk.RelabelComponent(sitk.ConnectedComponent(void), small) > 0
    bones = sitk.ConnectedComponent(candidate)
    out = 1 * outline + sitk.Cast(void, sitk.sitkUInt8)
    array = sitk.GetArrayFromImage(out)
    others = np.unique(sitk.GetArrayViewFromImage(bones)[sitk.GetArrayViewFromImage(basins == 2) > 0])
    array[np.isin(sitk.GetArrayViewFromImage(bones), others[others > 0]) & (array == 0)] = 3
    return array


def _closed(mask: sitk.Image, reach_mm: float) -> sitk.Image:
    wide = sitk.SignedMaurerDistanceMap(mask, False, False, True) <= reach_mm
    filled = sitk.BinaryFillhole(wide)
    back = sitk.SignedMaurerDistanceMap(filled == 0, False, False, True) > reach_mm
    return sitk.Or(sitk.Cast(back, sitk.sitkUInt8), mask)


def _largest(mask: sitk.Image) -> sitk.Image:
    parts = sitk.RelabelComponent(sitk.ConnectedComponent(sitk.Cast(mask, sitk.sitkUInt8)))
    return sitk.Cast(parts == 1, sitk.sitkUInt8)


def dice(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    """Overlap of two masks."""
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def timed(call: Any) -> tuple[float, Any]:
    """Median wall time of REPEATS calls, s, and the last result."""
    times, result = [], None
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return stats.median(times), result


def main() -> int:
    """Run both, print both times, the ratio and the agreement."""
    made = build_phantom(FULL)
    dense = np.argwhere(made.labels.mask("femur") & (made.volume.array > 1000))
    k, j, i = (int(n) for n in dense[len(dense) // 2])
    ours, labels = timed(lambda: segment_femur(made.volume))
    theirs, peer = timed(lambda: with_filters(made.volume, (i, j, k)))
    agreement = {
        "outline": dice(labels.mask("femur", "femur_canal"), np.isin(peer, (1, 2))),
        "femur": dice(labels.mask("femur"), peer == 1),
        "femur_canal": dice(labels.mask("femur_canal"), peer == 2),
    }
    row = {
        "bench": "segmentation",
        "voxels": int(made.volume.array.size),
        "surgitwin_s": ours,
        "simpleitk_s": theirs,
        "ratio": theirs / ours,
        "required": RATIO,
        "dice": agreement,
        "simpleitk": sitk.Version_VersionString(),
        "threads": sitk.ProcessObject.GetGlobalDefaultNumberOfThreads(),
    }
    print(json.dumps(row) if "--json" in sys.argv else "\n".join(f"{a}: {b}" for a, b in row.items()))
    return 0 if row["ratio"] >= RATIO and agreement["outline"] >= DICE else 1


if __name__ == "__main__":
    raise SystemExit(main())
