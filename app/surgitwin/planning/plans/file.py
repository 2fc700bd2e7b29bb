"""Plan files: the TOML form of a plan, checked as a whole before anything is used.

Keys: schema, procedure, name, side, [fracture] point_mm, normal, gap_mm, healing, virtual,
[[implants]] catalogue_id, pose (4x4 to LPS), parameters, [options]. Millimetres, degrees, LPS.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from surgitwin import NOTICE
from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane
from surgitwin.core.plan import PLAN_SCHEMA, Fracture, PlacedImplant, Plan
from surgitwin.storage import write_atomically

_TOP = {"schema", "procedure", "name", "side", "fracture", "implants", "options"}
_FRACTURE = {"point_mm", "normal", "gap_mm", "healing", "virtual"}
_IMPLANT = {"catalogue_id", "pose", "parameters"}
MAX_GAP_MM = 50.0
"""A wider gap is not a fracture but a segmental defect, or a wrong unit."""


_FORBIDDEN = '/\\:*?"<>|\n'
_RESERVED = (".", "..", "intact")


def name_problem(name: str) -> str:
    """Why `name` cannot be that of a plan (it is also a file name), "" when it can."""
    bad = sorted(set(name) & set(_FORBIDDEN))
    if bad:
        return f"it holds {' '.join(repr(c)[1:-1] for c in bad)}"
    return "the program uses it itself" if name.lower() in _RESERVED else ""


class _Problems:
    """Collects what is wrong so that all of it is told at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def unknown(self, table: Mapping[str, Any], known: set[str], place: str) -> None:
        self.found += [f"{place}{key}: unknown key" for key in table if key not in known]

    def get(
        self, table: Mapping[str, Any], key: str, place: str, check: Callable[[Any], Any], form: str
    ) -> Any:
        if key not in table:
            self.found.append(f"{place}{key}: missing ({form})")
            return None
        try:
            return check(table[key])
        except (TypeError, ValueError) as error:
            self.found.append(f"{place}{key}: {form} expected ({error})")
            return None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"got {value!r}")
    return value


def _side(value: Any) -> str:
    if value not in ("left", "right", "none"):
        raise ValueError(f"got {value!r}")
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"got {value!r}")
    return value


def _vector(value: Any) -> np.ndarray[Any, Any]:
    out = np.asarray(value, float)
    if out.shape != (3,) or not np.isfinite(out).all():
        raise ValueError(f"got {value!r}")
    return out


def _direction(value: Any) -> np.ndarray[Any, Any]:
    out = _vector(value)
    if not np.linalg.norm(out) > 1e-9:
        raise ValueError("its length is zero")
    return out


def _gap(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_GAP_MM:
        raise ValueError(f"got {value!r}; above 0 and at most {MAX_GAP_MM:g} mm")
    return float(value)


def _pose(value: Any) -> np.ndarray[Any, Any]:
    out = np.asarray(value, float)
    if out.shape != (4, 4) or not math.isfinite(float(np.abs(out).sum())):
        raise ValueError("not 4 rows of 4 numbers")
    PlacedImplant("check", out)
    return out


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"got {value!r}")
    return value


def parse_fracture(
    table: Mapping[str, Any], problems: _Problems, place: str = "fracture."
) -> Fracture | None:
    """The [fracture] table; problems are added to the list."""
    problems.unknown(table, _FRACTURE, place)
    before = len(problems.found)
    point = problems.get(table, "point_mm", place, _vector, "three numbers in mm, LPS")
    normal = problems.get(table, "normal", place, _direction, "three numbers")
    gap = problems.get(table, "gap_mm", place, _gap, "a width in mm")
    healing = problems.get(table, "healing", place, _text, "the name of a healing stage")
    virtual = problems.get(table, "virtual", place, _flag, "true or false")
    if len(problems.found) > before:
        return None
    return Fracture(Plane(point, normal), gap, healing, virtual)


def parse_plan(text: str, where: str) -> Plan:
    """Plan from TOML text. Raises InputError "plan.invalid" listing every problem."""
    data = _toml(text, where)
    problems = _Problems()
    problems.unknown(data, _TOP, "")
    schema = problems.get(data, "schema", "", int, "a whole number")
    if schema is not None and schema != PLAN_SCHEMA:
        problems.found.append(f"schema: this program reads {PLAN_SCHEMA}, the file says {schema}")
    procedure = problems.get(data, "procedure", "", _text, "the name of a procedure")
    name = problems.get(data, "name", "", _text, "a name")
    if name is not None and name_problem(name):
        problems.found.append(f"name: {name!r} cannot be used as a name ({name_problem(name)})")
    side = problems.get(data, "side", "", _side, '"left", "right" or "none"')
    fracture = None
    if "fracture" in data:
        table = problems.get(data, "fracture", "", _table, "a table")
        fracture = parse_fracture(table or {}, problems) if table is not None else None
    implants = _implants(data.get("implants", []), problems)
    options = problems.get({"options": {}, **data}, "options", "", _table, "a table")
    _raise(problems, where)
    return Plan(procedure, name, side, fracture, implants, options or {}, schema)


def _implants(rows: Any, problems: _Problems) -> tuple[PlacedImplant, ...]:
    if not isinstance(rows, list):
        problems.found.append("implants: a list of tables expected")
        return ()
    out = []
    for n, row in enumerate(rows):
        place = f"implants[{n}]."
        if not isinstance(row, dict):
            problems.found.append(f"implants[{n}]: a table expected")
            continue
        problems.unknown(row, _IMPLANT, place)
        item = problems.get(row, "catalogue_id", place, _text, "the id of a catalogue item")
        pose = problems.get(row, "pose", place, _pose, "a rigid 4x4 matrix, LPS mm")
        parameters = problems.get({"parameters": {}, **row}, "parameters", place, _table, "a table")
        if item is not None and pose is not None:
            out.append(PlacedImplant(item, pose, parameters or {}))
    return tuple(out)


def _toml(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            "plan.unreadable",
            f"{where} is not valid TOML: {error}.",
            hint="Correct the named line; see the plan format in the engineer's guide.",
            where=where,
        ) from None


def _raise(problems: _Problems, where: str) -> None:
    if problems.found:
        raise InputError(
            "plan.invalid",
            f"{where}: " + "; ".join(problems.found) + ".",
            hint="Correct the named keys; `surgitwin plan propose` writes complete examples.",
            where=where,
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "plan.unreadable",
            f"{path} cannot be read: {error}.",
            hint="Give the path of a TOML text file.",
            where=str(path),
        ) from None


def read_plan(path: Path) -> Plan:
    """Plan from a file."""
    return parse_plan(_read(path), str(path))


def read_fracture(path: Path) -> Fracture:
    """Fracture from a TOML file with a [fracture] table (a plan file serves as well)."""
    data = _toml(_read(path), str(path))
    problems = _Problems()
    table = problems.get(data, "fracture", "", _table, "a table")
    fracture = parse_fracture(table, problems) if table is not None else None
    _raise(problems, str(path))
    assert fracture is not None  # every problem has been raised
    return fracture


def dump_plan(plan: Plan) -> str:
    """TOML text of `plan`."""
    data: dict[str, Any] = {
        "schema": plan.schema,
        "procedure": plan.procedure,
        "name": plan.name,
        "side": plan.side,
    }
    if plan.fracture is not None:
        data["fracture"] = {
            "point_mm": plan.fracture.plane.point_mm.tolist(),
            "normal": plan.fracture.plane.normal.tolist(),
            "gap_mm": float(plan.fracture.gap_mm),
            "healing": plan.fracture.healing,
            "virtual": plan.fracture.virtual,
        }
    data["implants"] = [
        {"catalogue_id": i.catalogue_id, "pose": i.pose.tolist(), "parameters": dict(i.parameters)}
        for i in plan.implants
    ]
    data["options"] = dict(plan.options)
    return f"# {NOTICE}. SurgiTwin plan; poses are 4x4 matrices to LPS, mm.\n" + tomli_w.dumps(data)


def write_plan(plan: Plan, path: Path) -> None:
    """Write `plan` atomically."""
    text = dump_plan(plan)
    write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))
