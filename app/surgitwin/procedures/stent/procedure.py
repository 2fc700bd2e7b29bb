"""The procedure object of stenting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surgitwin.core.device import DeviceFrame
from surgitwin.core.metric import MetricDefinition, MetricValue
from surgitwin.core.plan import PlacedImplant, Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.implants import OperativeEntry
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.result import DeploymentResult
from surgitwin.procedures.base import Family, Finding, Fit, Parameter, Proposal, Step, parse_options
from surgitwin.procedures.stent import propose as proposing
from surgitwin.procedures.stent import wall
from surgitwin.procedures.stent.chart import chart
from surgitwin.procedures.stent.check import check_stent
from surgitwin.procedures.stent.fit_hint import fit_hint
from surgitwin.procedures.stent.metrics import metrics
from surgitwin.procedures.stent.place import NAME, adjust, knobs
from surgitwin.procedures.stent.site import Site, Stented, item_of
from surgitwin.procedures.stent.sizing import sizing
from surgitwin.procedures.stent.table import definitions, parameters
from surgitwin.procedures.vessel import Chart, Knob, MatrixPlace, Question, RiskBand, VesselContext
from surgitwin.procedures.vessel import Site as VesselSite

STEPS = (
    Step("lesion", "Narrowing", "Segment the artery between two clicks; the narrowings are proposed."),
    Step("device", "Stent", "Take a proposed stent or choose one; slide it along the vessel."),
    Step("check", "Check", "Landing zones, side branches, size, expansion, what the image cannot tell."),
    Step("deploy", "Deploy", "Inflate or release the stent in the deformable wall."),
)


class Stenting:
    """A balloon-expandable or self-expanding stent in a narrowed artery."""

    name = NAME
    title = "Stent in a narrowed artery"
    family: Family = "vessel"
    site: VesselSite = "artery"
    steps = STEPS
    questions: tuple[Question, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Options of `propose`."""
        return parameters()

    def metric_definitions(self) -> tuple[MetricDefinition, ...]:
        """Rows "stent_*" of ``resources/metrics.toml``."""
        return definitions()

    def propose(
        self, context: VesselContext, options: Mapping[str, object], progress: Progress = SILENT
    ) -> Proposal:
        """Two plans or more; see `propose.propose`. Raises UsageError for unknown options."""
        chosen = parse_options(self.parameters, options)
        progress("Sizes of the catalogue", 0.0)
        return proposing.propose(Site.of(context, chosen), chosen)

    def check(self, context: VesselContext, plan: Plan) -> list[Finding]:
        """Geometric findings; see `check`."""
        return check_stent(Stented.of(context, plan), plan)

    def knobs(self, context: VesselContext, plan: Plan) -> tuple[Knob, ...]:
        """Sliders of position, diameter, length and balloon."""
        return knobs(context, plan)

    def adjust(self, context: VesselContext, plan: Plan, changes: Mapping[str, object]) -> Plan:
        """The plan changed; see `place.adjust`."""
        return adjust(context, plan, changes)

    def fit(self, context: VesselContext, plan: Plan, catalogue_id: str) -> Fit:
        """Whether a stent suits the narrowing; see `fit_hint.fit_hint`."""
        return fit_hint(context, plan, catalogue_id)

    def device(self, plan: Plan) -> DeviceFrame:
        """The stent's rings as the catalogue gives them."""
        return item_of(plan).frame

    def sizing(self, context: VesselContext, plan: Plan) -> list[MetricValue]:
        """Metrics at L0; see `sizing`."""
        return sizing(Stented.of(context, plan), plan)

    def deployments(
        self, context: VesselContext, plan: Plan, *, size: float = 1.0
    ) -> Mapping[str, Deployment]:
        """The nominal wall and two thicknesses; see `wall.deployments`."""
        return wall.deployments(Stented.of(context, plan), plan, size)

    def metrics(
        self,
        context: VesselContext,
        plan: Plan,
        tasks: Mapping[str, Deployment],
        results: Mapping[str, DeploymentResult],
    ) -> list[MetricValue]:
        """Metrics of a deployed plan; see `metrics.metrics`."""
        return metrics(Stented.of(context, plan), plan, tasks, results)

    def chart(
        self,
        context: VesselContext,
        plans: Mapping[str, tuple[Plan, Mapping[str, Deployment], Mapping[str, DeploymentResult]]],
    ) -> Chart | None:
        """Lumen area along the centreline; see `chart.chart`."""
        return chart(Site.of(context, {}).artery, plans)

    def risks(self, context: VesselContext, found: Sequence[MetricValue]) -> tuple[RiskBand, ...]:
        """None: no published groups are shown beside stents."""
        return ()

    def matrix_place(self, plan: Plan) -> MatrixPlace | None:
        """None: stent plans have no picture grid."""
        return None

    def implants_of(self, plan: Plan) -> tuple[PlacedImplant, ...]:
        """The one stent."""
        return plan.implants

    def operative_list(self, plan: Plan) -> tuple[OperativeEntry, ...]:
        """The stent with its length and, for a balloon, the diameter to inflate to."""
        item = item_of(plan)
        place = f"middle at {plan.options['position_mm']:g} mm along the vessel"
        if item.expansion == "balloon_expandable":
            place += f", inflated to {plan.options['balloon_mm']:g} mm"
        return (OperativeEntry(1, item.id, item.title, place, item.length_mm, item.verified),)


PROCEDURE = Stenting()
