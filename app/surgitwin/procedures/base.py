"""What a procedure is: one operation with its steps, parameters, proposals, checks and metrics.

A procedure holds no Qt and no DOLFINx. Further ones come from the entry point group
``surgitwin.procedures`` of any installed package (see `surgitwin.procedures.registry`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.arrays import FloatArray, readonly
from surgitwin.core.errors import UsageError
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.metric import MetricDefinition, MetricValue
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.core.progress import SILENT, Progress
from surgitwin.core.solids import ImplantSolids
from surgitwin.implants import OperativeEntry
from surgitwin.mechanics.problem import Bone, ContactSettings, ContactSurface, Patch, Solution

Severity = Literal["error", "warning", "info"]
Kind = Literal["number", "whole", "text"]
Family = Literal["bone", "vessel"]


@dataclass(frozen=True)
class Step:
    """One step of the operation as the window shows it."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Parameter:
    """One option of a procedure. unit "1" without a dimension; `default` None means "chosen by the program".

    source says where default and range come from; verified is False for settings of this program.
    reason: why the range ends where it does, told to whoever leaves it.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    default: float | int | str | None
    source: str
    verified: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    reason: str = ""

    @property
    def unit_text(self) -> str:
        """The unit after a blank; nothing without a dimension."""
        return "" if self.unit == "1" else f" {self.unit}"

    def parse(self, value: object) -> float | int | str:
        """The value in its kind; UsageError ("option.value", "option.range") naming the option."""
        if self.kind == "text":
            text = str(value)
            if self.choices and text not in self.choices:
                raise UsageError(
                    "option.value",
                    f"{self.name} = {text!r} is not known.",
                    hint=f"Use one of {', '.join(self.choices)}.",
                    where=self.name,
                )
            return text
        try:
            number = float(str(value))
        except ValueError:
            raise UsageError(
                "option.value",
                f"{self.name} = {value!r} is not a number.",
                hint=f"Give it in {self.unit}." if self.unit != "1" else "Give a number.",
            ) from None
        low = self.minimum if self.minimum is not None else -float("inf")
        high = self.maximum if self.maximum is not None else float("inf")
        if not low <= number <= high or (self.kind == "whole" and number != int(number)):
            raise UsageError(
                "option.range",
                f"{self.name} = {number:g} is outside {low:g} to {high:g}{self.unit_text}.",
                hint=self.reason
                or ("Whole numbers only." if self.kind == "whole" else "Choose a value in this range."),
                where=self.name,
            )
        return int(number) if self.kind == "whole" else number


@dataclass(frozen=True, eq=False)
class Context:
    """What a procedure may look at: the measured bone and its closed outline (canal filled), LPS.

    keep_out: name -> (n, 3) surface points, LPS mm, of structures that no implant may touch.
    other_bone: (n, 3) surface points of the neighbouring bones, None when they were not segmented.
    """

    anatomy: FemurAnatomy
    surface: SurfaceMesh
    keep_out: Mapping[str, FloatArray] = field(default_factory=dict)
    other_bone: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Solved:
    """One solved problem with what it was made of: the bone's stiffness and the implants' solids.

    loaded: the bone's patches (corner numbers of `bone.mesh`) on which loads act; strain next to them
    is made by the load's spread and is left out of bone metrics. surfaces: free surfaces of the implants
    with the bone that they look at, whether they transmitted force or not.
    """

    solution: Solution
    bone: Bone
    solids: tuple[ImplantSolids, ...] = ()
    loaded: tuple[Patch, ...] = ()
    surfaces: tuple[ContactSurface, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """Plans, and what the user must know about them."""

    plans: tuple[Plan, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Result of one geometric check: a fault ("error", "warning") or a measured value ("info").

    point_mm: where it was measured, LPS, None when it has no single place.
    """

    code: str
    severity: Severity
    message: str
    implant: str
    value: float
    unit: str
    point_mm: tuple[float, float, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as the command line prints it."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Handles:
    """How one implant is taken hold of, LPS.

    origin_mm (3,): where its handle stands. slide (3,): unit direction of `slide`, positive proximally.
    pivot_mm (3,): point on the axis of `turn`; turn (3,): its unit direction, so that a right-handed turn
    about it is a positive one (the lateral side moves to the front, on either side of the body).
    """

    origin_mm: FloatArray
    slide: FloatArray
    pivot_mm: FloatArray
    turn: FloatArray

    def __post_init__(self) -> None:
        for name in ("origin_mm", "slide", "pivot_mm", "turn"):
            object.__setattr__(self, name, readonly(getattr(self, name), float))


@dataclass(frozen=True)
class Fit:
    """Whether a catalogue item suits a plan: "fits", "tight" (works with a fault) or "no", and why."""

    verdict: Literal["fits", "tight", "no"]
    reason: str


@runtime_checkable
class Procedure(Protocol):
    """One operation, whatever it is done on. family: "bone" or "vessel", says which of the two protocols
    below.
    """

    name: str
    title: str
    family: Family
    steps: tuple[Step, ...]
    parameters: tuple[Parameter, ...]

    def metric_definitions(self) -> tuple[MetricDefinition, ...]:
        """The metrics that the procedure gives."""
        ...

    def operative_list(self, plan: Plan) -> tuple[OperativeEntry, ...]:
        """`implants.OperativeEntry` lines of the whole plan."""
        ...

    def implants_of(self, plan: Plan) -> tuple[PlacedImplant, ...]:
        """The placed implants of a plan."""
        ...


@runtime_checkable
class BoneProcedure(Procedure, Protocol):
    """An operation on a bone: placed solids, one linear problem a plan."""

    def propose(
        self,
        context: Context,
        fracture: Fracture | None,
        options: Mapping[str, object],
        progress: Progress = SILENT,
    ) -> Proposal:
        """Plans for an anatomy; UsageError for unknown options, GeometryError for what does not fit."""
        ...

    def check(self, context: Context, plan: Plan) -> list[Finding]:
        """Geometric checks without finite elements, in under 0.2 s."""
        ...

    def place(self, context: Context, plan: Plan, catalogue_id: str) -> Plan:
        """The plan with one more implant at its first place; InputError as `implants.item`, GeometryError."""
        ...

    def resize(self, context: Context, plan: Plan, index: int, catalogue_id: str) -> Plan:
        """Implant `index` in another size where it is, or another implant at its first place."""
        ...

    def snap(self, context: Context, plan: Plan, index: int) -> Plan:
        """Implant `index` laid against the bone (or centred in it) at its present place; screws refitted."""
        ...

    def slide(self, context: Context, plan: Plan, index: int, mm: float) -> Plan:
        """Implant `index` moved along the bone, positive proximally; it follows the bone."""
        ...

    def turn(self, context: Context, plan: Plan, index: int, degrees: float) -> Plan:
        """Implant `index` turned about the shaft or its own axis; positive moves its lateral side to the
        front."""
        ...

    def refit_screws(
        self, context: Context, plan: Plan, index: int, holes: Sequence[int] | None = None
    ) -> Plan:
        """Every screw of implant `index` aimed and of the catalogue length that the far cortex asks for.

        holes: with it exactly these holes are filled, and screws that are there keep their length.
        """
        ...

    def handles(self, context: Context, plan: Plan, index: int) -> Handles:
        """Axes for sliding and turning implant `index`."""
        ...

    def fit(self, context: Context, plan: Plan, catalogue_id: str) -> Fit:
        """Whether a catalogue item suits the bone and the fracture of a plan."""
        ...

    def bone(self, base: Bone, plan: Plan, implants: Sequence[ImplantSolids]) -> Bone:
        """Stiffness of the bone under a plan, from the intact one on the plan's mesh."""
        ...

    def contact(
        self,
        image: Bone,
        planned: Bone,
        plan: Plan,
        implants: Sequence[ImplantSolids],
        meshes: Sequence[TetMesh],
    ) -> tuple[tuple[ContactSurface, ...], ContactSettings]:
        """Free surfaces of the implants next to bone, and how the plan treats them.

        image: the bone as `bone` is given it, planned: as it gives it back. meshes: of the implants.
        """
        ...

    def metrics(
        self, context: Context, plan: Plan | None, run: Solved, intact: Solved | None = None
    ) -> list[MetricValue]:
        """Metrics of a solved plan (None: the intact bone) for every load case."""
        ...


def parameters_from(rows: Mapping[str, Mapping[str, Any]]) -> tuple[Parameter, ...]:
    """Options from the rows of a procedure's table: name -> its fields."""
    return tuple(
        Parameter(
            name=name,
            title=row["title"],
            kind=row["kind"],
            unit=row["unit"],
            default=row.get("default"),
            source=row["source"],
            verified=row["verified"],
            minimum=row.get("minimum"),
            maximum=row.get("maximum"),
            choices=tuple(row.get("choices", ())),
            reason=row.get("reason", ""),
        )
        for name, row in rows.items()
    )


def parse_options(parameters: Sequence[Parameter], options: Mapping[str, object]) -> dict[str, Any]:
    """Options with their defaults; only keys with a value (given or default) appear.

    Raises UsageError: "option.unknown" with the known names, "option.value", "option.range".
    """
    known = {p.name: p for p in parameters}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise UsageError(
            "option.unknown",
            f"Unknown option {', '.join(unknown)}.",
            hint=f"Known options: {', '.join(sorted(known))}.",
            where=", ".join(unknown),
        )
    out: dict[str, Any] = {p.name: p.default for p in parameters if p.default is not None}
    out.update({name: known[name].parse(value) for name, value in options.items()})
    return out
