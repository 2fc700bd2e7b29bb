"""The report of a case about other anatomy that holds trees of vessels: pictures, table, notes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surgitwin import __version__
from surgitwin.anatomy.tree import VesselTree
from surgitwin.core.progress import SILENT, Progress
from surgitwin.planning.case import Case, now
from surgitwin.planning.images.facts import image_facts
from surgitwin.planning.segments.review import words as review_words
from surgitwin.planning.segments.tree import KEY, tree_current, tree_names, tree_of
from surgitwin.planning.segments.tree_names import names_of
from surgitwin.planning.segments.tree_rows import NO_SCALE
from surgitwin.planning.segments.tree_table import BranchRow, branch_rows, narrowest_words, voxel_of
from surgitwin.planning.site import SITES, site_of
from surgitwin.report.data import Fact, ReportPicture
from surgitwin.report.document import (
    Block,
    Cell,
    DataTable,
    Document,
    FactTable,
    Heading,
    Items,
    Pictures,
    Text,
)
from surgitwin.report.document_files import write_document
from surgitwin.scene.fields import ColourScale
from surgitwin.scene.model import Layer
from surgitwin.scene.page import png
from surgitwin.scene.tree_layers import branch_layers, diameter_layer
from surgitwin.scene.vessel_picture import vessel_picture

SIZE = (560, 640)
HEAD = ("Branch", "From", "Length [mm]", "Mean Ø [mm]", "Least Ø [mm]", "Tortuosity", "Narrowest place")
SHARES = (20.0, 16.0, 10.0, 10.0, 10.0, 10.0, 24.0)
SIDES = (("from the front", (0.0, -1.0, 0.0)), ("from the left", (1.0, 0.0, 0.0)))
LIMITS = (
    "The tree is as good as its segment: what is no vessel in the segment is a branch here.",
    "Accuracy is known on phantoms only: no real tree with a reference was at hand.",
    "Inside bifurcations no sections are measured; a narrowing there is not seen.",
    "Tortuosity is length over the distance of the ends, minus 1.",
    "± of a narrowing: by the error of the wall on phantoms, twice that where the throat is in doubt (~).",
)


def report_trees(case: Case, out: Path, progress: Progress = SILENT) -> None:
    """Write all trees of the case (one or more) to `out`, as `write_document`."""
    progress("Drawing pictures", 0.1)
    document = tree_document(case)
    progress("Writing the report", 0.9)
    write_document(document, out)


def tree_document(case: Case) -> Document:
    """Everything that the report says, in its order."""
    code = str(case.state["patient"].get("patient_code") or "not known")
    blocks: list[Block] = []
    for segment in tree_names(case):
        blocks += _tree(case, segment)
    blocks += [Heading("Image"), FactTable(image_facts(case)), Heading("Limits"), Items(LIMITS)]
    blocks += [Heading("Provenance"), FactTable(_provenance(case))]
    return Document(
        title="Vessel tree",
        badge=SITES[site_of(case)].title,
        case=case.name,
        lead=f"Case {case.name}, patient {code}. {review_words(case.state)}",
        program=f"SurgiTwin {__version__}",
        created=now(),
        blocks=tuple(blocks),
    )


def _tree(case: Case, segment: str) -> list[Block]:
    tree, names = tree_of(case, segment), names_of(case.state, segment)
    rows = branch_rows(tree, names, voxel_of(case))
    out: list[Block] = [Heading(f"Vessels of {segment.replace('_', ' ')}")]
    if not tree_current(case, segment):
        out.append(Text("OUT OF DATE: the segment was changed since the tree was measured.", "alert"))
    if not tree.metric:
        out.append(Text(NO_SCALE, "alert"))
    out += [
        Text(_summary(tree)),
        Pictures(tuple(_pictures(tree, segment)), 2),
        DataTable(HEAD, tuple(_cells(r) for r in rows), SHARES),
    ]
    notes = tuple(n.message for n in tree.notices)
    return out + ([Heading("Notes", 2), Items(notes)] if notes else [])


def _summary(tree: VesselTree) -> str:
    forks = sum(j.kind == "bifurcation" for j in tree.joints)
    on = "the image" if tree.source == "image" else "the smoothed segment"
    measured = f" Sections were measured on {on}." if tree.metric else ""
    return f"{len(tree.branches)} branches, {forks} bifurcations, {tree.loops} loops.{measured}"


def _cells(row: BranchRow) -> tuple[Cell, ...]:
    numbers = ((row.length_mm, 1), (row.mean_mm, 1), (row.least_mm, 1), (row.tortuosity, 2))
    return (
        Cell(row.name, "; ".join(row.flags)),
        Cell(row.parent_name or "–"),
        *(Cell("–" if v is None else f"{v:.{n}f}") for v, n in numbers),
        _narrowest(row),
    )


def _narrowest(row: BranchRow) -> Cell:
    q = row.narrowest
    below = "" if q is None else f"Ø {q.least_mm:.1f} mm at {q.at_mm:.1f} mm from its start"
    return Cell(narrowest_words(row), below)


def _pictures(tree: VesselTree, segment: str) -> list[ReportPicture]:
    layers: tuple[Layer, ...] = branch_layers(tree)
    scale: ColourScale | None = None
    if tree.metric:
        layer, scale = diameter_layer(tree)
        layers = (layer,)
    out = []
    for words, towards in SIDES:
        title = f"Centrelines, {words}"
        image = vessel_picture(
            layers, (title,), axis=np.array([0.0, 0.0, 1.0]), towards=towards, scale=scale, size=SIZE
        )
        out.append(ReportPicture(title, png(image), f"{title}: vessels of {segment}"))
    return out


def _provenance(case: Case) -> tuple[Fact, ...]:
    trees = case.state[KEY]
    return (
        Fact("Image hash", case.state["image_hash"]),
        *(Fact(f"Tree hash, {n.replace('_', ' ')}", str(trees[n]["input_hash"])) for n in tree_names(case)),
    )
