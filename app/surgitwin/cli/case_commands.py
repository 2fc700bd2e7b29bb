"""scan, new, segment, mesh, info: from a folder to a meshed bone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.deidentify_commands import new_case_options
from surgitwin.cli.image_options import image_options, look_output, one_source, to_answers
from surgitwin.cli.mesh_sizes import local_sizes, size_options
from surgitwin.cli.model_command import model_options, segment_by_model
from surgitwin.cli.output import Output, progress, speaks, table
from surgitwin.cli.segment_file import file_options, segment_from_file
from surgitwin.cli.vessel_output import segment_vessel_command
from surgitwin.core.errors import UsageError

if TYPE_CHECKING:
    from surgitwin.imaging import Series

CASE = click.Path(path_type=Path)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@speaks
def scan(path: Path) -> Output:
    """List the image series in PATH, also the refused ones with the reason. Of a NIfTI, NRRD, MetaImage or
    VTI file, say what it leaves open."""
    from surgitwin.imaging import scan_all
    from surgitwin.imaging.formats.reader import image_suffix, look_image

    if image_suffix(path):
        return look_output(look_image(path))
    found = scan_all(path, progress())
    lines = [line for one in found.series for line in _series_lines(path, one)]
    data = {"series": [s.as_dict() for s in found.series], "notes": list(found.notes)}
    return Output(data, "\n".join([*lines, *found.notes]))


def _series_lines(root: Path, series: Series) -> list[str]:
    """What a person needs to choose a series: kind, size, what and when, where, and why not."""
    grid = series.grid
    size = "no geometry"
    if grid is not None:
        size = " x ".join(map(str, grid.shape)) + " voxels (k x j x i), "
        size += " x ".join(f"{v:.3g}" for v in grid.spacing_mm[::-1]) + " mm"
    known = (series.description, series.body_part, series.date)
    lines = [
        f"{series.status}: {series.modality} {size}",
        *([f"  {', '.join(k for k in known if k)}"] if any(known) else []),
        f"  {_count(series)} in {_where(root, series)}",
        f"  uid {series.uid}",
    ]
    lines += [f"  [{p.code}] {p.sentence()}" for p in series.problems]
    if series.resample is not None:
        lines.append(f"  {series.resample.words}")
    return lines + [f"  {n}" for n in series.notes]


def _count(series: Series) -> str:
    """Files, and slices where a file holds several."""
    files, slices = len(series.files), len(series.slices)
    said = f"{files} file{'s' if files != 1 else ''}"
    return said if files == slices else f"{slices} slices in {said}"


def _where(root: Path, series: Series) -> str:
    """The folders of a series, relative to the path that was scanned."""
    start = root.as_posix().rstrip("/")
    folders = sorted({s.folder for s in series.slices})
    short = [f.removeprefix(start).lstrip("/!") or root.name or "." for f in folders]
    return ", ".join(short[:3]) + (f" and {len(short) - 3} more folders" if len(short) > 3 else "")


@click.command()
@click.argument("case", type=CASE)
@click.option("--dicom", type=click.Path(path_type=Path), help="Folder (or file) with DICOM.")
@click.option("--image", type=click.Path(path_type=Path), help="NIfTI, NRRD, MetaImage or VTI file instead.")
@click.option("--from-catalogue", "listed", metavar="UID", help="A series of the catalogue instead.")
@click.option("--series", "series_uid", help="Series instance UID, when there are several.")
@click.option(
    "--resample", is_flag=True, help="Resample a tilted or unevenly spaced stack, as `scan` offers."
)
@click.option("--body-weight", type=float, help="kg; overrides the image header.")
@new_case_options
@image_options
@speaks
def new(
    case: Path,
    dicom: Path | None,
    image: Path | None,
    listed: str | None,
    series_uid: str | None,
    resample: bool,
    body_weight: float | None,
    answers: dict[str, Any],
    anonymous: Any,
) -> Output:
    """Make the case CASE (a folder, by custom NAME.twin) from DICOM images, one image file or the catalogue.
    What an image file does not say is asked: see `surgitwin scan FILE`."""
    from surgitwin.planning.images.files import case_from_image
    from surgitwin.planning.images.from_catalogue import case_from_catalogue
    from surgitwin.planning.images.new_case import new_case

    one_source(dicom, image, answers, listed)
    if listed is not None:
        made = case_from_catalogue(
            case, listed, body_weight_kg=body_weight, resample=resample, anonymous=anonymous,
            progress=progress(),
        )  # fmt: skip
    elif image is not None:
        made = case_from_image(
            case, image, to_answers(answers), body_weight_kg=body_weight, anonymous=anonymous,
            progress=progress(),
        )  # fmt: skip
    else:
        made = new_case(
            case, Path(dicom or ""), series_uid=series_uid, body_weight_kg=body_weight, resample=resample,
            anonymous=anonymous, progress=progress(),
        )  # fmt: skip
    weight = made.state["body_weight_kg"]
    data = {
        "case": str(case),
        "series": made.state["series"],
        "body_weight_kg": weight,
        "patient": made.state["patient"],
    }
    if weight is None:
        data["reason"] = "The image header holds no body weight; give --body-weight to `solve`."
    said = "unknown (give --body-weight)" if weight is None else f"{weight:g} kg"
    about = made.state.get("deidentified")
    data["deidentified"] = about
    lines = [f"Made {case} from series {made.state['series']['uid']}; body weight {said}."]
    if about:
        lines.append("Nothing that says who the patient is was kept; every file of the case was searched.")
        lines += [f"Note: {w}" for w in about["warnings"]]
    return Output(data, "\n".join(lines))


def settings(pairs: tuple[str, ...]) -> dict[str, str]:
    """`key=value` words as a mapping (UsageError "usage.set")."""
    out: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(
                "usage.set", f"--set {pair}: key=value expected.", hint="For example --set gap_mm=3."
            )
        out[key.strip()] = value.strip()
    return out


@click.command()
@click.argument("case", type=CASE)
@click.option(
    "--preset", default="bone", show_default=True, help="Name of a preset; see `surgitwin presets`."
)
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Change a parameter of the preset.")
@click.option(
    "--point", "clicks", multiple=True, metavar="NAME=X,Y,Z", help="A click, LPS mm; may be repeated."
)
@click.option("--add", is_flag=True, help="Add the segments to those of the case.")
@click.option("--side", type=click.Choice(["left", "right"]), help="Overrule the side found from the bone.")
@file_options
@model_options
@speaks
def segment(case: Path, **asked: Any) -> Output:
    """Segment the image by a preset, and measure what a plan can be made on: `bone` (the femur),
    `aortic_root`
    (two points: aorta, ventricle), `artery` (start, end); the points are proposed when none is given."""
    from surgitwin.planning.undo.step import undoable

    with undoable(case):
        return _segment(case, **asked)


def _segment(
    case: Path,
    preset: str,
    pairs: tuple[str, ...],
    clicks: tuple[str, ...],
    add: bool,
    side: Any,
    file: Path | None,
    surface: dict[str, Any],
    model: dict[str, Any],
) -> Output:
    from surgitwin.planning.case import Case
    from surgitwin.planning.segments.bone import segment_case
    from surgitwin.planning.site import VESSELS
    from surgitwin.segmentation import names, parse_parameters, parse_points

    if model:
        others = {"--set": pairs, "--point": clicks, "--side": side, "--from": file, "--add": add}
        return _segmented(segment_by_model(case, model, others), None)
    if file is not None:
        others = {"--set": pairs, "--point": clicks, "--side": side}
        return _segmented(segment_from_file(case, file, add, surface, others), None)
    if preset in VESSELS:
        return segment_vessel_command(case, preset, settings((*pairs, *clicks)))
    if preset not in names():
        raise UsageError(
            "segment.unknown_preset",
            f"There is no segmentation preset called {preset!r}.",
            hint=f"Choose one of: {', '.join(dict.fromkeys((*names(), *VESSELS)))}.",
            where="--preset",
        )
    opened = Case.open(case)
    with opened.folder.locked():
        done = segment_case(
            opened,
            preset=preset,
            parameters=parse_parameters(preset, settings(pairs)),
            points=parse_points(preset, clicks),
            side=side,
            add=add,
            progress=progress(),
        )
    return _segmented(done.state, side)


def _segmented(state: Mapping[str, Any], side: str | None) -> Output:
    """What the preset made, which steps it took, what to know."""
    labels, anatomy = state["labels"], state.get("anatomy")
    run = (labels.get("added") or [labels])[-1]
    segments = labels["segments"]
    rows = [
        [s["name"], str(s["voxels"]), _millilitres(s), "yes" if s["touches_border"] else "no"]
        for s in segments
    ]
    notes = run.get("notes", [])
    lines = [table(rows, ["segment", "voxels", "ml", "touches border"])]
    lines += [_side_line(anatomy, side)] if anatomy else []
    lines += [f"Note: {w}" for w in (anatomy or {}).get("warnings", [])]
    lines += [f"Note: {n['text']}" for n in notes]
    data = {
        "segments": segments,
        "side": anatomy["side"] if anatomy else "none",
        "anatomy": anatomy,
        "notes": notes,
        "steps": run.get("steps", []),
    }
    return Output(data, "\n".join(lines))


def _millilitres(row: Mapping[str, Any]) -> str:
    return "-" if row["volume_ml"] is None else f"{row['volume_ml']:.1f}"


def _side_line(anatomy: Mapping[str, Any], given: str | None) -> str:
    """The side in use and who says so."""
    signs = anatomy["side_confidence"]
    said = f"(given; the anatomy says: {signs})" if given else f"({signs})"
    return f"Side: {anatomy['side'].upper()} {said}"


@click.command()
@click.argument("case", type=CASE)
@click.option("--size", type=float, help="Edge length in mm (default: the mesher's).")
@click.option("--tissue", "tissues", multiple=True, help="Segment to mesh; several make one conforming mesh.")
@click.option(
    "--mesher", help="Of the intact bone: stuffing-mmg3d (default), netgen; gmsh, tetgen if installed."
)
@size_options
@speaks
def mesh(
    case: Path, size: float | None, tissues: tuple[str, ...], mesher: str | None,
    size_near: tuple[tuple[str, str], ...], within: float, curvature: float | None, least: float | None,
    large: bool,
) -> Output:  # fmt: skip
    """Mesh the intact bone with quadratic tetrahedra (fracture and implants are meshed by `solve`), or the
    named segments as one conforming mesh (none named in a case about other anatomy: all that are large
    enough, and which were left out). How many tetrahedra, how much memory and time are expected is said
    first."""
    from surgitwin.meshing.meshers.mesher import DEFAULT_MESHER
    from surgitwin.planning.case import Case
    from surgitwin.planning.meshes.materials import material_rows, material_words
    from surgitwin.planning.meshes.step import mesh_case
    from surgitwin.planning.meshes.tissues import mesh_slot

    opened = Case.open(case)
    with opened.folder.locked():
        done = mesh_case(
            opened, size_mm=size, tissues=tissues, mesher=mesher or DEFAULT_MESHER,
            sizes=local_sizes(size_near, within, curvature, least), large=large, progress=progress(),
        )  # fmt: skip
    step = done.state[mesh_slot(done) if tissues else "mesh"]
    rows = [
        [p["name"], str(p["n_cells"]), f"{p['min_scaled_jacobian']:.2f}", f"{p['hausdorff_mm']:.2f}"]
        for p in step["parts"]
    ]
    text = table(rows, ["part", "tetrahedra", "worst scaled Jacobian", "distance to surface mm"])
    keys = (
        "parts",
        "contacts",
        "order",
        "mesher",
        "wall_s",
        "size_mm",
        "sizes",
        "expected",
        "surface_report",
        "left_out",
        "warnings",
    )
    data = {k: step[k] for k in keys if k in step}
    if "tissues" in step:
        rows = [
            [*row, f"{p['p95_mm']:.2f}", f"{p['volume_mm3'] / 1000:.2f}", f"{p['volume_change']:+.2%}"]
            for row, p in zip(rows, step["parts"], strict=True)
        ]
        heads = ["part", "tetrahedra", "worst scaled Jacobian", "farthest from labels mm"]
        text = table(rows, [*heads, "95 % within mm", "ml", "against labels"])
        text += f"\nEdge length asked for: {step['size_mm']:g} mm."
        data["materials"] = material_rows(done, [str(p["name"]) for p in step["parts"]])
        notes = [f"Note: {w}" for w in step.get("warnings", ())]
        text = "\n".join([text, *notes, *material_words(data["materials"])])
    return Output(data, text)


@click.command()
@click.argument("case", type=CASE)
@speaks
def info(case: Path) -> Output:
    """Say what CASE holds: patient (coded), images, registrations, segments, plans, hashes, disk use."""
    from surgitwin.planning.images.registration_words import registration_line
    from surgitwin.planning.overview import overview

    data = overview(case)
    about = f"side {data['side']}" if data["side"] else str(data["site"]).replace("_", " ")
    lines = [f"{data['case']} (schema {data['schema']}), {data['disk_use_MB']:.0f} MB, {about}"]
    consent = data["consent"]
    lines.append("consent: " + (consent["words"] if consent else "none recorded, planning only"))
    lines += [_image_line(n, row) for n, row in enumerate(data["images"], 1)]
    lines += [f"registration {registration_line(row)}" for row in data["registrations"]]
    lines += [f"segment {s['name']}: {_volume(s)}" for s in data["segments"]]
    lines += [_mesh_line(p) for p in data["mesh"]]
    if data["mesh_current"] is False:
        lines.append("The mesh is older than the segments: mesh again.")
    lines += [f"plan {p['name']}: {p['procedure']}, {p['result']}" for p in data["plans"]]
    lines += [f"object {o['name']}: {o['kind']}, not simulated" for o in data["objects"]]
    lines += [f"Note: {n}" for n in data["identity_notes"]]
    return Output(data, "\n".join(lines))


def _image_line(number: int, row: Mapping[str, Any]) -> str:
    """One image of the case: modality, voxels along k, j and i, and their size."""
    shape = " x ".join(str(n) for n in row["shape"])
    spacing = row["spacing_mm"]
    size = " x ".join(f"{mm:.3g}" for mm in spacing) + " mm" if spacing else "size in mm unknown"
    return f"image {number}: {row['modality']}, {shape} voxels (k x j x i), {size}"


def _mesh_line(part: Mapping[str, Any]) -> str:
    """One part of the case's mesh."""
    return (
        f"mesh of {part['name']}: {part['n_cells']} tetrahedra, {part['volume_mm3'] / 1000:.1f} ml, "
        f"scaled Jacobian worst {part['min_scaled_jacobian']:.2f}, 1st percentile "
        f"{part['p1_scaled_jacobian']:.2f}"
    )


def _volume(row: Mapping[str, Any]) -> str:
    """Volume of a segment, or why there is none."""
    if row["volume_ml"] is None:
        reason = str(row["reason"]).rstrip(".")
        return reason[:1].lower() + reason[1:]
    return f"{row['volume_ml']:.1f} ml"
