"""The procedure object of transcatheter valves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core.device import DeviceFrame
from surgitwin.core.errors import InputError
from surgitwin.core.metric import MetricDefinition, MetricValue
from surgitwin.core.plan import PlacedImplant, Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.implants import OperativeEntry, valve
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.base import Family, Finding, Fit, Parameter, Proposal, Step, parse_options
from surgitwin.procedures.valve import chart as charts
from surgitwin.procedures.valve import check as checks
from surgitwin.procedures.valve import matrix, metrics, risk, sizing, wall
from surgitwin.procedures.valve.adjust import adjust
from surgitwin.procedures.valve.fit import fit
from surgitwin.procedures.valve.options import option, parameters
from surgitwin.procedures.valve.place import NAME, depth, item_of
from surgitwin.procedures.valve.table import definitions
from surgitwin.procedures.vessel import Chart, Knob, MatrixPlace, Question, RiskBand, Site, VesselContext

STEPS = (
    Step("root", "Root", "Confirm the three hinge points, the ostia and the membranous septum."),
    Step("size", "Size", "Choose family and size; the published range and the oversizing stand beside it."),
    Step("depth", "Depth", "Set the depth of the inflow end below the annulus plane."),
    Step("check", "Check", "Landing zone, size range, sinus, coronaries, image phase, metal."),
)
DEPTH_STEP_MM = 0.5
"""Planning setting: finer than a valve can be placed."""


class ValveProcedure:
    """Transcatheter aortic valve: three sizes by three depths."""

    name = NAME
    title = "Transcatheter aortic valve"
    family: Family = "vessel"
    site: Site = "aortic_root"
    steps = STEPS
    questions: tuple[Question, ...] = risk.QUESTIONS

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Options of `propose`."""
        return parameters()

    def metric_definitions(self) -> tuple[MetricDefinition, ...]:
        """Metrics at every level."""
        return definitions()

    def propose(
        self, context: VesselContext, options: Mapping[str, object], progress: Progress = SILENT
    ) -> Proposal:
        """Nine plans: the best size with its neighbours, each at three depths; UsageError for options."""
        progress("Sizes and depths", 0.0)
        return matrix.propose(_root(context), parse_options(self.parameters, options))

    def check(self, context: VesselContext, plan: Plan) -> list[Finding]:
        """Findings of a plan; see `check`."""
        return checks.check(_root(context), plan)

    def knobs(self, context: VesselContext, plan: Plan) -> tuple[Knob, ...]:
        """One slider: the depth. The size is changed through "catalogue_id"."""
        found = option("depth_mm")
        low, high = float(found.minimum or 0.0), float(found.maximum or 0.0)
        return (Knob("depth_mm", "Depth below the annulus", "mm", low, high, DEPTH_STEP_MM),)

    def adjust(self, context: VesselContext, plan: Plan, changes: Mapping[str, object]) -> Plan:
        """The plan with another depth_mm or catalogue_id; see `adjust`."""
        return adjust(_root(context), plan, changes)

    def fit(self, context: VesselContext, plan: Plan, catalogue_id: str) -> Fit:
        """Whether a valve suits the annulus, the sinuses and the imaged landing zone."""
        return fit(_root(context), plan, catalogue_id)

    def device(self, plan: Plan) -> DeviceFrame:
        """The frame of the catalogue; InputError "implant.unknown", "implant.wrong_kind"."""
        return item_of(plan).frame

    def sizing(self, context: VesselContext, plan: Plan) -> list[MetricValue]:
        """Metrics at L0."""
        return sizing.sizing(_root(context), plan)

    def deployments(
        self, context: VesselContext, plan: Plan, *, size: float = 1.0
    ) -> Mapping[str, Deployment]:
        """Nominal wall, soft and thin, stiff and thick; see `wall.deployments`."""
        return wall.deployments(_root(context), plan, size=size)

    def metrics(
        self,
        context: VesselContext,
        plan: Plan,
        tasks: Mapping[str, Deployment],
        results: Mapping[str, DeploymentResult],
    ) -> list[MetricValue]:
        """Metrics of a deployed plan with bands."""
        return metrics.metrics(_root(context), plan, tasks, results)

    def risks(self, context: VesselContext, found: Sequence[MetricValue]) -> tuple[RiskBand, ...]:
        """Published groups beside the plan's metrics (of all levels), worded after the answers."""
        return risk.risk_bands(found, context.answers)

    def chart(
        self,
        context: VesselContext,
        plans: Mapping[str, tuple[Plan, Mapping[str, Deployment], Mapping[str, DeploymentResult]]],
    ) -> Chart | None:
        """Diameter along the root for the deployed plans."""
        return charts.chart(_root(context), plans)

    def matrix_place(self, plan: Plan) -> MatrixPlace | None:
        """Column: family and size; row: depth."""
        item = item_of(plan)
        return MatrixPlace(item.title, f"{depth(plan):g} mm deep", item.size_mm, depth(plan))

    def operative_list(self, plan: Plan) -> tuple[OperativeEntry, ...]:
        """The valve and where it goes."""
        item = item_of(plan)
        place = f"inflow end {depth(plan):g} mm below the annulus"
        return (OperativeEntry(1, item.id, item.title, place, item.frame.length_mm, item.verified),)

    def implants_of(self, plan: Plan) -> tuple[PlacedImplant, ...]:
        """The placed valve."""
        for placed in plan.implants:
            valve(placed.catalogue_id)
        return plan.implants


def _root(context: VesselContext) -> RootAnatomy:
    if isinstance(context.anatomy, RootAnatomy):
        return context.anatomy
    raise InputError(
        "valve.not_a_root",
        "A valve is planned on an aortic root; this case measured an artery.",
        hint="Measure the aortic root: `surgitwin segment CASE --preset aortic_root`.",
    )


PROCEDURE = ValveProcedure()
