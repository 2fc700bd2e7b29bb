"""Landmarks by hand: the root measured again from its wall, without the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from surgitwin.anatomy.root.annulus_plane import outside, station_near
from surgitwin.anatomy.root.assemble import assemble, known_of
from surgitwin.anatomy.root.types import LANDMARKS, RootAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError, UsageError

WALL_REACH_MM = 8.0
"""A point so far outside the wall belongs to something else: planning setting."""


def with_landmark(anatomy: RootAnatomy, name: str, point_mm: npt.ArrayLike | None) -> RootAnatomy:
    """The root with one landmark at `point_mm` (LPS), or back at its proposal for None; measured again.

    UsageError "root.landmark". InputError: "root.outside_tube", and as `assemble`.
    """
    if name not in LANDMARKS:
        raise UsageError(
            "root.landmark",
            f"There is no landmark called {name}.",
            hint=f"Landmarks are {', '.join(LANDMARKS)}.",
            where=name,
        )
    point = None if point_mm is None else np.asarray(point_mm, float)
    if point is not None:
        _check_near(anatomy, name, point)
    landmarks = {**anatomy.landmarks, name: replace(anatomy.landmarks[name], corrected_mm=point)}
    out = assemble(known_of(anatomy), landmarks)
    _check_ostia(out)
    return out


def _check_ostia(root: RootAnatomy) -> None:
    """InputError "root.ostium_below" for an ostium set by hand below the annulus."""
    for side, height in root.coronary_height_mm.items():
        by_hand = root.landmarks[f"ostium_{side}"].corrected_mm is not None
        if by_hand and height is not None and height < 0:
            raise InputError(
                "root.ostium_below",
                f"The {side} ostium lies {-height:.1f} mm below the annulus plane: no coronary leaves there.",
                hint="Put it at the lower edge of the coronary's mouth, or mend the hinge points.",
                where=f"ostium_{side}",
            )


def with_corrections(anatomy: RootAnatomy, points_mm: Mapping[str, npt.ArrayLike]) -> RootAnatomy:
    """The root with all these landmarks (LPS) by hand and no others, measured once.

    Only what comes out at the end is checked: on the way from one set of points to another, some cannot be.
    """
    known = {name: np.asarray(p, float) for name, p in points_mm.items() if name in LANDMARKS}
    for name, point in known.items():
        _check_near(anatomy, name, point)
    landmarks = {n: replace(m, corrected_mm=known.get(n)) for n, m in anatomy.landmarks.items()}
    out = assemble(known_of(anatomy), landmarks)
    _check_ostia(out)
    return out


def _check_near(anatomy: RootAnatomy, name: str, point: FloatArray) -> None:
    tube = anatomy.tube
    at = station_near(tube, point)
    away = np.linalg.norm(point - tube.course.points_mm[at])
    if away > tube.radius_mm[at].max() + WALL_REACH_MM:
        raise outside(name)
