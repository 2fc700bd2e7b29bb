"""Standard viewing directions and the procedure's default fracture, in the bone frame."""

from __future__ import annotations

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray
from surgitwin.core.frame import Plane, anatomical_to_frame

_FROM = {
    "medial": (1.0, 0.0, 0.0),
    "lateral": (-1.0, 0.0, 0.0),
    "anterior": (0.0, 1.0, 0.0),
    "posterior": (0.0, -1.0, 0.0),
}


def views(anatomy: FemurAnatomy) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Per view name: unit direction from the bone towards the camera, and the camera's up, both LPS (3,).

    "medial" looks from the medial side, and so on; up is proximal along the shaft.
    """
    up = anatomy.frame.axes[:, 2]
    return {
        name: (anatomy.frame.vector_to_lps(anatomical_to_frame(v, anatomy.side)), up)
        for name, v in _FROM.items()
    }


def default_fracture_plane(anatomy: FemurAnatomy, below_lesser_trochanter_mm: float = 40.0) -> Plane:
    """Plane across the shaft axis, this far below the lesser trochanter; normal proximal."""
    return Plane(anatomy.frame.to_lps([0.0, 0.0, -below_lesser_trochanter_mm]), anatomy.frame.axes[:, 2])
