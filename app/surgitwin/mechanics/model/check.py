"""What can be wrong with a problem before it is meshed: names, references, ranges, units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from surgitwin.mechanics.model import loads, outputs
from surgitwin.mechanics.model.couplings import Bolt, Contact, Foundation, RigidShape, Side, Tie
from surgitwin.mechanics.model.faults import Fault
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.part import FORMULATIONS, KINEMATICS
from surgitwin.mechanics.model.source import MeshFacts, facts_of
from surgitwin.mechanics.model.steps import LinearSolver, Stepping
from surgitwin.mechanics.model.supports import Fixed, Motion
from surgitwin.mechanics.point_laws.registry import state_names

HUMAN_MM = (0.005, 3000.0)
"""Extent of a part that belongs to a body or a device: a marker to a whole human."""
RIGID = ("plane", "line", "cylinder", "circle", "sphere")
MODULUS_MPA = 1e6
"""Stiffer than any material (alumina 380,000 MPa): the value was given in Pa or kPa."""
OF_PART = ("displacement", "stress", "mean_displacement", "volume", "history_max", "history_mean")
"""Outputs that name a part."""
DENSITY_T_PER_MM3 = (1e-11, 2.5e-8)
"""0.01 to 25 g/cm3; 1 g/cm3 = 1e-9 t/mm3."""


@dataclass(frozen=True, eq=False)
class Outline:
    """A part before its mesh exists."""

    name: str
    facts: MeshFacts
    materials: Mapping[str, Material]
    kinematics: str
    formulation: str
    pressure: str
    degree: int
    thickness_mm: float
    quadrature_degree: int


@dataclass(frozen=True, eq=False)
class Draft:
    """A model before its meshes exist; the fields are those of `Model`."""

    name: str
    parts: tuple[Outline, ...]
    supports: tuple[Fixed | Motion, ...]
    loads: tuple[loads.Load, ...]
    ties: tuple[Tie, ...]
    contacts: tuple[Contact, ...]
    foundations: tuple[Foundation, ...]
    bolts: tuple[Bolt, ...]
    steps: tuple[Any, ...]
    stepping: Stepping
    linear: LinearSolver
    outputs: tuple[outputs.Output, ...]
    large: bool


def draft_of(model: Model) -> Draft:
    """The draft of a model whose meshes exist."""
    parts = tuple(
        Outline(
            p.name, facts_of(p.mesh), p.materials, p.kinematics, p.formulation, p.pressure, p.degree,
            p.thickness_mm, p.quadrature_degree,
        )
        for p in model.parts
    )  # fmt: skip
    rest = {f.name: getattr(model, f.name) for f in fields(model) if f.name != "parts"}
    return Draft(parts=parts, **rest)


def faults(draft: Draft) -> list[Fault]:
    """Everything that is wrong, in the order of the problem's sections (laws are checked by the engine)."""
    known = {p.name: p for p in draft.parts}
    out = [*_names(draft), *_parts(draft)]
    for section in ("supports", "loads"):
        for k, thing in enumerate(getattr(draft, section)):
            place = f"{section}[{k}] {thing.name!r}"
            out += [Fault(f"{place}: {f}", t) for f, t in _on_part(thing, known)]
            out += [Fault(f"{place}: {f}", t) for f, t in _own(thing, known, draft.large)]
    for section in ("ties", "contacts", "foundations", "bolts"):
        for k, thing in enumerate(getattr(draft, section)):
            out += [Fault(f"{section}[{k}] {thing.name!r}: {f}", t) for f, t in _coupling(thing, known)]
    out += [*_heated_bolts(draft), *_steps(draft), *_outputs(draft, known)]
    return out


def _names(draft: Draft) -> Iterator[Fault]:
    groups = (
        draft.parts, draft.supports, draft.loads, draft.ties, draft.contacts, draft.foundations, draft.bolts,
    )  # fmt: skip
    named = [thing.name for group in groups for thing in group]
    for name in sorted({n for n in named if named.count(n) > 1}):
        yield Fault("names", f"{name!r} is used more than once; every name stands for one thing")
    if not draft.parts:
        yield Fault("parts", "there is none; a problem needs at least one part")
    elif len({p.facts.dimension for p in draft.parts} - {None}) > 1:
        yield Fault("parts", "some are 2D and some 3D; a problem has one dimension")


def _parts(draft: Draft) -> Iterator[Fault]:
    for k, p in enumerate(draft.parts):
        place = f"parts[{k}] {p.name!r}"
        for field, value, allowed in (
            ("kinematics", p.kinematics, KINEMATICS),
            ("formulation", p.formulation, FORMULATIONS),
            ("pressure", p.pressure, ("continuous", "discontinuous")),
            ("degree", p.degree, (1, 2)),
        ):
            if value not in allowed:
                yield Fault(f"{place}: {field}", f"{value!r} is not one of {', '.join(map(str, allowed))}")
        d = p.facts.dimension
        if d is not None and (p.kinematics == "solid") != (d == 3):
            yield Fault(f"{place}: kinematics", f"{p.kinematics!r} does not fit a {d}D mesh")
        if p.kinematics == "plane_stress" and (draft.large or p.formulation == "mixed"):
            yield Fault(f"{place}: kinematics", "plane stress is for small strain without pressure unknowns")
        if p.kinematics == "plane_stress" and {m.law for m in p.materials.values()} - {"isotropic"}:
            yield Fault(f"{place}: kinematics", "plane stress is for the isotropic law only")
        if p.formulation == "mixed" and p.pressure == "continuous" and p.degree == 1:
            yield Fault(f"{place}: degree", "a continuous pressure needs a quadratic displacement")
        if not p.thickness_mm > 0:
            yield Fault(f"{place}: thickness_mm", f"{p.thickness_mm:g} is not positive")
        size = p.facts.size_mm
        if size is not None and not HUMAN_MM[0] <= size <= HUMAN_MM[1]:
            yield Fault(
                f"{place}: mesh",
                f"it is {size:g} mm large, no size of a body or device: check the unit of length",
            )
        yield from _materials(place, p)


def _materials(place: str, p: Outline) -> Iterator[Fault]:
    for name, m in p.materials.items():
        at = f"{place}: material" + (f" {name!r}" if name else "")
        if name and p.facts.cell_sets is not None and name not in p.facts.cell_sets:
            yield Fault(at, f"the mesh has no cell set {name!r} ({_list(p.facts.cell_sets)})")
        for key, value in m.parameters.items():
            if (
                key.endswith("_MPa")
                and isinstance(value, int | float)
                and MODULUS_MPA < abs(value) < float("inf")
            ):
                yield Fault(
                    f"{at}: {key}", f"{value:g} MPa is stiffer than any material: was it given in Pa?"
                )


def _on_part(thing: Any, known: Mapping[str, Outline]) -> Iterator[tuple[str, str]]:
    if thing.part not in known:
        yield "part", f"there is no part {thing.part!r} ({_list(known)})"
        return
    on = getattr(thing, "on", None)
    surfaces = known[thing.part].facts.surfaces
    if isinstance(on, str) and surfaces is not None and on not in surfaces:
        yield "on", f"part {thing.part!r} has no surface {on!r} ({_list(surfaces)})"


def _own(thing: Any, known: Mapping[str, Outline], large: bool) -> Iterator[tuple[str, str]]:
    d = known[thing.part].facts.dimension if thing.part in known else None
    if isinstance(thing, Fixed | Motion):
        bad = set(thing.components) - set("xyz")
        if bad or not thing.components:
            yield "components", f"{thing.components!r} is not made of x, y, z"
    if isinstance(thing, Motion) and all(
        v is None for v in (thing.translation_mm, thing.gradient, thing.rotation_rad)
    ):
        yield "translation_mm", "a motion needs a translation, a gradient or a rotation"
    if isinstance(thing, loads.Traction) and (thing.force_N is None) == (thing.traction_MPa is None):
        yield "force_N", "give either force_N (total) or traction_MPa"
    for field in ("translation_mm", "force_N", "traction_MPa", "force_N_per_mm3", "acceleration_mm_per_s2"):
        value = getattr(thing, field, None)
        if value is not None and d is not None and getattr(value, "ndim", 1) == 1:
            wanted = (2, 3) if isinstance(thing, loads.RemoteForce) else (d,)
            if len(value) not in wanted:
                yield field, f"{len(value)} components in a {d}D problem"
    if isinstance(thing, loads.RemoteForce) and thing.part in known:
        if known[thing.part].kinematics == "axisymmetric":
            yield (
                "kind",
                "a remote force means nothing on a ring: use a traction (force_N is for the whole circle)",
            )
        if thing.rigid and large:
            yield (
                "rigid",
                "a rigid surface is for small rotations: with large = true use rigid = false or a motion",
            )
    if isinstance(thing, loads.Gravity):
        low, high = DENSITY_T_PER_MM3
        if not low <= thing.density_t_per_mm3 <= high:
            yield "density_t_per_mm3", f"{thing.density_t_per_mm3:g} is no density: 1 g/cm3 is 1e-9 t/mm3"


def _coupling(thing: Any, known: Mapping[str, Outline]) -> Iterator[tuple[str, str]]:
    for field in ("slave", "master", "side"):
        side = getattr(thing, field, None)
        if isinstance(side, Side):
            yield from ((f"{field}.{f}", t) for f, t in _on_part(side, known))
        if isinstance(side, RigidShape) and side.kind not in (
            "plane",
            "cylinder",
            "sphere",
            "line",
            "circle",
        ):
            yield field, f"{side.kind!r} is not one of {', '.join(RIGID)}"
    if isinstance(thing, Contact):
        if thing.sliding not in ("small", "finite"):
            yield "sliding", f"{thing.sliding!r} is not one of small, finite"
        if not thing.friction >= 0:
            yield "friction", f"{thing.friction:g} is negative"
    for field in ("penalty_factor", "factor", "stiffness_N_per_mm3", "preload_N"):
        value = getattr(thing, field, 1.0)
        if not value > 0:
            yield field, f"{value:g} is not positive"
    if isinstance(thing, Bolt):
        yield from _on_part(thing, known)
        sets = known[thing.part].facts.cell_sets if thing.part in known else None
        if sets is not None and thing.cells not in sets:
            yield "cells", f"part {thing.part!r} has no cell set {thing.cells!r}"


def _heated_bolts(draft: Draft) -> Iterator[Fault]:
    """The section force of a bolt counts elastic strain only, so its part must keep its temperature."""
    heated = {t.part: t.name for t in draft.loads if isinstance(t, loads.Temperature)}
    for k, bolt in enumerate(draft.bolts):
        if bolt.part in heated:
            yield Fault(
                f"bolts[{k}] {bolt.name!r}: part",
                f"part {bolt.part!r} is heated by {heated[bolt.part]!r}; the preload of a heated part is not "
                "computed: take the temperature off it, or make the shank a part of its own",
            )


def _steps(draft: Draft) -> Iterator[Fault]:
    ramped = [
        t.name
        for group in (
            draft.supports, draft.loads, draft.ties, draft.contacts, draft.foundations, draft.bolts,
        )
        for t in group
    ]  # fmt: skip
    for k, step in enumerate(draft.steps):
        for name in step.factors:
            if name not in ramped:
                yield Fault(
                    f"steps[{k}] {step.name!r}: factors", f"nothing is called {name!r} ({_list(ramped)})"
                )
    s = draft.stepping
    for field in ("first", "smallest", "largest"):
        if not 0 < getattr(s, field) <= 1:
            yield Fault(f"stepping: {field}", f"{getattr(s, field):g} is no fraction of a step (0 to 1)")
    if not 0 < s.cut < 1 <= s.growth:
        yield Fault("stepping: cut", "cut must be between 0 and 1, and growth at least 1")
    if not 0 < s.tolerance < 1e-3:
        yield Fault("stepping: tolerance", f"{s.tolerance:g} is not between 0 and 0.001")
    if draft.linear.method not in ("auto", "direct", "iterative"):
        yield Fault("linear: method", f"{draft.linear.method!r} is not one of auto, direct, iterative")


def _outputs(draft: Draft, known: Mapping[str, Outline]) -> Iterator[Fault]:
    supports = {s.name for s in draft.supports}
    couplings = {t.name for g in (draft.ties, draft.contacts, draft.foundations, draft.bolts) for t in g}
    for k, o in enumerate(draft.outputs):
        place = f"outputs[{k}] {o.name!r}"
        if o.kind not in outputs.KINDS:
            yield Fault(f"{place}: kind", f"{o.kind!r} is not one of {', '.join(outputs.KINDS)}")
        if o.kind in OF_PART and o.part not in known:
            yield Fault(f"{place}: part", f"there is no part {o.part!r} ({_list(known)})")
        if o.kind in ("displacement", "stress") and o.point_mm is None:
            yield Fault(f"{place}: point_mm", "missing")
        surfaces = known[o.part].facts.surfaces if o.part in known else None
        if o.kind == "mean_displacement" and surfaces is not None and o.on not in surfaces:
            yield Fault(f"{place}: on", f"part {o.part!r} has no surface {o.on!r}")
        if o.kind == "reaction" and o.of not in supports:
            yield Fault(f"{place}: of", f"there is no support {o.of!r} ({_list(supports)})")
        if o.kind == "contact_force" and o.of not in couplings:
            yield Fault(f"{place}: of", f"there is no coupling {o.of!r} ({_list(couplings)})")
        if o.kind == "stress" and o.component not in ("xx", "yy", "zz", "xy", "xz", "yz", "mises"):
            yield Fault(f"{place}: component", f"{o.component!r} is not one of xx, yy, zz, xy, xz, yz, mises")
        if o.kind.startswith("history") and o.part in known:
            memory = {n for m in known[o.part].materials.values() for n in state_names(m.law)}
            if o.component not in memory:
                yield Fault(
                    f"{place}: component", f"{o.component!r} is no memory of the part ({_list(memory)})"
                )
        needs_axis = o.kind in ("displacement", "mean_displacement", "reaction", "contact_force")
        if needs_axis and (o.component not in ("x", "y", "z")):
            yield Fault(f"{place}: component", f"{o.component!r} is not one of x, y, z")


def _list(names: Any) -> str:
    known: Sequence[str] = sorted(names)
    return f"known: {', '.join(known)}" if known else "there are none"
