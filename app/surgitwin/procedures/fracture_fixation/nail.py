"""Placing an antegrade nail: its arc fitted to the canal, entry where that arc leaves the bone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Frame
from surgitwin.core.plan import Fracture, PlacedImplant
from surgitwin.implants import NailItem, catalogue, nail_rod, screw
from surgitwin.procedures.fracture_fixation.options import limit
from surgitwin.procedures.fracture_fixation.site import Site

MARCH_MM = 120.0
"""How far above the lesser trochanter the nail's entry is searched: longer than any trochanter."""


LEAST_STATIONS = 5
"""A nail is centred on at least so many sections of the canal, 2 mm apart (numerical setting)."""


@dataclass(frozen=True)
class Misfit:
    """Why a nail does not fit."""

    item: NailItem
    reason: str


def fit_nail(site: Site, item: NailItem) -> FloatArray:
    """Pose (4x4 to LPS) of a nail: least squares of its arc on the canal centres, proximal end at the bone.

    The canal centres between the distal cut and the lesser trochanter count, weighted by the inverse
    canal radius squared, so that the isthmus decides.

    Raises GeometryError ("nail.no_entry") when the arc does not leave the bone proximally.
    """
    stations = site.station_table()
    low = max(site.distal_z_mm, site.trochanter_z_mm + 20 - item.length_mm)
    used = (stations[:, 0] >= low) & (stations[:, 0] <= site.trochanter_z_mm)
    z_top = site.trochanter_z_mm
    pose: FloatArray = np.eye(4)
    pose[2, 3] = z_top
    pose[:2, 3] = stations[used][-1, 1:3]
    pose = _centred(site, item, pose, stations[used], np.array([1.0, 0.0, 0.0]))
    return site.anatomy.frame.matrix @ _to_entry(site, item, pose)


def centre_nail(site: Site, item: NailItem, pose: FloatArray) -> FloatArray:
    """The pose (4x4 to LPS) centred in the canal; its depth and its turn about its axis are kept.

    Raises GeometryError ("adjust.no_canal") when no measured canal lies along the nail.
    """
    local = np.linalg.inv(site.anatomy.frame.matrix) @ pose
    tip = float(nail_rod(item, local).centreline(item.length_mm)[2])
    stations = site.station_table()
    low, high = max(site.distal_z_mm, tip), min(site.trochanter_z_mm, float(local[2, 3]))
    used = (stations[:, 0] >= low) & (stations[:, 0] <= high)
    if used.sum() < LEAST_STATIONS:
        raise GeometryError(
            "adjust.no_canal",
            "The nail does not lie in the part of the shaft whose canal is known.",
            hint="Slide the nail back into the shaft.",
            where=item.id,
        )
    across = np.array([local[0, 0], local[1, 0], 0.0])
    across /= np.linalg.norm(across)
    return site.anatomy.frame.matrix @ _centred(site, item, local, stations[used], across)


def _centred(
    site: Site, item: NailItem, pose: FloatArray, stations: FloatArray, across: FloatArray
) -> FloatArray:
    """The pose (bone frame) shifted and tilted until its arc lies on the canal centres of `stations`.

    across (3,): horizontal direction that the nail's x axis keeps as seen from above.
    """
    centres, weights = stations[:, [1, 2, 0]], 1 / np.maximum(stations[:, 3], 1.0)
    for _ in range(6):
        offset = _offsets(site, item, pose, centres)
        design = np.column_stack([np.ones(len(centres)), centres[:, 2] - pose[2, 3]]) * weights[:, None]
        (dx, sx), *_ = np.linalg.lstsq(design, offset[:, 0] * weights, rcond=None)
        (dy, sy), *_ = np.linalg.lstsq(design, offset[:, 1] * weights, rcond=None)
        pose = _shifted(pose, dx, dy, sx, sy, across)
    return pose


def with_bolts(
    site: Site, item: NailItem, pose: FloatArray, holes: Sequence[int] | None = None
) -> PlacedImplant:
    """The nail with a bicortical bolt in every hole (or in `holes`, numbers from 1, proximal first),
    inserted from lateral, of the next catalogue length.

    The bolt's head end lies on the lateral cortex. A hole out of bone gets the shortest bolt centred on
    the nail, one whose far cortex is out of reach the longest; the checks say so.
    """
    chosen = screw(item.bolt)
    every = range(1, len(item.holes_mm) + 1)
    filled = sorted(every if holes is None else holes)
    spans = bolt_spans(site, item, pose)
    starts, lengths = [], []
    for near, far in (spans[n - 1] for n in filled):
        if near is None:
            starts.append(chosen.lengths_mm[0] / 2)
            lengths.append(chosen.lengths_mm[0])
            continue
        wanted = np.inf if far is None else near + far + limit("tip_past_cortex")
        starts.append(near)
        lengths.append(chosen.snap_up(wanted) or chosen.lengths_mm[-1])
    parameters: dict[str, Any] = {
        "bolt": chosen.id,
        "insertion": insertion(site, pose),
        "starts_mm": [round(float(x), 3) for x in starts],
        "lengths_mm": [float(x) for x in lengths],
    }
    if filled != list(every):
        parameters["holes"] = filled
    return PlacedImplant(item.id, pose, parameters)


def insertion(site: Site, pose: FloatArray) -> str:
    """The end of the nail's x axis that looks laterally: where bolts are put in."""
    lateral = site.anatomy.frame.vector_to_lps([site.lateral, 0.0, 0.0])
    return "+x" if float(pose[:3, 0] @ lateral) >= 0 else "-x"


def bolt_spans(site: Site, item: NailItem, pose: FloatArray) -> list[tuple[float | None, float | None]]:
    """Per locking hole: distance from the nail's axis to the lateral and to the medial bone surface."""
    sign = 1.0 if insertion(site, pose) == "+x" else -1.0
    towards = Frame.from_matrix(pose).vector_to_lps([sign, 0, 0])
    reach = screw(item.bolt).lengths_mm[-1]
    spans: list[tuple[float | None, float | None]] = []
    for centre in nail_rod(item, pose).centreline(np.array(item.holes_mm)):
        out = [_first_exit(site, centre, direction, reach) for direction in (towards, -towards)]
        spans.append((out[0], out[1]))
    return spans


def choose_nail(
    site: Site, fracture: Fracture, ream_limit_mm: float, name: str | None = None
) -> tuple[PlacedImplant | None, list[Misfit]]:
    """The longest nail whose locking holes lie in uncut bone, of the widest diameter that fits.

    name: a catalogue id that alone is tried. Returns None and the reasons when nothing fits.
    """
    items = [i for i in catalogue().values() if isinstance(i, NailItem) and name in (None, i.id)]
    misfits: list[Misfit] = []
    for item in sorted(items, key=lambda i: (-i.length_mm, -i.diameter_mm)):
        try:
            pose = fit_nail(site, item)
        except GeometryError as error:
            misfits.append(Misfit(item, error.message))
            continue
        reason = misfit(site, fracture, item, pose, ream_limit_mm)
        if reason is None:
            return with_bolts(site, item, pose), misfits
        misfits.append(Misfit(item, reason))
    return None, misfits


def misfit(
    site: Site, fracture: Fracture, item: NailItem, pose: FloatArray, ream_limit_mm: float
) -> str | None:
    """Why a placed nail does not fit, or None: holes in uncut bone on both sides, canal wide enough."""
    rod = nail_rod(item, pose)
    holes = rod.centreline(np.array(item.holes_mm))
    z = site.anatomy.frame.from_lps(holes)[:, 2]
    keep = screw(item.bolt).model_diameter_mm / 2
    if z.min() - keep < site.distal_z_mm + limit("cut_distance"):
        below = site.distal_z_mm + limit("cut_distance") + keep - z.min()
        return f"its distal locking holes lie {below:.0f} mm beyond the uncut bone"
    gap = fracture.plane.distance(holes)
    clear = np.abs(gap) - fracture.gap_mm / 2 - keep
    if clear.min() < limit("screw_gap_distance"):
        return f"a locking hole lies {max(clear.min(), 0):.0f} mm from the fracture gap"
    if not (gap > 0).sum() >= 2 or not (gap < 0).sum() >= 2:
        return "there are no two locking holes on each side of the fracture"
    cut = reaming(site, item, pose)
    if cut is None:
        return "it does not reach the shaft"
    if cut.depth_mm > ream_limit_mm:
        return f"reaming would take {cut.depth_mm:.1f} mm of the canal wall (limit {ream_limit_mm:g} mm)"
    spans = bolt_spans(site, item, pose)
    longest = screw(item.bolt).lengths_mm[-1] - limit("tip_past_cortex")
    if any(near is None or far is None or near + far > longest for near, far in spans):
        return "a locking hole finds no two cortices"
    return None


@dataclass(frozen=True)
class Reaming:
    """What a nail takes from the canal wall of the uncut shaft.

    depth_mm: largest depth, negative when it lies free. cortex_left_mm: least of the mean cortical
    thickness that is left at a station; negative when the nail goes beyond the cortex.
    """

    depth_mm: float
    cortex_left_mm: float


def reaming(site: Site, item: NailItem, pose: FloatArray) -> Reaming | None:
    """How far a placed nail cuts into the canal wall; None when it passes no station of the shaft."""
    stations = site.station_table()
    tip = site.anatomy.frame.from_lps(nail_rod(item, pose).centreline(item.length_mm))[2]
    used = (stations[:, 0] >= max(site.distal_z_mm, tip)) & (stations[:, 0] <= site.trochanter_z_mm)
    if not used.any():
        return None
    local = site.anatomy.frame.matrix
    rows = stations[used]
    centres = rows[:, [1, 2, 0]]
    offset = np.linalg.norm(_offsets(site, item, np.linalg.inv(local) @ pose, centres)[:, :2], axis=1)
    depth = offset + item.diameter_mm / 2 - rows[:, 3]
    return Reaming(float(depth.max()), float((rows[:, 4] - rows[:, 3] - depth).min()))


def _offsets(site: Site, item: NailItem, pose_in_frame: FloatArray, centres: FloatArray) -> FloatArray:
    """(n, 3) canal centre minus the nail's axis at the same height, bone frame."""
    rod = nail_rod(item, pose_in_frame)
    s = rod.start_mm[2] - centres[:, 2]
    for _ in range(3):
        s = s + (rod.centreline(s)[:, 2] - centres[:, 2])
    return centres - rod.centreline(s)


def _shifted(pose: FloatArray, dx: float, dy: float, sx: float, sy: float, across: FloatArray) -> FloatArray:
    """The pose moved in x, y and tilted so that its z axis changes slope by (sx, sy); x near `across`."""
    z = pose[:3, 2] + np.array([sx, sy, 0.0]) * pose[2, 2]
    z = z / np.linalg.norm(z)
    x = across - (across @ z) * z
    x = x / np.linalg.norm(x)
    out = np.eye(4)
    out[:3, :3] = np.column_stack([x, np.cross(z, x), z])
    out[:3, 3] = pose[:3, 3] + np.array([dx, dy, 0.0])
    return out


def _to_entry(site: Site, item: NailItem, pose_in_frame: FloatArray) -> FloatArray:
    """The pose slid along the nail's own arc until its proximal end lies on the bone's surface."""
    rod = nail_rod(item, pose_in_frame)
    s = -np.arange(0.0, MARCH_MM, 0.25)
    outside = np.flatnonzero(site.outline.in_frame(rod.centreline(s)) > 0)
    if not len(outside):
        raise GeometryError(
            "nail.no_entry",
            "The nail's axis does not leave the bone near the greater trochanter.",
            hint="Check the segmentation of the trochanters, or use a plate.",
        )
    at = float(s[outside[0]])
    z = -rod.tangent_at(at)
    x = pose_in_frame[:3, 0]
    out = np.eye(4)
    out[:3, :3] = np.column_stack([x, np.cross(z, x), z])
    out[:3, 3] = rod.centreline(at)
    return out


def _first_exit(site: Site, start: FloatArray, direction: FloatArray, reach_mm: float) -> float | None:
    entries, exits = site.outline.crossings(start, direction, reach_mm)
    inside_at_start = len(entries) > 0 and entries[0] == 0.0
    return float(exits[0]) if inside_at_start and len(exits) else None
