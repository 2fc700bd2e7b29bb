"""What the window is given to show: plain values, filled by `planning`."""

from __future__ import annotations

from collections.abc import Mapping
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
    """One plan. results: by load case name. stale: its inputs changed after it was solved."""

    name: str
    title: str
    solids: tuple[ImplantSolids, ...] = ()
    results: Mapping[str, PlanResult] = field(default_factory=dict)
    stale: bool = False


@dataclass(frozen=True, eq=False)
class CaseView:
    """One case as it stands; anything that does not exist yet is None or empty.

    surfaces: bone surfaces by name. compare: the object of ``compare.json``. metric_titles: metric id
    to title. notices: lines that the user must see (virtual fracture, uncalibrated, warnings).
    body_weight_kg: None when neither image nor user gave it.
    """

    name: str
    volume: Volume | None = None
    labels: LabelMap | None = None
    anatomy: FemurAnatomy | None = None
    surfaces: Mapping[str, SurfaceMesh] = field(default_factory=dict)
    fracture: Fracture | None = None
    plans: tuple[PlanView, ...] = ()
    compare: Mapping[str, Any] | None = None
    metric_titles: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    body_weight_kg: float | None = None
