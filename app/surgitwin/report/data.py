"""What a report says, as plain values; `planning` fills it, `write_html` prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from surgitwin.core.frame import Frame, Side
from surgitwin.core.metric import MetricDefinition

if TYPE_CHECKING:
    from surgitwin.report.document import Block

NOT_REVIEWED = "Anatomy not reviewed."


@dataclass(frozen=True)
class Fact:
    """One line of a table: a name, its value with unit, and what must be known of it.

    estimated: not seen in the image. verified: False marks a value whose source nobody has checked.
    """

    name: str
    value: str
    source: str = ""
    estimated: bool = False
    verified: bool = True


@dataclass(frozen=True)
class ReportPicture:
    """A PNG (the notice is burned in by `scene`), its title and what it shows in words."""

    title: str
    png: bytes
    alt: str


@dataclass(frozen=True)
class OperativeStep:
    """One line of the operative list, in the order of the operation."""

    position: int
    item: str
    size: str
    place: str = ""
    source: str = ""
    verified: bool = True


@dataclass(frozen=True)
class PlanSection:
    """One plan. name: as in ``compare``; title: for people; short: for running text.

    findings: checks without simulation that need attention; passed_checks: the others.
    """

    name: str
    title: str
    summary: str = ""
    steps: tuple[OperativeStep, ...] = ()
    findings: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    pictures: tuple[ReportPicture, ...] = ()
    short: str = ""
    passed_checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudyTable:
    """A study in words: head, rows of as many cells, and notes below."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportData:
    """Everything in one report.

    compare: the object of ``compare.json``. key_metrics: metric ids of the first page, shown for
    key_loads (load cases). definitions: by metric id. names: machine names (loads, parts, stages) to
    words. review: who reviewed the anatomy, or that nobody did. charts: drawn from the metrics.
    runs: the objects of ``solve``'s ``runs``. parts: of ``mesh``'s ``parts``. provenance: input
    hashes and versions. calibrated: False prints "uncalibrated". frame: of the bone. fracture: in words,
    with "virtual" when it is. body_weight_kg: None is printed as "not known". created: ISO date and time.
    studies: of uncertain inputs, boundary conditions and mesh size. numerics: numerical checks of all plans.
    objects: the section on own implants and reference objects, empty without any.
    """

    case: str
    patient: str
    created: str
    program: str
    side: Side
    frame: Frame
    fracture: str
    virtual_fracture: bool
    calibrated: bool
    compare: Mapping[str, Any]
    definitions: Mapping[str, MetricDefinition]
    key_metrics: tuple[str, ...]
    plans: tuple[PlanSection, ...]
    body_weight_kg: float | None = None
    image: tuple[Fact, ...] = ()
    anatomy: tuple[Fact, ...] = ()
    anatomy_pictures: tuple[ReportPicture, ...] = ()
    parts: Sequence[Mapping[str, Any]] = ()
    runs: Sequence[Mapping[str, Any]] = ()
    assumptions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    provenance: tuple[Fact, ...] = field(default_factory=tuple)
    key_loads: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    review: str = NOT_REVIEWED
    charts: tuple[ReportPicture, ...] = ()
    studies: tuple[StudyTable, ...] = ()
    numerics: StudyTable | None = None
    objects: tuple[Block, ...] = ()

    def __post_init__(self) -> None:
        known = {p["name"] for p in self.compare["plans"]}
        missing = [p.name for p in self.plans if p.name not in known]
        if missing:
            raise ValueError(f"plans without an entry in compare: {', '.join(missing)}")

    @property
    def all_names(self) -> dict[str, str]:
        """Every machine name with its words, metrics included."""
        return {**self.names, **{k: d.title for k, d in self.definitions.items()}}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of the comparison without those that the boxes of the first page say."""
        said = [("virtual fracture", self.virtual_fracture), ("uncalibrated", not self.calibrated)]
        return tuple(
            w for w in self.compare["warnings"] if not any(on and word in w.lower() for word, on in said)
        )
