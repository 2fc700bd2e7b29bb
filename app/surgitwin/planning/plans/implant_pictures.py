"""Pictures of the catalogue's plates and nails, kept on disk.

``python -m surgitwin.planning.plans.implant_pictures FOLDER ID [ID ...]`` draws those that are not there yet,
one after the other: a process of its own, so that no drawing context is shared with a window.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs

from surgitwin.core.arrays import content_hash
from surgitwin.core.plan import PlacedImplant
from surgitwin.implants import NailItem, PlateItem, build, item, screw
from surgitwin.storage import write_atomically

SIZE_PX = (720, 150)
"""Width and height of a picture, px: shown at half of it, sharp on fine screens."""
EYE = np.array([1.0, 0.55, 0.0]) / np.hypot(1.0, 0.55)
UP = np.array([-0.55, 1.0, 0.0]) / np.hypot(1.0, 0.55)
"""Seen on the outer face and a little on its side; the upper end lies to one side of the picture."""
SCREW_MM = 50.0
"""Length of the screws in a picture."""
VERSION = "1"
"""Changed with the drawing, so that old pictures are not used."""
VARIABLE = "SURGITWIN_PICTURES"
"""Environment variable that names another folder."""


def pictures_folder() -> Path:
    """Where pictures are kept: the user's cache."""
    given = os.environ.get(VARIABLE)
    return Path(given) if given else Path(platformdirs.user_cache_dir("surgitwin")) / "implants"


def shown_implant(catalogue_id: str) -> PlacedImplant:
    """A plate or nail at the origin with the screws that its picture shows. ValueError for a screw."""
    found = item(catalogue_id)
    if isinstance(found, PlateItem):
        made = screw(found.screw)
        holes = sorted({1, found.n_holes})
        parameters = {"screw": made.id, "holes": holes}
    elif isinstance(found, NailItem):
        made = screw(found.bolt)
        holes = list(range(1, len(found.holes_mm) + 1))
        parameters = {"bolt": made.id, "insertion": "+x"}
    else:
        raise ValueError(f"{catalogue_id} has no picture of its own")
    length = made.snap_up(SCREW_MM) or made.lengths_mm[-1]
    parameters["lengths_mm"] = [length] * len(holes)
    if isinstance(found, NailItem):
        parameters["starts_mm"] = [length / 2] * len(holes)
    return PlacedImplant(found.id, np.eye(4), parameters)


def picture_file(catalogue_id: str, folder: Path | None = None) -> Path:
    """Where the picture of an item is or will be; another one when its geometry or the drawing changes."""
    key = content_hash(list(build(shown_implant(catalogue_id)).solids), list(SIZE_PX), VERSION)
    return (folder or pictures_folder()) / f"{catalogue_id}-{key[:12]}.png"


def write_pictures(folder: Path, ids: Sequence[str]) -> None:
    """Draw those pictures that `folder` lacks; each appears whole. Opens a drawing context."""
    from PIL import Image

    from surgitwin.scene.implant_picture import implant_picture

    for catalogue_id in ids:
        path = picture_file(catalogue_id, folder)
        if not path.is_file():
            shot = Image.fromarray(implant_picture(build(shown_implant(catalogue_id)), SIZE_PX, EYE, UP))
            write_atomically(path, lambda part, shot=shot: shot.save(part, format="PNG"))  # type: ignore[misc]


if __name__ == "__main__":
    write_pictures(Path(sys.argv[1]), sys.argv[2:])
