"""Contrast agent and metal in a CT, said as notes: what the header tells and what the voxels show."""

from __future__ import annotations

from typing import Any

import cc3d
import numpy as np
import numpy.typing as npt

from surgitwin.core.image import Volume
from surgitwin.core.resources import load_table
from surgitwin.segmentation.morphology import Mask
from surgitwin.segmentation.reach import within
from surgitwin.segmentation.recipe import Note

NO_AGENT = ("", "no", "none", "n", "0", "without", "plain", "nativ", "native")
"""What headers write into Contrast/Bolus Agent (0018,0010) when none was given."""


def limits() -> dict[str, float]:
    """Numbers of ``resources/ct_signs.toml`` by name."""
    return {k: float(v["value"]) for k, v in load_table("ct_signs").items()}


def ct_notes(volume: Volume) -> tuple[Note, ...]:
    """Notes "contrast" and "metal" of a CT in HU; none for other images."""
    if volume.modality != "CT" or volume.unit != "HU":
        return ()
    return tuple(note for note in (contrast_note(volume), metal_note(volume)) if note is not None)


def contrast_note(volume: Volume) -> Note | None:
    """What speaks for contrast agent: the header's tag, and a large even region brighter than blood can
    be.
    """
    agent = str(volume.meta.get("contrast") or "").strip()
    told = agent.lower() not in NO_AGENT
    pool, level = blood_pool(volume)
    if not told and pool is None:
        return None
    seen = (
        f"large vessels stand at about {level:.0f} HU"
        if pool is not None
        else "no bright blood pool was found"
    )
    header = f'the header names "{agent}"' if told else "the header names no agent"
    return Note(
        "contrast",
        f"Contrast agent: {header}, and {seen}. Densities of bone are too high by an unknown amount; "
        "contrast-filled vessels can join bone.",
    )


def blood_pool(volume: Volume) -> tuple[Mask | None, float]:
    """The largest even region at the level of opacified blood on a grid of about 2 mm, and its median HU.

    (None, nan) when there is none. The inside of a bone is left out by the brighter cortex round it.
    """
    sign = limits()
    spacing = np.asarray(volume.grid.spacing_mm)[::-1]
    step = np.maximum(np.round(2.0 / spacing).astype(int), 1)
    coarse, size = _block_means(volume.array, step), spacing * step
    candidate = (coarse > sign["pool_hu"]) & (coarse < sign["pool_top_hu"])
    core = candidate & ~within(~candidate, size, sign["pool_radius_mm"])
    if not core.any():
        return None, float("nan")
    largest = cc3d.largest_k(core, k=1, connectivity=6) > 0
    values = coarse[largest]
    even = float(np.median(np.abs(values - np.median(values)))) * 1.4826
    millilitres = float(largest.sum()) * float(np.prod(size)) / 1000
    level = float(np.median(values))
    if millilitres < sign["pool_ml"] or even > sign["pool_spread_hu"]:
        return None, float("nan")
    near = within(largest, size, sign["pool_radius_mm"])
    rim = within(near, size, sign["pool_radius_mm"]) & ~near
    walled = rim.any() and float((coarse[rim] > level + sign["cortex_over_hu"]).mean()) > sign["cortex_share"]
    return (None, float("nan")) if walled else (largest, level)


def metal_note(volume: Volume) -> Note | None:
    """Voxels over metal_hu in a connected piece, and whether the scale ends there."""
    sign = limits()
    mask = metal_mask(volume, sign["metal_hu"], sign["metal_mm3"])
    if not mask.any():
        return None
    top = float(volume.array.max())
    full = int((volume.array >= top).sum()) > sign["clipped_voxels"]
    end = f" The scale ends at {top:.0f} HU: the metal is larger in the image than it is." if full else ""
    volume_ml = float(mask.sum()) * volume.grid.voxel_volume_mm3 / 1000
    return Note(
        "metal",
        f"Metal: {volume_ml:.1f} ml over {sign['metal_hu']:.0f} HU (undiluted contrast agent can be as "
        f"bright). Streaks round it change values and edges nearby.{end}",
    )


def metal_mask(volume: Volume, metal_hu: float, least_mm3: float) -> Mask:
    """Connected pieces over `metal_hu` of at least `least_mm3`."""
    over = np.asarray(volume.array) > metal_hu
    if not over.any():
        return over
    least = max(int(np.ceil(least_mm3 / volume.grid.voxel_volume_mm3)), 1)
    out: Mask = cc3d.dust(over, threshold=least, connectivity=26) > 0
    return out


def _block_means(array: npt.NDArray[Any], step: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Means over blocks of `step` voxels; what does not fill a block at the end is left out."""
    nk, nj, ni = (n // s for n, s in zip(array.shape, step, strict=True))
    sk, sj, si = (int(s) for s in step)
    whole = array[: nk * sk, : nj * sj, : ni * si]
    out = np.zeros((nk, nj, ni), np.float32)
    for k in range(sk):
        for j in range(sj):
            for i in range(si):
                out += whole[k::sk, j::sj, i::si]
    out /= sk * sj * si
    return out
