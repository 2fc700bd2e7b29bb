"""A solved problem file in words: solid steps and flow runs have columns of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from surgitwin.cli.output import Output, table

Row = Mapping[str, Any]


def problem_output(data: dict[str, Any]) -> Output:
    """Runs of a problem file: one line each, then what was asked for, checks, warnings and files."""
    flow = any("reynolds" in run for run in data["runs"])
    lines = _flow(data["runs"]) if flow else _solid(data["runs"])
    lines += [f"Note: {w}" for w in data["warnings"]]
    lines += [f"Wrote {f}" for f in data.get("files", [])]
    return Output(data, "\n".join(lines))


def _flow(runs: list[dict[str, Any]]) -> list[str]:
    columns: dict[str, Callable[[Row], str]] = {
        "run": lambda r: str(r["load_case"]),
        "unknowns": lambda r: str(r["dofs"]),
        "Reynolds": lambda r: f"{r['reynolds']:.4g}",
        "Newton": lambda r: str(r["newton_iterations"]),
        "residual": lambda r: f"{r['rel_residual']:.1e}",
        "mass imbalance": lambda r: f"{r['mass_imbalance']:.1e}",
        "s": lambda r: f"{r['wall_s']['total']:.1f}",
    }
    lines = [table([[read(r) for read in columns.values()] for r in runs], list(columns))]
    for run in runs:
        lines += ["", "at the end of the run:", _openings(run)]
        lines += [f"force on {name} = {_numbers(force)} N" for name, force in run["force_N"].items()]
        for name, mean in run["wall_shear_mean_Pa"].items():
            most = run["wall_shear_max_Pa"][name]
            lines.append(f"wall shear stress on {name}: mean {mean:.5g} Pa, largest {most:.5g} Pa")
        lines += [_cycle(name, cycle) for name, cycle in run["wall_cycle"].items()]
        lines.append("")
    return lines


def _openings(run: Row) -> str:
    """Flow and mean pressure of every opening."""
    pressure = run["mean_pressure_Pa"]
    rows = [[name, f"{flow:.6g}", f"{pressure[name]:.6g}"] for name, flow in run["outflow_m3_s"].items()]
    return table(rows, ["opening", "flow out m3/s", "mean pressure Pa"])


def _cycle(name: str, cycle: Row) -> str:
    """Measures of the last kept cycle on a wall, or why there are none."""
    if "reason" in cycle:
        return f"cycle on {name}: none. {cycle['reason']}"
    titles = {"tawss_Pa": ("TAWSS", " Pa"), "osi": ("OSI", ""), "rrt_per_Pa": ("RRT", " 1/Pa")}
    said = [
        f"{title} {c['min']:.4g} to {c['max']:.4g}{unit} (median {c['median']:.4g})"
        for c, title, unit in ((cycle[key], *words) for key, words in titles.items())
    ]
    return f"cycle on {name}: " + ", ".join(said)


def _numbers(values: list[float]) -> str:
    return "[" + ", ".join(f"{v:.5g}" for v in values) + "]"


def _solid(runs: list[dict[str, Any]]) -> list[str]:
    """One line a step, then outputs, couplings and reactions."""
    rows = [
        [
            r["load_case"],
            str(r["dofs"]),
            str(r.get("increments", 1)),
            str(r.get("newton_iterations", r["iterations"])),
            f"{r['rel_residual']:.1e}",
            "-" if r.get("moment_imbalance") is None else f"{r['moment_imbalance']:.1e}",
            "-" if r.get("energy_mJ") is None else f"{r['energy_mJ']:.5g}",
            f"{r['wall_s']['total']:.1f}",
        ]
        for r in runs
    ]
    head = ["step", "unknowns", "increments", "Newton", "residual", "moment imbalance", "energy mJ", "s"]
    lines = [table(rows, head)]
    for run in runs:
        for group in ("outputs", "couplings", "reactions"):
            lines += [f"{run['load_case']}: {name} = {value}" for name, value in run.get(group, {}).items()]
    return lines + _checks_block(runs)


def _checks_block(runs: list[dict[str, Any]]) -> list[str]:
    """Numerical checks of the last step, and of every step what is over its limit."""
    from surgitwin.mechanics.numerical_check import Check
    from surgitwin.planning.solving.numerics_table import MARKS, limit, number

    found = {r["load_case"]: [Check(**c) for c in r["numerics"]] for r in runs if r.get("numerics")}
    if not found:
        return []
    last = next(reversed(found))
    lines = ["", f"checks, {last}:"]
    lines.append(
        table([[c.title, number(c), limit(c), MARKS[c.verdict]] for c in found[last]], ["", "", "limit", ""])
    )
    bad = [f"Not met in {step}: {c.title.lower()}. {c.words}" for step, cs in found.items() for c in cs
           if c.verdict == "bad"]  # fmt: skip
    return [*lines, *(bad or ["All limits are met."]), ""]
