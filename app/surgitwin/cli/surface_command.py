"""surface: check the file of a bone or implant, and write it in LPS millimetres."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from surgitwin.cli.deidentify_commands import PURPOSE
from surgitwin.cli.output import Output, speaks
from surgitwin.core.errors import UsageError
from surgitwin.core.places import require_folder


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--unit", type=click.Choice(["mm", "cm", "m", "um", "inch"]), help="Unit of the file's lengths."
)
@click.option(
    "--frame", type=click.Choice(["lps", "ras", "own"]), help="Of the patient, or a device's own axes."
)
@click.option("--accept-size", is_flag=True, help="The size is right although unusual.")
@click.option("--out", type=click.Path(path_type=Path), help="Write it as .stl, .ply or .vtp, in mm.")
@click.option("--case", type=click.Path(path_type=Path), help="Case of its patient, whose consent is asked.")
@PURPOSE
@speaks
def surface(
    file: Path, unit: str | None, frame: Any, accept_size: bool, out: Path | None, case: Path | None,
    purpose: str,
) -> Output:  # fmt: skip
    """Check the surface in FILE (STL, OBJ, PLY, VTP, STEP): size, volume, holes; --out writes it in mm."""
    from surgitwin.meshing.files.surfaces import read_surface_file
    from surgitwin.planning.objects.reading import fault_words
    from surgitwin.planning.output.segment_files import write_surface
    from surgitwin.planning.privacy.leaving_file import before_file

    if out is not None:
        require_folder(out)
    found = read_surface_file(file, unit=unit, frame=frame, accept_size=accept_size)
    said: tuple[str, ...] = ()
    if out is not None:
        if found.frame == "own":
            raise UsageError(
                "usage.export",
                "A device in axes of its own has no place in the patient, and files are written in LPS.",
                hint="Leave --out out, or say --frame lps or ras.",
                where="--frame",
            )
        said = before_file(found.mesh, case, purpose)
        write_surface(found.mesh, out)
    data = {**found.as_dict(), "file": str(file), "out": None if out is None else str(out)}
    data["warnings"] = list(said)
    data["fault"] = fault_words(found)
    if data["fault"]:
        data |= {"volume_ml": None, "reason": data["fault"]}
    size = " x ".join(f"{v:.4g}" for v in data["size_mm"])
    holes = "closed" if found.open_edges == 0 else f"{found.open_edges} open edges"
    lines = [
        f"{found.format}: {data['triangles']} triangles, {size} mm, {holes}, frame {found.frame.upper()}"
    ]
    lines += [f"Volume: {data['volume_ml']:.2f} ml"] if data["volume_ml"] is not None else [data["reason"]]
    lines += [f"Note: {n}" for n in (*found.notes, *said)] + ([f"Wrote {out}"] if out is not None else [])
    return Output(data, "\n".join(lines))
