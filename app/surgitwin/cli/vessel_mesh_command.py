"""mesh-vessel: wall or blood of a vessel of any shape, from a case's segment or the file of a surface."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from surgitwin.cli.deidentify_commands import PURPOSE
from surgitwin.cli.mesh_commands import FILE, surface_options
from surgitwin.cli.output import Output, progress, speaks, table
from surgitwin.cli.tree_command import read_point
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.planning.meshes.vessel import MeshedVessel, VesselSource


@click.command("mesh-vessel")
@click.argument("source", type=FILE)
@click.option("--out", required=True, type=FILE, help="Suffix: vtu, xdmf, feb, msh, stl, ply.")
@click.option("--size", type=float, required=True, help="Largest edge in mm.")
@click.option("--least", type=float, help="Smallest edge in mm (default: a third of --size).")
@click.option(
    "--per-radius", type=float, default=2.0, show_default=True, help="Edges to a radius of curvature."
)
@click.option("--wall", type=float, metavar="MM", help="Grow a wall so thick outwards (without: the blood).")
@click.option("--blood", is_flag=True, help="With --wall: the blood too, with shared nodes (FSI).")
@click.option("--layers", type=int, default=3, show_default=True, help="Layers of the wall, or at the wall.")
@click.option("--first", type=float, default=0.1, show_default=True, help="Blood: first layer in mm.")
@click.option("--growth", type=float, default=1.3, show_default=True, help="Blood: next over this.")
@click.option(
    "--open", "opened", multiple=True, metavar="X,Y,Z", help="Cut open here; the smaller side goes."
)
@click.option("--open-ends", is_flag=True, help="Cut open at the ends of the case's `tree`.")
@click.option("--extensions", type=float, default=0.0, help="Prolong open ends by so many diameters.")
@click.option("--segment", default="", help="Of a case: segment of the vessel (the only one without).")
@surface_options
@PURPOSE
@speaks
def mesh_vessel(
    source: Path, out: Path, size: float, least: float | None, per_radius: float, wall: float | None,
    blood: bool, layers: int, first: float, growth: float, opened: tuple[str, ...], open_ends: bool,
    extensions: float, segment: str,
    unit: str | None, frame: str | None, accept_size: bool, purpose: str,
) -> Output:  # fmt: skip
    """Mesh the wall or the blood of a vessel: SOURCE is a case with a segment, or a surface (STL, OBJ, PLY,
    VTP, STEP). Its shape is free: branches, aneurysms, bends."""
    from surgitwin.meshing.walls.vessel import VesselWish
    from surgitwin.planning.meshes.surface import SurfaceTask
    from surgitwin.planning.meshes.vessel import mesh_vessel_file, of_file, points_of

    wish = VesselWish(
        size, size / 3 if least is None else least, per_radius, wall, layers, first, growth, extensions,
        points_of([read_point("--open", p) for p in opened]), blood=blood,
    )  # fmt: skip
    if source.is_dir():
        _only(
            not (unit or frame or accept_size), "--unit, --frame and --accept-size", "the file of a surface"
        )
        given = _of_case(source, segment, open_ends, purpose)
    else:
        _only(not (segment or open_ends), "--segment and --open-ends", "a case")
        given = of_file(SurfaceTask(source, unit, frame, accept_size))
    done = mesh_vessel_file(given, wish, out, frame == "own", progress())
    return Output(done.as_dict(), _words(done))


def _of_case(folder: Path, segment: str, open_ends: bool, purpose: str) -> VesselSource:
    from surgitwin.planning.case import Case
    from surgitwin.planning.meshes.vessel import of_case

    return of_case(Case.open(folder), segment, open_ends, purpose)


def _only(fine: bool, options: str, of: str) -> None:
    if not fine:
        raise UsageError(
            "usage.arguments", f"{options} belong to {of}.", hint="Leave them out.", where="SOURCE"
        )


def _words(done: MeshedVessel) -> str:
    made = done.made
    rows = [
        [
            q.name,
            str(q.n_cells),
            f"{q.volume_mm3:.1f}",
            f"{q.min_scaled_jacobian:.3f}",
            f"{q.p1_scaled_jacobian:.2f}",
        ]
        for q in made.parts
    ]
    lines = [table(rows, ["part", "tetrahedra", "mm3", "worst scaled Jacobian", "1st percentile"])]
    for n, end in enumerate(made.ends, 1):
        x, y, z = end["centre_mm"]
        lines.append(f"end_{n}: {end['diameter_mm']:.2f} mm wide, at LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm.")
    lines.append(
        f"The surface moved by {made.moved_mm:.2f} mm at most to get even triangles; {done.wall_s:.1f} s."
    )
    return "\n".join([*lines, *(f"Note: {w}" for w in done.warnings), f"Wrote {done.file}"])
