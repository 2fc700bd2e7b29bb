"""A problem from TOML or JSON: every mistake is listed with its place before anything is meshed.

The sections and keys are the fields of `Model` and its parts; packaging/docs/problem.md shows them.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from surgitwin.core.errors import InputError
from surgitwin.mechanics.memory_estimate import require_memory
from surgitwin.mechanics.model import couplings, loads, steps, supports
from surgitwin.mechanics.model.check import Draft, Outline, faults
from surgitwin.mechanics.model.faults import Fault, raise_faults
from surgitwin.mechanics.model.material import Fibre, Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.model.named_materials import with_set
from surgitwin.mechanics.model.outputs import Output
from surgitwin.mechanics.model.part import Part
from surgitwin.mechanics.model.select import Selector
from surgitwin.mechanics.model.source import LENGTH_MM, SHAPES, MeshFacts, MeshSource
from surgitwin.mechanics.point_laws.named import expanded

SUPPORTS = {"fixed": supports.Fixed, "motion": supports.Motion}
LOADS: dict[str, type] = {
    "traction": loads.Traction, "pressure": loads.Pressure, "body_force": loads.BodyForce,
    "gravity": loads.Gravity, "remote_force": loads.RemoteForce, "temperature": loads.Temperature,
}  # fmt: skip
LISTS: dict[str, type] = {
    "ties": couplings.Tie, "contacts": couplings.Contact, "foundations": couplings.Foundation,
    "bolts": couplings.Bolt, "steps": steps.Step, "outputs": Output,
}  # fmt: skip
SECTIONS = ("kind", "name", "large", "parts", "supports", "loads", *LISTS, "stepping", "linear")
PART_KEYS = (
    "name", "mesh", "material", "materials", "kinematics", "thickness_mm", "formulation", "degree",
    "pressure", "quadrature_degree",
)  # fmt: skip
MESH_KEYS = ("shape", "file", "unit", "surfaces", "cells")
LawFaults = Callable[[Draft], list[Fault]]


def no_law_faults(_: Draft) -> list[Fault]:
    """Laws are not checked."""
    return []


@dataclass
class _Reader:
    """Collects faults while it makes values."""

    folder: Path
    faults: list[Fault]

    def make(self, kind: type, data: Any, place: str) -> Any:
        """An object of a dataclass from a table, or None with its faults noted."""
        if not isinstance(data, Mapping):
            self.faults.append(Fault(place, f"a table of keys is wanted, not {type(data).__name__}"))
            return None
        known = {f.name: f for f in fields(kind)}
        count = len(self.faults)
        for key in data:
            if key not in known:
                self.faults.append(Fault(f"{place}: {key}", f"unknown key (known: {', '.join(known)})"))
        for name, f in known.items():
            if name not in data and f.default is MISSING and f.default_factory is MISSING:
                self.faults.append(Fault(f"{place}: {name}", "missing"))
        given = {k: v for k, v in data.items() if k in known}
        if len(self.faults) > count:
            self._types(kind, given, place)
            return None
        return self._types(kind, given, place)

    def _types(self, kind: type, data: Mapping[str, Any], place: str) -> Any:
        try:
            return TypeAdapter(_plain(kind)).validate_json(json.dumps(data, default=str), strict=True)
        except ValidationError as error:
            for e in error.errors():
                if e["type"] == "missing":
                    continue
                where = ".".join(str(k) for k in e["loc"] if not str(k).startswith(("function", "nullable")))
                self.faults.append(Fault(f"{place}: {where}", f"{e['msg'].lower()} (it is {e['input']!r})"))
            return None

    def rows(self, data: Mapping[str, Any], section: str) -> list[Mapping[str, Any]]:
        """The tables of a list section."""
        value = data.get(section, [])
        if not isinstance(value, list):
            self.faults.append(Fault(section, f"a list is wanted: [[{section}]]"))
            return []
        return value


def read_model(path: Path, law_faults: LawFaults = no_law_faults) -> Model:
    """The model of a .toml or .json file.

    law_faults: checks of laws and parameters that the engine adds. Raises InputError "model.unreadable",
    "model.faults" (all of them together), and what the meshes raise.
    """
    return model_from(read_data(path), path.parent, law_faults, str(path))


def read_data(path: Path) -> dict[str, Any]:
    """The tables of a .toml or .json file; InputError "model.unreadable"."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise InputError(
            "model.unreadable",
            f"The problem file {path.name} cannot be read: {error}.",
            hint="Give a TOML or JSON file as in packaging/docs/problem.md.",
            where=str(path),
        ) from error
    if not isinstance(data, dict):
        raise InputError(
            "model.unreadable",
            f"The problem file {path.name} holds {type(data).__name__}, not tables.",
            hint="Give a TOML or JSON file as in packaging/docs/problem.md.",
            where=str(path),
        )
    return data


def model_from(
    data: Mapping[str, Any], folder: Path, law_faults: LawFaults = no_law_faults, where: str = ""
) -> Model:
    """The model of plain tables; file names are relative to `folder`. Raises as `read_model`."""
    reader = _Reader(folder, [])
    for key in data:
        if key not in SECTIONS:
            reader.faults.append(Fault(key, f"unknown section (known: {', '.join(SECTIONS)})"))
    sources: list[tuple[Outline, MeshSource | None]] = []
    for k, row in enumerate(reader.rows(data, "parts")):
        made = _part(reader, row, f"parts[{k}]")
        if made is not None:
            sources.append(made)
    draft = _draft(reader, data, tuple(outline for outline, _ in sources))
    raise_faults([*reader.faults, *faults(draft), *law_faults(draft)], where or draft.name)
    _require_room(draft, [source for _, source in sources])
    parts = tuple(
        Part(
            o.name, source.build(), o.materials.get("", o.materials), o.kinematics,
            o.thickness_mm, o.formulation, o.degree, o.pressure, o.quadrature_degree,
        )
        for o, source in sources
        if source is not None  # there is none without a fault
    )  # fmt: skip
    rest = {f.name: getattr(draft, f.name) for f in fields(Draft) if f.name != "parts"}
    return Model(parts=parts, **rest)


_NODES_PER_CELL = {
    ("triangle", 1): 0.5, ("triangle", 2): 2.0, ("quadrilateral", 1): 1.0, ("quadrilateral", 2): 4.0,
    ("tetrahedron", 1): 0.2, ("tetrahedron", 2): 1.35, ("hexahedron", 1): 1.0, ("hexahedron", 2): 8.0,
}  # fmt: skip
"""Displacement nodes for each cell of a large mesh."""


def _require_room(draft: Draft, sources: list[MeshSource | None]) -> None:
    """Raise SolverError "solver.too_large" before a mesh is made that this machine cannot solve."""
    unknowns = 0.0
    for part, source in zip(draft.parts, sources, strict=True):
        d, cells = part.facts.dimension or 3, part.facts.cells or 0
        default = "quadrilateral" if d == 2 else "hexahedron"
        kind = str(source.arguments.get("cell") or default) if source is not None and source.shape else ""
        unknowns += cells * d * _NODES_PER_CELL.get((kind, part.degree), 1.35)
    direct = draft.linear.method == "direct" or unknowns < draft.linear.iterative_above
    require_memory(int(unknowns), "mumps" if direct else "cg-assembled", where=draft.name)


def _draft(reader: _Reader, data: Mapping[str, Any], parts: tuple[Outline, ...]) -> Draft:
    made: dict[str, tuple[Any, ...]] = {}
    for section, kinds in (("supports", SUPPORTS), ("loads", LOADS)):
        made[section] = _kept(_of_kind(reader, row, kinds, f"{section}[{k}]")
                              for k, row in enumerate(reader.rows(data, section)))  # fmt: skip
    for section, kind in LISTS.items():
        made[section] = _kept(
            reader.make(kind, row, _place(section, k, row))
            for k, row in enumerate(reader.rows(data, section))
        )
    for key, kinds_ in (("name", str), ("large", bool)):
        if key in data and not isinstance(data[key], kinds_):
            reader.faults.append(Fault(key, f"{kinds_.__name__} is wanted (it is {data[key]!r})"))
    return Draft(
        name=str(data.get("name", "problem")),
        parts=parts,
        large=bool(data.get("large", False)),
        stepping=reader.make(steps.Stepping, data.get("stepping", {}), "stepping") or steps.Stepping(),
        linear=reader.make(steps.LinearSolver, data.get("linear", {}), "linear") or steps.LinearSolver(),
        **made,
    )


def _part(reader: _Reader, row: Any, place: str) -> tuple[Outline, MeshSource | None] | None:
    if not isinstance(row, Mapping):
        reader.faults.append(Fault(place, "a table of keys is wanted"))
        return None
    name = str(row.get("name", ""))
    place = f"{place} {name!r}" if name else place
    for key in row:
        if key not in PART_KEYS:
            reader.faults.append(Fault(f"{place}: {key}", f"unknown key (known: {', '.join(PART_KEYS)})"))
    for key in ("name", "mesh"):
        if key not in row:
            reader.faults.append(Fault(f"{place}: {key}", "missing"))
    if ("material" in row) == ("materials" in row):
        reader.faults.append(Fault(f"{place}: material", "give [material], or [materials.SET] for cell sets"))
    source = _mesh(reader, row.get("mesh", {}), f"{place}: mesh")
    given = row.get("materials") or {"": row.get("material", {})}
    materials = {
        k: m for k, v in given.items() if (m := _material(reader, v, f"{place}: material {k}".rstrip()))
    }
    plain = reader.make(_PartNumbers, {k: row[k] for k in _NUMBERS if k in row}, place) or _PartNumbers()
    facts = _guess(row.get("mesh")) if source is None else source.facts()
    kinematics = plain.kinematics or ("plane_strain" if facts.dimension == 2 else "solid")
    return Outline(
        name, facts, materials, kinematics, plain.formulation, plain.pressure, plain.degree,
        plain.thickness_mm, plain.quadrature_degree,
    ), source  # fmt: skip


def _guess(row: Any) -> MeshFacts:
    """What a faulty mesh table still tells, so that faults elsewhere can be found."""
    shape = str(row.get("shape", "")) if isinstance(row, Mapping) else ""
    if shape not in SHAPES:
        return MeshFacts(None, None, None)
    _, dimension, surfaces = SHAPES[shape]
    more = row.get("surfaces")
    cells = row.get("cells")
    return MeshFacts(dimension, frozenset(surfaces) | set(more or {}), frozenset(cells or {}))


@dataclass(frozen=True)
class _PartNumbers:
    kinematics: str = ""
    thickness_mm: float = 1.0
    formulation: str = "displacement"
    degree: int = 2
    pressure: str = "continuous"
    quadrature_degree: int = 4


_NUMBERS = tuple(f.name for f in fields(_PartNumbers))


def _mesh(reader: _Reader, row: Any, place: str) -> MeshSource | None:
    if not isinstance(row, Mapping):
        reader.faults.append(Fault(place, "a table of keys is wanted"))
        return None
    count = len(reader.faults)
    shape, file = row.get("shape", ""), row.get("file", "")
    if bool(shape) == bool(file):
        reader.faults.append(Fault(place, f"give a shape ({', '.join(SHAPES)}) or a file"))
        return None
    selected = {
        group: {
            name: made
            for name, value in (row.get(group) or {}).items()
            if (made := reader.make(Selector, value, f"{place}.{group}.{name}")) is not None
        }
        for group in ("surfaces", "cells")
    }
    for group, named in selected.items():
        for name, selector in named.items():
            if selector.empty:
                reader.faults.append(Fault(f"{place}.{group}.{name}", "no condition is given"))
    rest = {k: v for k, v in row.items() if k not in MESH_KEYS}
    if shape:
        _shape_faults(reader, str(shape), rest, place)
    else:
        _file_faults(reader, row, rest, place)
    if len(reader.faults) > count:
        return None
    path = reader.folder / str(file) if file else None
    return MeshSource(str(shape), path, str(row.get("unit", "")), _tuples(rest), **selected)


def _shape_faults(reader: _Reader, shape: str, rest: Mapping[str, Any], place: str) -> None:
    if shape not in SHAPES:
        reader.faults.append(Fault(f"{place}.shape", f"{shape!r} is not one of {', '.join(SHAPES)}"))
        return
    wanted = signature(SHAPES[shape][0]).parameters
    for key in rest:
        if key not in wanted:
            reader.faults.append(Fault(f"{place}.{key}", f"unknown for a {shape} ({', '.join(wanted)})"))
    for key, parameter in wanted.items():
        if key not in rest and parameter.default is parameter.empty:
            reader.faults.append(Fault(f"{place}.{key}", f"missing for a {shape}"))
    counts = rest.get("counts")
    if counts is not None and not (
        isinstance(counts, list) and all(isinstance(n, int) and 1 <= n <= 2000 for n in counts)
    ):
        reader.faults.append(Fault(f"{place}.counts", f"{counts!r} is no list of cell counts (1 to 2000)"))
    for key, value in rest.items():
        numbers = value if isinstance(value, list) else [value]
        if key not in ("cell", "counts") and not all(
            isinstance(v, int | float) and not isinstance(v, bool) for v in numbers
        ):
            reader.faults.append(Fault(f"{place}.{key}", f"{value!r} is not a number or a list of numbers"))
    _length_faults(reader, shape, rest, place)


def _length_faults(reader: _Reader, shape: str, rest: Mapping[str, Any], place: str) -> None:
    dimension = SHAPES[shape][1]
    counts = {"sphere_octant": 2, "solid_cylinder": 2}.get(shape, dimension)
    for key, wanted in (("low", dimension), ("high", dimension), ("counts", counts)):
        value = rest.get(key)
        if isinstance(value, list) and len(value) != wanted:
            reader.faults.append(Fault(f"{place}.{key}", f"{len(value)} values, a {shape} needs {wanted}"))


def _file_faults(reader: _Reader, row: Mapping[str, Any], rest: Mapping[str, Any], place: str) -> None:
    for key in rest:
        reader.faults.append(Fault(f"{place}.{key}", f"unknown key (known: {', '.join(MESH_KEYS)})"))
    if row.get("unit") not in LENGTH_MM:
        reader.faults.append(
            Fault(f"{place}.unit", f"say the file's unit of length: one of {', '.join(LENGTH_MM)}")
        )
    if not (reader.folder / str(row["file"])).is_file():
        reader.faults.append(Fault(f"{place}.file", f"there is no file {row['file']!r}"))


def _material(reader: _Reader, row: Any, place: str) -> Material | None:
    try:
        row = expanded(with_set(row)) if isinstance(row, Mapping) else {}
    except InputError as error:
        reader.faults.append(Fault(place, f"{error.message} {error.hint}"))
        return None
    if not isinstance(row.get("law"), str):
        reader.faults.append(Fault(f"{place}: law", "missing: name the material law, a set or a metal"))
        return None
    fibres = []
    for k, f in enumerate(row.get("fibres", [])):
        made = reader.make(_FibreFile, f, f"{place}: fibres[{k}]")
        if made is not None:
            fibres.append(Fibre(made.direction, made.axis, made.point_mm, made.angle_deg))
    parameters = {k: v for k, v in row.items() if k not in ("law", "fibres")}
    for key, value in parameters.items():
        if isinstance(value, bool) or not isinstance(value, int | float | np.ndarray):
            reader.faults.append(Fault(f"{place}: {key}", f"{value!r} is not a number"))
    return Material(row["law"], parameters, tuple(fibres))


@dataclass(frozen=True)
class _FibreFile:
    direction: tuple[float, ...] | None = None
    axis: tuple[float, float, float] | None = None
    point_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angle_deg: float = 0.0


@dataclass(frozen=True)
class _BodyForceFile:
    name: str
    part: str
    force_N_per_mm3: tuple[float, ...]


def _plain(kind: type) -> type:
    """The form of a dataclass in a file, where its own holds arrays."""
    return _BodyForceFile if kind is loads.BodyForce else kind


def _of_kind(reader: _Reader, row: Any, kinds: Mapping[str, type], place: str) -> Any:
    name = row.get("name", "") if isinstance(row, Mapping) else ""
    place = f"{place} {name!r}" if name else place
    kind = str(row.get("kind", "")) if isinstance(row, Mapping) else ""
    if kind not in kinds:
        reader.faults.append(Fault(f"{place}: kind", f"{kind!r} is not one of {', '.join(kinds)}"))
        return None
    made = reader.make(kinds[kind], {k: v for k, v in row.items() if k != "kind"}, place)
    if isinstance(made, _BodyForceFile):
        return loads.BodyForce(made.name, made.part, made.force_N_per_mm3)
    return made


def _place(section: str, k: int, row: Any) -> str:
    name = row.get("name", "") if isinstance(row, Mapping) else ""
    return f"{section}[{k}] {name!r}" if name else f"{section}[{k}]"


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}


def _kept(values: Any) -> tuple[Any, ...]:
    return tuple(v for v in values if v is not None)
