"""What the window is given to show: plain values, filled by `planning`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.image import LabelMap, Volume
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.plan import Fracture
from surgitwin.core.solids import ImplantSolids
from surgitwin.scene.model import PlanResult


@dataclass(frozen=True, eq=False)
class PlanView:
    """One plan. title: for lists, short: for running text. solved: it has results.

    stale: its inputs changed after it was solved.
    """

    name: str
    title: str
    solids: tuple[ImplantSolids, ...] = ()
    solved: bool = False
    stale: bool = False
    short: str = ""


@dataclass(frozen=True, eq=False)
class CaseView:
    """One case as it stands; anything that does not exist yet is None or empty.

    surfaces: bone surfaces by name. compare: the object of ``compare.json``. names: machine names
    (metrics, loads, parts) to words. loads: load cases with results, first_load the one to show first.
    fields_of: plan -> fields under a load case, called in a worker. notices: lines that the user must see
    (virtual fracture, uncalibrated, warnings). body_weight_kg: None when neither image nor user gave it.
    """

    name: str
    volume: Volume | None = None
    labels: LabelMap | None = None
    anatomy: FemurAnatomy | None = None
    surfaces: Mapping[str, SurfaceMesh] = field(default_factory=dict)
    fracture: Fracture | None = None
    plans: tuple[PlanView, ...] = ()
    compare: Mapping[str, Any] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    loads: tuple[str, ...] = ()
    first_load: str = ""
    fields_of: Callable[[str], Mapping[str, PlanResult]] | None = None
    notices: tuple[str, ...] = ()
    body_weight_kg: float | None = None
