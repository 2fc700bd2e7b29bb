"""The task that solves a problem file: solid or flow, in a process of its own."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from surgitwin.core.progress import Progress

KINDS = ("solid", "flow")


def run(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Solve the file `problem`; write fields to the folder `fields` and the restart file, when given.

    Returns {"runs": [...], "warnings": [...], "files": [...]}.
    """
    # Imported here: DOLFINx belongs to the worker process, not to everyone who starts jobs.
    from surgitwin.mechanics.model.faults import Fault, raise_faults
    from surgitwin.mechanics.model.read import read_data

    path = Path(arguments["problem"])
    data = read_data(path)
    kind = data.get("kind", "solid")
    if kind not in KINDS:
        raise_faults([Fault("kind", f"{kind!r} is not one of {', '.join(KINDS)}")], str(path))
    if kind == "flow":
        from surgitwin.jobs.flow_task import solve_flow_data

        found: dict[str, Any] = solve_flow_data(data, path.parent, arguments, progress)
        return found
    return _solid(data, path, arguments, progress)


def _solid(data: dict[str, Any], path: Path, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    from surgitwin.mechanics.fenicsx.solids import solve_model
    from surgitwin.mechanics.fenicsx.solids.check import law_faults
    from surgitwin.mechanics.fenicsx.solids.restart import fingerprint
    from surgitwin.mechanics.fenicsx.solids.result import ModelResult
    from surgitwin.mechanics.fenicsx.solids.summary import part_rows, result_grid, run_row
    from surgitwin.mechanics.model.named_materials import unverified
    from surgitwin.mechanics.model.read import model_from

    started = time.perf_counter()
    model = model_from({k: v for k, v in data.items() if k != "kind"}, path.parent, law_faults, str(path))
    mesh_s = time.perf_counter() - started
    parts = part_rows(model.parts)
    restart = arguments.get("restart")
    kept = None if restart is None else Path(restart).with_suffix(".rows.json")
    rows = _earlier_rows(kept, fingerprint(model))
    begun = [time.perf_counter()]

    def step_ended(result: ModelResult) -> None:
        if result.increments[-1].fraction < 1.0:
            return
        spent = time.perf_counter() - begun[0]
        step = result.increments[-1].step
        assemble = sum(i.assemble_s for i in result.increments if i.step == step)
        walls = {
            "mesh": mesh_s, "assemble": assemble, "setup": 0.0, "solve": spent - assemble,
            "total": mesh_s + spent,
        }  # fmt: skip
        rows[:] = [r for r in rows if r["load_case"] != step] + [run_row(result, parts, walls)]
        if kept is not None:
            kept.write_text(json.dumps(rows), encoding="utf-8")
        begun[0] = time.perf_counter()

    result = solve_model(model, progress, None if restart is None else Path(restart), step_ended)
    files = []
    if arguments.get("fields"):
        folder = Path(arguments["fields"])
        folder.mkdir(parents=True, exist_ok=True)
        for part in model.parts:
            file = folder / f"{part.name}.vtu"
            result_grid(result, part.name).save(file)
            files.append(str(file))
    for row in rows:
        row["solver"], row["peak_rss_MB"] = result.facts["solver"], result.facts["peak_rss_MB"]
    warnings = dict.fromkeys(
        [*unverified(data), *(w for row in rows for w in row["warnings"]), *result.warnings]
    )
    curves = {k: [float(x) for x in v] for k, v in result.curves.items()}
    return {"runs": rows, "curves": curves, "warnings": list(warnings), "files": files}


def _earlier_rows(kept: Path | None, key: str) -> list[dict[str, Any]]:
    """Rows of the steps that this very problem had finished before a restart: they stand beside its file."""
    if kept is None or not kept.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
    return [r for r in rows if r["input_hash"] == key]
