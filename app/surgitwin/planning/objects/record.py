"""An own implant, guide or reference object as the case keeps it: plain JSON under `state["objects"]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import InputError
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.planning.case import Case

KEY = "objects"
"""Of the case state: id -> the fields of `OwnObject` but its id, in the order in which they were added."""

Kind = Literal["implant", "guide", "reference"]
KINDS: tuple[Kind, ...] = get_args(Kind)

NOT_SIMULATED = (
    "An implant from a file is placed and measured, not simulated: finite elements take the implants of the "
    "catalogue only."
)

Rgb = tuple[float, float, float]

COLOURS: Mapping[Kind, Rgb] = {
    "implant": (0.34, 0.71, 0.91),
    "guide": (0.90, 0.62, 0.0),
    "reference": (0.80, 0.47, 0.65),
}
"""First colour by kind, from Okabe and Ito's set for colour-blind readers; unlike bone and catalogue
metal.
"""

IDENTITY = tuple(tuple(float(i == j) for j in range(4)) for i in range(4))


@dataclass(frozen=True)
class OwnObject:
    """blob: triangles as they were read, in mm and in the axes of the file (LPS unless frame is "own").

    pose: rigid 4x4 that takes them to LPS mm of the case's image. file: name without folder; sha256: of its
    bytes. fault: why no volume and no distance are told, "" for a sound closed body. size_mm, centre_mm: of
    the box round it along the file's axes. long_axis: unit direction in the file's axes when the body is
    elongated. material: row of ``resources/materials/implants.toml``, "" when none was said.
    """

    id: str
    name: str
    kind: Kind
    blob: str
    file: str
    sha256: str
    format: str
    unit: str
    frame: str
    triangles: int
    size_mm: tuple[float, float, float]
    centre_mm: tuple[float, float, float]
    area_mm2: float
    volume_mm3: float | None
    fault: str = ""
    long_axis: tuple[float, float, float] | None = None
    material: str = ""
    pose: tuple[tuple[float, ...], ...] = field(default=IDENTITY)
    rgb: Rgb = COLOURS["implant"]
    visible: bool = True
    notes: tuple[str, ...] = ()

    @property
    def matrix(self) -> FloatArray:
        """The pose as an array 4x4."""
        return np.array(self.pose, float)

    @property
    def middle_mm(self) -> FloatArray:
        """(3,) where the middle of its box lies now, LPS mm."""
        out: FloatArray = self.matrix[:3, :3] @ np.array(self.centre_mm) + self.matrix[:3, 3]
        return out

    def placed(self, matrix: FloatArray) -> OwnObject:
        """The same body at another pose 4x4."""
        return replace(self, pose=tuple(tuple(float(v) for v in row) for row in matrix))

    def as_dict(self) -> dict[str, Any]:
        """What the case keeps."""
        return {k: _plain(v) for k, v in asdict(self).items() if k != "id"}

    def described(self) -> dict[str, Any]:
        """For --json, without the blob; lengths in mm, LPS."""
        out = {"id": self.id, **self.as_dict(), "middle_mm": self.middle_mm.tolist(), "simulated": False}
        del out["blob"]
        return out


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def objects_of(state: Mapping[str, Any]) -> tuple[OwnObject, ...]:
    """The objects of a case, oldest first."""
    fields = OwnObject.__dataclass_fields__
    return tuple(
        OwnObject(id=key, **{k: _tuples(v) for k, v in row.items() if k in fields})
        for key, row in sorted((state.get(KEY) or {}).items())
    )


def next_id(state: Mapping[str, Any]) -> str:
    """An id after all that the case has."""
    return f"{max((int(key) for key in state.get(KEY) or {}), default=0) + 1:04d}"


def find_object(state: Mapping[str, Any], name: str) -> OwnObject:
    """The object of this name (or id); case does not matter. Raises InputError "object.unknown"."""
    known = objects_of(state)
    for one in known:
        if name.casefold() in (one.name.casefold(), one.id):
            return one
    raise InputError(
        "object.unknown",
        f"There is no object called {name!r} in this case.",
        hint=f"Objects of this case: {', '.join(o.name for o in known) or 'none'}.",
        where=name,
    )


def mesh_of(case: Case, own: OwnObject) -> SurfaceMesh:
    """The triangles in the axes of the file, mm; kept in memory with the case."""

    def read() -> SurfaceMesh:
        with np.load(case.folder.blob(own.blob)) as data:
            return SurfaceMesh(data["points_mm"], data["triangles"])

    out: SurfaceMesh = case.kept(f"object {own.blob}", own.blob, read)
    return out


def placed_mesh(case: Case, own: OwnObject) -> SurfaceMesh:
    """The triangles where the object lies, LPS mm."""
    mesh, matrix = mesh_of(case, own), own.matrix
    return SurfaceMesh(mesh.points_mm @ matrix[:3, :3].T + matrix[:3, 3], mesh.triangles)
