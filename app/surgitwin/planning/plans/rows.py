"""What lists say about plans, implants and what the theatre lays out: plain rows for window and files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from surgitwin.core.plan import PlacedImplant, Plan
from surgitwin.implants import Item, NailItem, OperativeEntry, PlateItem, catalogue, item, material
from surgitwin.planning.case import Case
from surgitwin.planning.plans.bone_axes import below_lesser
from surgitwin.planning.plans.names import NOTES
from surgitwin.planning.solving.results import State, result_state
from surgitwin.procedures.registry import get

FIELDS = {
    "holes_min": "number of holes",
    "hole_diameter_mm": "diameter of the holes",
    "material": "material",
    "proximal_holes_mm": "places of the proximal holes",
    "distal_holes_mm": "places of the distal holes",
    "fine_step_mm": "steps of the lengths",
    "fine_until_mm": "steps of the lengths",
    "coarse_step_mm": "steps of the lengths",
}
"""Fields of the catalogue in words, for what no document was seen for."""
RESULT_WORDS: Mapping[State, str] = {
    "current": "Simulated",
    "out of date": "Result out of date",
    "none": "Not simulated",
}


@dataclass(frozen=True)
class PlanRow:
    """One plan in the list. summary: implants and fracture; result: whether it was simulated as it is."""

    name: str
    summary: str
    result: State
    note: str


def plan_rows(case: Case) -> tuple[PlanRow, ...]:
    """Every plan, by name."""
    notes: Mapping[str, str] = case.state.get(NOTES) or {}
    return tuple(
        PlanRow(
            name,
            plan_summary(case, plan),
            result_state(case, name),
            notes.get(name, ""),
        )
        for name, plan in sorted(case.plans().items(), key=lambda pair: pair[0].casefold())
    )


def plan_summary(case: Case, plan: Plan) -> str:
    """ "Broad plate, 8 holes, 6 screws; fracture 50 mm below the lesser trochanter"."""
    parts = [implant_words(placed) for placed in plan.implants] or ["no implant yet"]
    if plan.fracture is None:
        return f"{', '.join(parts)}; no fracture"
    below = below_lesser(case.anatomy, plan.fracture.plane.point_mm)
    return f"{', '.join(parts)}; fracture {below:.0f} mm below the lesser trochanter"


def implant_words(placed: PlacedImplant) -> str:
    """Short words for an implant: "Narrow plate, 8 holes, 6 screws", "Nail 10 x 340 mm, 4 screws"."""
    count = len(placed.parameters["lengths_mm"])
    return f"{short_words(item(placed.catalogue_id))}, {count} screw{'' if count == 1 else 's'}"


def short_words(found: Item) -> str:
    """A catalogue item in few words."""
    if isinstance(found, PlateItem):
        kind = "Broad plate" if "broad" in found.title.lower() else "Narrow plate"
        return f"{kind}, {found.n_holes} holes"
    if isinstance(found, NailItem):
        return f"Nail {found.diameter_mm:g} x {found.length_mm:g} mm"
    return found.title


# ---- implants to choose from --------------------------------------------------------------------


@dataclass(frozen=True)
class ImplantRow:
    """One plate or nail of the catalogue. width_mm: a plate's width, a nail's diameter. unverified: what no
    document was seen for, in words."""

    id: str
    kind: str
    title: str
    size: str
    length_mm: float
    width_mm: float
    material: str
    source: str
    verified: bool
    unverified: tuple[str, ...]


def implant_rows() -> tuple[ImplantRow, ...]:
    """Every plate and nail, plates first, each kind by size."""
    found = [_row(i) for i in catalogue().values() if isinstance(i, PlateItem | NailItem)]
    return tuple(sorted(found, key=lambda r: (r.kind != "Plate", -r.width_mm, r.length_mm)))


def _row(found: PlateItem | NailItem) -> ImplantRow:
    if isinstance(found, PlateItem):
        kind, width = "Plate", found.width_mm
        size = f"{found.n_holes} holes, {found.length_mm:g} x {width:g} x {found.thickness_mm:g} mm"
    else:
        kind, width = "Nail", found.diameter_mm
        bow = "bowed" if found.curvature_per_mm else "straight"
        size = f"{width:g} x {found.length_mm:g} mm, {bow}"
    unverified = tuple(dict.fromkeys(FIELDS.get(f, f.replace("_", " ")) for f in found.unverified))
    metal = material(found.material).title
    return ImplantRow(
        found.id, kind, short_words(found), size, found.length_mm, width, metal, found.source,
        found.verified, unverified,
    )  # fmt: skip


# ---- operative list -----------------------------------------------------------------------------

OPERATIVE_HEADER = ("No.", "Implant", "Place", "Length mm", "Catalogue id", "Data verified")


def operative_rows(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """Lines of the operative list in the columns of OPERATIVE_HEADER."""
    return tuple(_operative(entry) for entry in get(plan.procedure).operative_list(plan))


def _operative(entry: OperativeEntry) -> tuple[str, ...]:
    length = "" if entry.length_mm is None else f"{entry.length_mm:g}"
    verified = "yes" if entry.verified else "no"
    return (str(entry.order), entry.title, entry.place, length, entry.catalogue_id, verified)


def operative_text(plan: Plan, separator: str = "\t") -> str:
    """The list as a table to paste (tabs) or as CSV (","), its first line naming plan and side."""
    out = io.StringIO()
    write = csv.writer(out, delimiter=separator, lineterminator="\n")
    write.writerow([f"Plan {plan.name}, {plan.side.upper()} femur. Not for clinical use"])
    write.writerow(OPERATIVE_HEADER)
    write.writerows(operative_rows(plan))
    return out.getvalue()
