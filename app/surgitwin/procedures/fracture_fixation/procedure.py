"""The procedure object of fracture fixation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from surgitwin.core.errors import GeometryError
from surgitwin.core.mesh import TetMesh
from surgitwin.core.metric import MetricDefinition, MetricValue
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.solids import ImplantSolids
from surgitwin.implants import OperativeEntry, PlateItem, catalogue, nail, operative_list, plate
from surgitwin.mechanics.problem import Bone, ContactSettings, ContactSurface
from surgitwin.procedures.base import (
    Context,
    Family,
    Finding,
    Fit,
    Handles,
    Parameter,
    Proposal,
    Solved,
    Step,
    parse_options,
)
from surgitwin.procedures.fracture_fixation import adjust
from surgitwin.procedures.fracture_fixation.checks import check_plan
from surgitwin.procedures.fracture_fixation.contact_option import contact_settings
from surgitwin.procedures.fracture_fixation.cut import checked, upright, virtual_cut
from surgitwin.procedures.fracture_fixation.fit_hint import fit_hint
from surgitwin.procedures.fracture_fixation.metrics import metrics
from surgitwin.procedures.fracture_fixation.nail import Misfit, choose_nail
from surgitwin.procedures.fracture_fixation.options import limit, parameters
from surgitwin.procedures.fracture_fixation.plate import fit_plate, middle_z, patterns, with_screws
from surgitwin.procedures.fracture_fixation.remodel import fixation_bone
from surgitwin.procedures.fracture_fixation.site import Site
from surgitwin.procedures.fracture_fixation.table import definitions
from surgitwin.procedures.fracture_fixation.walls import contact_surfaces

NAME = "fracture_fixation"
HOLES_PER_SIDE = 6
"""A proposed plate has at most this many holes on each side: planning setting, some three times the
screws that are needed."""

STEPS = (
    Step(
        "fracture", "Fracture", "Take the fracture from a file or cut virtually below the lesser trochanter."
    ),
    Step("implant", "Implant", "Choose plate or nail from the catalogue and place it on the bone."),
    Step("screws", "Screws", "Choose holes; lengths follow from the far cortex."),
    Step("check", "Check", "Clearance, breach, collision, screw length and distance to the gap."),
)


class FractureFixation:
    """Lateral locking plate or antegrade nail for a fracture of the femoral shaft."""

    name = NAME
    title = "Fracture fixation of the femoral shaft"
    family: Family = "bone"
    steps = STEPS

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Options of `propose`."""
        return parameters()

    def propose(
        self,
        context: Context,
        fracture: Fracture | None,
        options: Mapping[str, object],
        progress: Progress = SILENT,
    ) -> Proposal:
        """A plate plan and a nail plan; two different plate plans when no nail fits (stated in warnings).

        Raises UsageError for unknown options, GeometryError ("nail.does_not_fit", "plate.does_not_fit",
        "fracture.outside") for an implant asked for by name that does not fit.
        """
        chosen = parse_options(self.parameters, options)
        progress("Distances to the bone", 0.0)
        site = Site.of(context)
        warnings: list[str] = []
        if fracture is None:
            fracture = virtual_cut(site, chosen)
            warnings.append(
                f"Virtual fracture: no fracture was given; a transverse gap of {chosen['gap_mm']:g} mm is "
                f"set {chosen['cut_below_lt_mm']:g} mm below the lesser trochanter."
            )
        else:
            fracture, warnings = _with_options(checked(site, fracture), options, chosen)
        progress("Plate", 0.3)
        first = plate_plan(site, fracture, chosen, str(chosen.get("plate", "")), "plate")
        progress("Nail", 0.6)
        second, more = self._second(site, fracture, chosen, first)
        return Proposal((first, second), (*warnings, *more, *_plan_warnings(site, (first, second))))

    def check(self, context: Context, plan: Plan) -> list[Finding]:
        """Geometric findings of a plan; see `checks`."""
        return check_plan(Site.of(context), plan, context)

    def place(self, context: Context, plan: Plan, catalogue_id: str) -> Plan:
        """The plan with one more plate or nail at its first place; see `adjust.place`."""
        return adjust.place(Site.of(context), plan, catalogue_id)

    def resize(self, context: Context, plan: Plan, index: int, catalogue_id: str) -> Plan:
        """Another size (or another implant) for implant `index`; see `adjust.resize`."""
        return adjust.resize(Site.of(context), plan, index, catalogue_id)

    def snap(self, context: Context, plan: Plan, index: int) -> Plan:
        """The implant laid on the bone or centred in the canal; see `adjust.snap`."""
        return adjust.snap(Site.of(context), plan, index)

    def slide(self, context: Context, plan: Plan, index: int, mm: float) -> Plan:
        """The implant moved along the shaft, positive proximally; see `adjust.slide`."""
        return adjust.slide(Site.of(context), plan, index, mm)

    def turn(self, context: Context, plan: Plan, index: int, degrees: float) -> Plan:
        """The implant turned about the shaft or its own axis; see `adjust.turn`."""
        return adjust.turn(Site.of(context), plan, index, degrees)

    def refit_screws(
        self, context: Context, plan: Plan, index: int, holes: Sequence[int] | None = None
    ) -> Plan:
        """Screws aimed and of the length that the far cortex asks for; see `adjust.refit_screws`."""
        return adjust.refit_screws(Site.of(context), plan, index, holes)

    def handles(self, context: Context, plan: Plan, index: int) -> Handles:
        """Axes of sliding and turning; see `adjust.handles`."""
        return adjust.handles(Site.of(context), plan, index)

    def fit(self, context: Context, plan: Plan, catalogue_id: str) -> Fit:
        """Whether a plate or nail suits bone and fracture; see `fit_hint.fit_hint`."""
        return fit_hint(Site.of(context), plan, catalogue_id)

    def implants_of(self, plan: Plan) -> tuple[PlacedImplant, ...]:
        """The placed implants of a plan."""
        return plan.implants

    def operative_list(self, plan: Plan) -> tuple[OperativeEntry, ...]:
        """All implants of the plan with their screws, in order of use."""
        rows = [entry for placed in plan.implants for entry in operative_list(placed)]
        return tuple(replace(entry, order=n) for n, entry in enumerate(rows, 1))

    def metric_definitions(self) -> tuple[MetricDefinition, ...]:
        """Rows of ``resources/metrics.toml``."""
        return definitions()

    def metrics(
        self, context: Context, plan: Plan | None, run: Solved, intact: Solved | None = None
    ) -> list[MetricValue]:
        """Metrics of a solved plan; see `metrics.metrics`."""
        known = None if plan is None else upright(Site.of(context), plan)
        return metrics(context, known, run, intact)

    def bone(self, base: Bone, plan: Plan, implants: Sequence[ImplantSolids]) -> Bone:
        """The bone's stiffness under a plan; see `remodel.fixation_bone`."""
        return fixation_bone(base, plan, implants)

    def contact(
        self,
        image: Bone,
        planned: Bone,
        plan: Plan,
        implants: Sequence[ImplantSolids],
        meshes: Sequence[TetMesh],
    ) -> tuple[tuple[ContactSurface, ...], ContactSettings]:
        """Nail against canal, plate against cortex; see `walls.contact_surfaces` and `contact_option`."""
        ten = [mesh.with_midside_nodes() for mesh in meshes]
        return contact_surfaces(image, planned, implants, ten), contact_settings(plan)

    def _second(
        self, site: Site, fracture: Fracture, chosen: dict[str, Any], first: Plan
    ) -> tuple[Plan, list[str]]:
        name = chosen.get("nail")
        if name is not None:
            nail(str(name))
        placed, misfits = choose_nail(site, fracture, float(chosen["ream_limit_mm"]), name)
        if placed is not None:
            return Plan(NAME, "nail", site.anatomy.side, fracture, (placed,), chosen), []
        if name is not None:
            raise GeometryError(
                "nail.does_not_fit",
                f"The nail {name} does not fit: {misfits[0].reason}.",
                hint="Choose another nail, or leave the option out to let the program choose.",
                where="nail",
            )
        other = plate_plan(site, fracture, chosen, "", "plate-2", unlike=first.implants[0].catalogue_id)
        return other, [f"No nail of the catalogue fits ({_closest(misfits)}); the second plan is a plate."]


def _with_options(
    fracture: Fracture, options: Mapping[str, object], chosen: Mapping[str, Any]
) -> tuple[Fracture, list[str]]:
    """A given fracture with the options that overrule it, and what the user must know about them."""
    notes = []
    if fracture.virtual:
        notes.append("Virtual fracture: the fracture file says that the bone is not really broken.")
    if "cut_below_lt_mm" in options:
        notes.append("The option cut_below_lt_mm is ignored: the place is that of the fracture file.")
    changes = {k: chosen[k] for k in ("gap_mm", "healing") if k in options}
    for key, value in changes.items():
        before = getattr(fracture, key)
        if value != before:
            notes.append(f"The option {key} = {value} replaces {before} of the fracture file.")
    return replace(fracture, **changes), notes


def plate_plan(
    site: Site, fracture: Fracture, chosen: Mapping[str, Any], plate_id: str, name: str, unlike: str = ""
) -> Plan:
    """A plan with one lateral plate: the one asked for, or the best of the catalogue that fits.

    Best is the longest whose distance to the bone nowhere exceeds the limit of `plate.standoff`; when
    all exceed it, the closest. unlike: catalogue id of another plan's plate; narrow plates then come
    before broad ones. Raises GeometryError ("plate.does_not_fit") with the reasons.
    """
    wanted = [plate(plate_id)] if plate_id else _candidates(unlike)
    reason, code = "it has no three holes on each side of the fracture", ""
    fitting: list[tuple[float, Plan]] = []
    for item in wanted:
        for pattern in patterns(item.n_holes, int(chosen["screws_per_side"])):
            if not plate_id and max(pattern.proximal, pattern.distal) > HOLES_PER_SIDE:
                continue
            z = middle_z(site, item, pattern, site.height(fracture))
            if z + item.hole_z_mm(item.n_holes) < site.distal_z_mm:
                continue
            pose = fit_plate(site, item, z, float(chosen["standoff_mm"]))
            placed = with_screws(site, item, pose, pattern.filled)
            plan = Plan(NAME, name, site.anatomy.side, fracture, (placed,), dict(chosen))
            findings = check_plan(site, plan)
            bad = [
                f for f in findings if f.severity != "info" and (f.severity == "error" or f.code in MUST_HOLD)
            ]
            away = next(f.value for f in findings if f.code == "plate.standoff")
            if bad:
                reason, code = bad[0].message.rstrip("."), bad[0].code
            elif away <= limit("plate_standoff_max"):
                return plan
            else:
                fitting.append((away, plan))
    if fitting:
        # To a tenth of a millimetre: of plates that lie as close, the earlier candidate is kept.
        return min(fitting, key=lambda pair: round(pair[0], 1))[1]
    raise GeometryError(
        "plate.does_not_fit",
        f"The plate {plate_id} does not fit: {reason}."
        if plate_id
        else f"No plate of the catalogue fits. For the last one tried: {reason}.",
        hint=_remedy(code, plate_id),
        where="plate",
    )


def _remedy(code: str, plate_id: str) -> str:
    """The next step for the finding that ruled a plate out."""
    other = "Choose another plate, or leave the option out to let the program choose." if plate_id else ""
    remedies = {
        "plate.clearance": "Give a larger standoff_mm.",
        "screw.gap_distance": "Give a smaller gap_mm, or a fracture less oblique to the shaft.",
        "screw.unicortical": "Move the fracture to where the shaft is narrower.",
        "": "Choose a plate with six holes or more." if plate_id else "Move the fracture away from the ends.",
    }
    own = remedies.get(code, "Move the fracture to where more bone is left on both sides of it.")
    return f"{own} {other}".strip()


MUST_HOLD = ("screw.unicortical", "screw.cut_distance", "screw.gap_distance")
"""Findings that a *proposed* plate must not have even as warnings."""


def _candidates(unlike: str) -> list[PlateItem]:
    """Broad plates first, most holes first; after a broad plate the narrow ones come first."""
    plates = [i for i in catalogue().values() if isinstance(i, PlateItem) and i.id != unlike]
    plates = [i for i in plates if i.n_holes <= 2 * HOLES_PER_SIDE]
    narrow_first = unlike.startswith("plate-broad")
    return sorted(plates, key=lambda i: (i.id.startswith("plate-narrow") != narrow_first, -i.n_holes))


def _closest(misfits: list[Misfit]) -> str:
    """The reason of the shortest, thinnest nail: what stands in the way of every other one too."""
    if not misfits:
        return "the catalogue has none"
    last = min(misfits, key=lambda m: (m.item.length_mm, m.item.diameter_mm))
    return f"{last.item.id}: {last.reason}"


def _plan_warnings(site: Site, plans: tuple[Plan, ...]) -> list[str]:
    return [
        f"Plan {plan.name}: {finding.message}"
        for plan in plans
        for finding in check_plan(site, plan)
        if finding.severity != "info"
    ]


PROCEDURE = FractureFixation()
