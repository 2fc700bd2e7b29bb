"""tree: centrelines, branches and bifurcations of the vessels in a segment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.case_commands import CASE
from surgitwin.cli.output import Output, progress, speaks, table
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.anatomy.tree import VesselTree
    from surgitwin.core.arrays import FloatArray
    from surgitwin.planning.segments.tree_names import Names
    from surgitwin.planning.segments.tree_table import BranchRow


@click.command()
@click.argument("case", type=CASE)
@click.option("--segment", default="", help="Segment of the vessels (the only one, when there is one).")
@click.option("--root", metavar="X,Y,Z", help="Where the tree begins, LPS mm (proposed without).")
@click.option("--end", "ends", multiple=True, metavar="X,Y,Z", help="An end besides those found.")
@click.option("--without", multiple=True, metavar="X,Y,Z", help="Leave out the end nearest to here.")
@click.option("--only-given", is_flag=True, help="No ends but those of --end.")
@click.option(
    "--prune", type=click.FloatRange(0.1, 10), default=1.0, help="Over 1: fewer short branches; under: more."
)
@click.option(
    "--least-diameter",
    type=click.FloatRange(0, 100),
    default=None,
    help="Leave out end branches whose mean diameter is less, mm (the image's own unit without a scale). A "
    "thinner one that leads to wider ones stays.",
)
@click.option(
    "--least-radius", type=click.FloatRange(0, 50), default=None, help="Half of --least-diameter, mm."
)
@click.option(
    "--fwhm",
    type=click.FloatRange(0.1, 5),
    help="Sharpness of the image in mm (else found from its edges).",
)
@click.option("--name", "names", multiple=True, metavar="ID=NAME", help="Name a branch, as 3=LAD.")
@click.option("--keep", is_flag=True, help="Do not measure: take the tree that the case holds.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write .json (the whole tree, with sections), .csv (table of branches) or .vtp (lines).",
)
@speaks
def tree(
    case: Path,
    segment: str,
    root: str | None,
    ends: tuple[str, ...],
    without: tuple[str, ...],
    only_given: bool,
    prune: float,
    least_diameter: float | None,
    least_radius: float | None,
    fwhm: float | None,
    names: tuple[str, ...],
    keep: bool,
    out: Path | None,
) -> Output:
    """Find the tree of vessels in a segment of CASE: branches with lengths, diameters and narrowings.

    A segment that leaks gives no usable tree: the first line says so, and so does "usable" with --json.
    """
    from surgitwin.planning.case import Case
    from surgitwin.planning.segments.edit import find_segment
    from surgitwin.planning.segments.tree import require_vessels, tree_case, tree_current, tree_of
    from surgitwin.planning.segments.tree_names import names_of, rename_branch
    from surgitwin.planning.segments.tree_rows import require_format, tree_summary, write_tree
    from surgitwin.planning.segments.tree_table import voxel_of

    if only_given and not ends:
        raise UsageError(
            "usage.arguments", "--only-given needs ends.", hint="Give one --end x,y,z or more.", where="--end"
        )
    least = _least_radius(least_diameter, least_radius)
    measuring = root or ends or without or least is not None or prune != 1.0 or fwhm is not None
    if keep and measuring:
        raise UsageError(
            "usage.arguments",
            "--keep measures nothing: roots, ends, --prune, --fwhm and least sizes would have no effect.",
            hint="Leave --keep out to measure again, or leave those out.",
            where="--keep",
        )
    given = [_named(text) for text in names]
    if out is not None:
        require_format(out)
    done = Case.open(case)
    with done.folder.locked():
        if not keep:
            done = tree_case(
                done, segment, root=None if root is None else read_point("--root", root),
                ends=[read_point("--end", p) for p in ends],
                without=[read_point("--without", p) for p in without],
                only_given=only_given, prune=prune, least_radius_mm=least or 0.0, fwhm_mm=fwhm,
                progress=progress(),
            )  # fmt: skip
        require_vessels(done)
        of = find_segment(done.labels, segment).name
        for number, words in given:
            done = rename_branch(done, of, number, words)
    found, called = tree_of(done, of), names_of(done.state, of)
    if out is not None:
        if out.suffix.lower() == ".vtp":
            done.volume.require_scale()
        write_tree(found, out, called, voxel_of(done))
    data = {
        "case": str(case),
        "segment": of,
        "current": tree_current(done, of),
        "out": None if out is None else str(out),
        **tree_summary(found, called, voxel_of(done)),
    }
    return Output(data, _words(found, data, called, voxel_of(done)))


def _least_radius(diameter: float | None, radius: float | None) -> float | None:
    """The least radius, mm (UsageError "usage.arguments" when both are given)."""
    if diameter is not None and radius is not None:
        raise UsageError(
            "usage.arguments",
            "--least-diameter and --least-radius say the same.",
            hint="Give one of the two.",
            where="--least-radius",
        )
    return radius if diameter is None else diameter / 2


def _named(text: str) -> tuple[int, str]:
    """ID=NAME as a pair (UsageError "usage.arguments")."""
    number, sign, words = text.partition("=")
    if not sign or not number.strip().isdigit():
        raise UsageError(
            "usage.arguments", f"--name {text}: not understood.", hint="As --name 3=LAD.", where="--name"
        )
    return int(number), words


def read_point(option: str, text: str) -> FloatArray:
    """x,y,z as a point (UsageError "usage.point")."""
    import numpy as np

    try:
        point = np.array([float(v) for v in text.replace(";", ",").split(",")])
    except ValueError:
        point = np.zeros(0)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise UsageError(
            "usage.point", f"{option} {text}: three numbers expected.", hint="x,y,z in LPS mm.", where=option
        )
    return point


HEADER = [
    "branch", "name", "from", "length mm", "mean Ø mm", "least Ø mm", "tortuosity", "narrowing of the Ø",
    "notes",
]  # fmt: skip


def _words(found: VesselTree, data: dict[str, Any], names: Names, voxel_mm: float) -> str:
    from surgitwin.planning.segments.tree_table import branch_rows, diameter_words

    lines = []
    if not data["usable"]:
        lines.append(f"NOT USABLE: {data['not_usable_because']}. Next step: {data['next_step']}")
    if not data["current"]:
        lines.append("OUT OF DATE: the segment was changed since. Measure it again.")
    if data["usable"]:
        lines.append(table([_row(r, names) for r in branch_rows(found, names, voxel_mm)], HEADER))
    lines.append(
        f"{len(found.branches)} branches, {data['bifurcations']} bifurcations, {data['ends']} ends, "
        f"{found.loops} loops."
    )
    if not data["usable"]:  # a leak makes hundreds of rows: the verdict would scroll away
        lines.append("Branches are left out here: see them with --keep --json or --keep --out tree.csv.")
    lines.append(data["reason"] or diameter_words(voxel_mm))
    lines += [f"Note: {n.message}" for n in found.notices]
    lines += [f"Wrote {data['out']}"] if data["out"] else []
    return "\n".join(lines)


def _row(row: BranchRow, names: Names) -> list[str]:
    """A line of the table; lengths in mm, diameters with the ± that stands below the table."""
    from surgitwin.planning.segments.tree_table import narrowest_words

    def said(value: float | None, digits: int) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    plus = "" if row.uncertainty_mm is None else f" ± {row.uncertainty_mm:.1f}"
    return [
        str(row.id), names.get(row.id, ""), said(row.parent, 0), said(row.length_mm, 1),
        said(row.mean_mm, 1) + plus, said(row.least_mm, 1) + plus, said(row.tortuosity, 2),
        narrowest_words(row), "; ".join(row.flags),
    ]  # fmt: skip
