"""mesh-surface, repair: surfaces of files, without a case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.mesh_sizes import local_sizes, size_options
from surgitwin.cli.output import Output, progress, speaks

if TYPE_CHECKING:
    from surgitwin.meshing.repair.report import RepairReport

FILE = click.Path(path_type=Path)


def surface_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is asked of every file of a surface."""
    for option in (
        click.option("--accept-size", is_flag=True, help="The size is right, however odd."),
        click.option("--frame", type=click.Choice(["lps", "ras", "own"]), help="When the file does not say."),
        click.option("--unit", type=click.Choice(["mm", "cm", "m", "um", "inch"]), help="As --frame."),
    ):
        command = option(command)
    return command


@click.command("mesh-surface")
@click.argument("file", type=FILE)
@click.option(
    "--out", required=True, type=FILE, help="Its suffix is the format: vtu, xdmf, feb, msh, stl, ply."
)
@click.option("--size", type=float, required=True, help="Mean edge length in mm.")
@click.option("--mesher", help="stuffing (default), stuffing-mmg3d (default with local sizes), netgen; gmsh, "
              "tetgen when installed.")  # fmt: skip
@click.option("--quadratic", is_flag=True, help="Ten-node tetrahedra.")
@click.option("--repair", "mend", is_flag=True, help="Mend the surface first.")
@size_options
@surface_options
@speaks
def mesh_surface(
    file: Path, out: Path, size: float, mesher: str | None, quadratic: bool, mend: bool,
    size_near: tuple[tuple[str, str], ...], within: float, curvature: float | None, least: float | None,
    large: bool, unit: str | None, frame: str | None, accept_size: bool,
) -> Output:  # fmt: skip
    """Fill the closed surface in FILE (STL, OBJ, PLY, VTP, STEP) with tetrahedra."""
    from surgitwin.planning.meshes.surface import SurfaceTask, mesh_surface_file

    task = SurfaceTask(file, unit, frame, accept_size)
    made = mesh_surface_file(
        task, out, size_mm=size, mesher=mesher, quadratic=quadratic, mend=mend,
        sizes=local_sizes(size_near, within, curvature, least), large=large, progress=progress(),
    )  # fmt: skip
    m = made.measured
    lines = [] if made.repair is None else [_repaired(made.repair)]
    lines += [
        f"Wrote {out}: {m.cells} tetrahedra by {made.mesher} in {made.wall_s:.2f} s.",
        f"Angles between faces: {m.min_dihedral_deg:.1f} to {m.max_dihedral_deg:.1f} degrees; scaled "
        f"Jacobian: "
        f"worst {m.min_scaled_jacobian:.2f}, 1st percentile {m.p1_scaled_jacobian:.2f}.",
        f"Largest distance: mesh to surface {m.to_surface_mm:.2f} mm, surface to mesh "
        f"{m.from_surface_mm:.2f} mm; "
        f"volume {m.volume_change:+.1%}.",
    ]
    lines += [f"Note: {w}" for w in made.warnings]
    return Output(made.as_dict(), "\n".join(lines))


@click.command("repair")
@click.argument("file", type=FILE)
@click.option("--out", required=True, type=FILE, help="Its suffix is the format: stl, ply, vtp.")
@surface_options
@speaks
def repair(file: Path, out: Path, unit: str | None, frame: str | None, accept_size: bool) -> Output:
    """Close, orient and clean the surface in FILE; say what was wrong, what was done, what is left.

    The exit code is 4 when something could not be mended (the file is written all the same).
    """
    from surgitwin.planning.meshes.surface import SurfaceTask, repair_surface_file

    report = repair_surface_file(SurfaceTask(file, unit, frame, accept_size), out, progress())
    data = {"file": str(out), **report.as_dict()}
    return Output(data, f"{_repaired(report)}\nWrote {out}.", 4 if report.unsolved else 0)


def _repaired(report: RepairReport) -> str:
    """The report in words."""
    found = {k: v for k, v in report.before.as_dict().items() if v and k not in ("triangles", "shells")}
    lines = [
        "Found: " + (", ".join(f"{v} {k.replace('_', ' ')}" for k, v in found.items()) or "no faults") + "."
    ]
    lines += [f"Done: {step}." for step in report.steps]
    lines += [
        f"Filled: a hole of {h.edges} edges, rim {h.rim_mm:.1f} mm, {h.area_mm2:.1f} mm2, at LPS "
        f"({', '.join(f'{v:.1f}' for v in h.centre_mm)}) mm."
        for h in report.filled
    ]
    lines.append(
        f"Largest distance of the new surface from the old one {report.moved_mm:.3g} mm, of the old one "
        f"from the "
        f"new one {report.dropped_mm:.3g} mm; volume {report.volume_mm3 / 1000:.2f} ml."
    )
    return "\n".join([*lines, *(f"Not mended: {left}" for left in report.unsolved)])
