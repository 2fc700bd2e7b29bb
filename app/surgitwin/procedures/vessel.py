"""What an operation on a vessel is: a device on a course, deployed against a wall that gives way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.device import DeviceFrame
from surgitwin.core.metric import MetricValue
from surgitwin.core.plan import Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.base import Finding, Fit, Procedure, Proposal

Site = Literal["aortic_root", "artery"]
NOMINAL = "nominal"


@dataclass(frozen=True, eq=False)
class VesselContext:
    """What a vessel procedure may look at: the measured anatomy and what was asked about the patient.

    anatomy: a `RootAnatomy` (site "aortic_root") or an `ArteryAnatomy` (site "artery"). answers: to the
    procedure's `questions`, by id; one that was not answered is missing.
    """

    anatomy: RootAnatomy | ArteryAnatomy
    answers: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """Something about the patient that no image tells. choices: the answers; "" stands for not answered."""

    id: str
    title: str
    choices: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Knob:
    """One slider of the device tool: the option of the plan that it moves, with range and step in `unit`."""

    option: str
    title: str
    unit: str
    minimum: float
    maximum: float
    step: float


@dataclass(frozen=True, eq=False)
class Curve:
    """A line of a plan's chart: y over x."""

    title: str
    kind: Literal["before", "plan", "reference"]
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Chart:
    """What is plotted beside the table: for a stent the lumen area along the centreline."""

    title: str
    x_title: str
    y_title: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class MatrixPlace:
    """Where a plan stands in the picture grid: column (size) and row (depth) with their words."""

    column: str
    row: str
    column_value: float
    row_value: float


@dataclass(frozen=True)
class RiskGroup:
    """One published group: median or mean, and the spread that the source gives."""

    label: str
    centre: float
    low: float
    high: float


@dataclass(frozen=True)
class RiskBand:
    """One number of a plan beside the published groups.

    inside: labels of the groups whose spread the number (with its band) meets. cut: a published cut-off,
    shown and never applied. words: one or two sentences for the reader.
    """

    id: str
    title: str
    part: str
    value: float
    band: tuple[float, float] | None
    unit: str
    level: str
    groups: tuple[RiskGroup, ...]
    inside: tuple[str, ...]
    cut: float | None
    words: str
    source: str
    verified: bool


@runtime_checkable
class VesselProcedure(Procedure, Protocol):
    """An operation on a vessel."""

    site: Site
    questions: tuple[Question, ...]

    def propose(
        self, context: VesselContext, options: Mapping[str, object], progress: Progress = SILENT
    ) -> Proposal:
        """Two plans or more; UsageError for unknown options, GeometryError for what does not fit."""
        ...

    def check(self, context: VesselContext, plan: Plan) -> list[Finding]:
        """Geometric checks in under 0.2 s; a finding of severity "error" keeps the plan from being solved."""
        ...

    def knobs(self, context: VesselContext, plan: Plan) -> tuple[Knob, ...]:
        """The sliders of this plan."""
        ...

    def adjust(self, context: VesselContext, plan: Plan, changes: Mapping[str, object]) -> Plan:
        """The plan with other options (depth_mm, position_mm, diameter_mm ...) or "catalogue_id"; poses
        follow.
        """
        ...

    def fit(self, context: VesselContext, plan: Plan, catalogue_id: str) -> Fit:
        """Whether a catalogue item suits the anatomy of a plan."""
        ...

    def device(self, plan: Plan) -> DeviceFrame:
        """The device's frame as the catalogue gives it (InputError "implant.unknown")."""
        ...

    def sizing(self, context: VesselContext, plan: Plan) -> list[MetricValue]:
        """Metrics at L0: geometry alone, in well under a second. Each has level "L0"."""
        ...

    def deployments(
        self, context: VesselContext, plan: Plan, *, size: float = 1.0
    ) -> Mapping[str, Deployment]:
        """Mechanical tasks of a plan: `NOMINAL` first, then the variants of its band ("soft and thin", ...).

        size: factor on the wall's element size (1: the default of some 6 000 unknowns or more).
        """
        ...

    def metrics(
        self,
        context: VesselContext,
        plan: Plan,
        tasks: Mapping[str, Deployment],
        results: Mapping[str, DeploymentResult],
    ) -> list[MetricValue]:
        """Metrics of deployed plans (keys as `deployments`, variants may be missing) with bands and level."""
        ...

    def risks(self, context: VesselContext, found: Sequence[MetricValue]) -> tuple[RiskBand, ...]:
        """Numbers of a plan beside published groups, as bands and never as yes or no; () without any."""
        ...

    def chart(
        self,
        context: VesselContext,
        plans: Mapping[str, tuple[Plan, Mapping[str, Deployment], Mapping[str, DeploymentResult]]],
    ) -> Chart | None:
        """The chart beside the table for the plans that were deployed, None when there is none."""
        ...

    def matrix_place(self, plan: Plan) -> MatrixPlace | None:
        """Where the plan stands in the picture grid, None when the procedure has none."""
        ...
