"""The preset "mr_bone" on the sample thigh, and the speed of "bones" against SimpleITK's filters.

    python tests/benchmarks/bench_presets.py [--json] [--no-speed]

Exit 1 when a bound (volume 3 %, ratio 3) is missed. Accuracy of all presets: bench_presets_accuracy.py.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "sample_dicom")]

import preset_phantoms as ph  # noqa: E402
from mr_thigh.parameters import FULL  # noqa: E402
from mr_thigh.phantom import build_phantom  # noqa: E402
from surgitwin.core.image import ImageGrid, Volume  # noqa: E402
from surgitwin.segmentation import load_preset, run_preset  # noqa: E402

VOLUME_PERCENT, RATIO, DICE = 3.0, 3.0, 0.95
Mask = npt.NDArray[np.bool_]


def mr_row() -> dict[str, Any]:
    """The sample thigh by the preset "mr_bone"."""
    made = build_phantom(FULL)
    started = time.perf_counter()
    labels = run_preset(made.volume, "mr_bone").labels
    seconds = time.perf_counter() - started
    row: dict[str, Any] = {"seconds": seconds}
    for name in ("cortical_bone", "marrow"):
        mask, true = labels.mask(name), made.labels.mask(name)
        volume = float(mask.sum()) * made.volume.grid.voxel_volume_mm3
        row[name] = {
            "dice": float(2 * (mask & true).sum() / (mask.sum() + true.sum())),
            "volume_percent": 100 * (volume / made.truth["volumes_mm3"][name] - 1),
        }
    return row


def large_volume() -> Volume:
    """512 x 512 x 275 voxels: hips side by side in muscle."""
    one = ph.image(ph.HIP, (1, 1, 1), noise=20)[0].array
    out = np.full((275, 512, 512), 50, np.int16)
    out += np.random.default_rng(1).normal(0, 20, out.shape).astype(np.int16)
    for k in (20, 150):
        for j in range(20, 400, 120):
            for i in range(20, 400, 120):
                out[k : k + 92, j : j + 92, i : i + 92] = one
    return Volume(out, ImageGrid(out.shape, np.zeros(3), np.ones(3), np.eye(3)))


def with_filters(volume: Volume) -> Mask:
    """The solids of "bones" in SimpleITK's filters on the whole image: markers over joint_hu, watershed, half
    height, closing, filling, smoothing.
    """
    p, spacing = load_preset("bones"), volume.grid.spacing_mm
    voxel = volume.grid.voxel_volume_mm3
    image = sitk.GetImageFromArray(volume.array)
    image.SetSpacing(spacing.tolist())
    markers = sitk.RelabelComponent(
        sitk.ConnectedComponent(image > p["joint_hu"]), int(np.ceil(p["part_mm3"] / voxel))
    )
    basins = sitk.MorphologicalWatershedFromMarkers(
        -sitk.Cast(image, sitk.sitkInt16), markers, markWatershedLine=False
    )
    inside = sitk.Mask(image, sitk.Cast(image > p["bone_hu"], sitk.sitkUInt8), p["soft_tissue_hu"])
    radius = [int(p["edge_reach_mm"] // s) for s in spacing]
    half = 0.5 * (
        sitk.Cast(sitk.GrayscaleDilate(inside, radius, sitk.sitkBox), sitk.sitkFloat32) + p["soft_tissue_hu"]
    )
    shell = sitk.Cast(sitk.Cast(inside, sitk.sitkFloat32) > half, sitk.sitkUInt8)
    shell = sitk.Mask(shell, sitk.Cast(basins > 0, sitk.sitkUInt8))
    small = int(np.ceil(p["speck_mm3"] / voxel))
    shell = sitk.Cast(sitk.RelabelComponent(sitk.ConnectedComponent(shell), small) > 0, sitk.sitkUInt8)
    wide = sitk.SignedMaurerDistanceMap(shell, False, False, True) <= p["closing_mm"]
    filled = sitk.BinaryFillhole(wide)
    back = sitk.SignedMaurerDistanceMap(filled == 0, False, False, True) > p["closing_mm"]
    solid = sitk.Cast(sitk.Or(sitk.Cast(back, sitk.sitkUInt8), shell), sitk.sitkFloat32)
    return np.asarray(sitk.GetArrayFromImage(sitk.DiscreteGaussian(solid, p["smoothing_mm"] ** 2)) > 0.5)


def speed_row() -> dict[str, Any]:
    """Both chains on one large volume, in one run."""
    volume = large_volume()
    run_preset(ph.image(ph.SHAFT_SCENE, (2, 2, 4))[0], "bones")  # compiled before the clock starts
    started = time.perf_counter()
    ours = run_preset(volume, "bones").labels.array > 0
    middle = time.perf_counter()
    theirs = with_filters(volume)
    end = time.perf_counter()
    return {
        "voxels": int(volume.array.size),
        "surgitwin_s": middle - started,
        "simpleitk_s": end - middle,
        "ratio": (end - middle) / (middle - started),
        "required": RATIO,
        "dice": float(2 * (ours & theirs).sum() / (ours.sum() + theirs.sum())),
        "simpleitk": sitk.Version_VersionString(),
        "threads": sitk.ProcessObject.GetGlobalDefaultNumberOfThreads(),
    }


def main() -> int:
    """Print all rows; 1 when a bound is missed."""
    mr = mr_row()
    result: dict[str, Any] = {"bench": "presets", "mr_thigh": mr}
    missed = [mr[n] for n in ("cortical_bone", "marrow") if abs(mr[n]["volume_percent"]) > VOLUME_PERCENT]
    if "--no-speed" not in sys.argv:
        result["speed"] = speed_row()
    result["missed"] = len(missed)
    print(json.dumps(result, indent=None if "--json" in sys.argv else 1))
    slow = "speed" in result and (result["speed"]["ratio"] < RATIO or result["speed"]["dice"] < DICE)
    return 1 if missed or slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
