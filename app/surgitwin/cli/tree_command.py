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
    "--least-radius", type=click.FloatRange(0, 50), default=0.0, help="Leave out thinner branches, mm."
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
    help="Write .json (with sections), .csv (table of branches) or .vtp (lines).",
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
    least_radius: float,
    fwhm: float | None,
    names: tuple[str, ...],
    keep: bool,
    out: Path | None,
) -> Output:
    """Find the tree of vessels in a segment of CASE: branches with length, radius, narrowings; angles."""
    from surgitwin.planning.case import Case
    from surgitwin.planning.segments.edit import find_segment
    from surgitwin.planning.segments.tree import tree_case, tree_current, tree_of
    from surgitwin.planning.segments.tree_names import names_of, rename_branch
    from surgitwin.planning.segments.tree_rows import require_format, tree_data, write_tree
    from surgitwin.planning.segments.tree_table import voxel_of

    if only_given and not ends:
        raise UsageError(
            "usage.arguments", "--only-given needs ends.", hint="Give one --end x,y,z or more.", where="--end"
        )
    measuring = root or ends or without or least_radius or prune != 1.0 or fwhm is not None
    if keep and measuring:
        raise UsageError(
            "usage.arguments",
            "--keep measures nothing: roots, ends, --prune, --least-radius and --fwhm would have no effect.",
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
                only_given=only_given, prune=prune, least_radius_mm=least_radius, fwhm_mm=fwhm,
                progress=progress(),
            )  # fmt: skip
        of = find_segment(done.labels, segment).name
        for number, words in given:
            done = rename_branch(done, of, number, words)
    found, called = tree_of(done, of), names_of(done.state, of)
    if out is not None:
        if out.suffix.lower() == ".vtp":
            done.volume.require_scale()
        write_tree(found, out, called, voxel_of(done))
    current = tree_current(done, of)
    data = {
        "case": str(case),
        "segment": of,
        "current": current,
        "out": None if out is None else str(out),
        **tree_data(found, names=called),
    }
    return Output(data, _words(found, data, out))


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


def _words(found: VesselTree, data: dict[str, Any], out: Path | None) -> str:
    rows = []
    for b in data["branches"]:
        lesion = "-" if not b["lesions"] else f"{b['lesions'][0]['diameter_percent']:.0f} %"
        metric = ["-"] * 4
        if found.metric:
            metric = [f"{b[k]:.2f}" for k in ("length_mm", "mean_radius_mm", "min_radius_mm", "tortuosity")]
        parent = "-" if b["parent"] is None else str(b["parent"])
        rows.append([str(b["id"]), b["name"], parent, str(b["generation"]), *metric, lesion])
    header = [
        "branch",
        "name",
        "parent",
        "generation",
        "length mm",
        "mean r",
        "min r",
        "tortuosity",
        "narrowing",
    ]
    lines = [table(rows, header)]
    ends = sum(j.kind in ("end", "cut_off") for j in found.joints)
    forks = sum(j.kind == "bifurcation" for j in found.joints)
    lines.append(f"{len(rows)} branches, {forks} bifurcations, {ends} ends, {found.loops} loops.")
    lines += [data["reason"]] if data["reason"] else []
    lines += [] if data["current"] else ["OUT OF DATE: the segment was changed since. Measure it again."]
    lines += [f"Note: {n.message}" for n in found.notices]
    lines += [f"Wrote {out}"] if out is not None else []
    return "\n".join(lines)
