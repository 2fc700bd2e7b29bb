"""Own objects in a report: what each one is, where it lies, how it lies to the segments. Same words for all
sites."""

from __future__ import annotations

from collections.abc import Mapping

from surgitwin.core.progress import SILENT, Progress
from surgitwin.implants.tables import material
from surgitwin.planning.case import Case
from surgitwin.planning.objects.checks import numbers_of
from surgitwin.planning.objects.measure import ObjectNumbers, SegmentNumbers
from surgitwin.planning.objects.pictures import object_pictures
from surgitwin.planning.objects.pose import angles_deg, place_note
from surgitwin.planning.objects.record import NOT_SIMULATED, OwnObject, objects_of
from surgitwin.planning.objects.words import distance_words, overlap_words, remarks, volume_words
from surgitwin.report.data import Fact
from surgitwin.report.document import Block, Cell, DataTable, FactTable, Heading, Items, Pictures, Text
from surgitwin.segmentation.table import title

TITLE = "Own objects"
OF_THE_CASE = (
    "Bodies from files, placed in the patient by hand. They belong to the case and not to a plan: plans are "
    "checked, simulated and compared without them."
)
ERRORS = (
    "A segment is the union of its voxels, as painted. ± of a distance: half the diagonal of a voxel, and "
    "how far apart the points are that stand for the object's surface. ± of an overlap: how far three "
    "answers differ, from lines along the three axes of the image. Both are estimates; neither holds errors "
    "of the segmentation."
)
FRAMES: Mapping[str, str] = {
    "own": "of the device by itself; placed by hand",
    "lps": "of the patient, LPS (left, back, head)",
    "ras": "of the patient, RAS (right, front, head); turned to LPS",
}
HEAD = ("Segment", "Distance", "Overlap", "Long axis inside")
SHARES = (22.0, 32.0, 32.0, 14.0)
MOST_ROWS = 12
"""Segments in a table, those nearest to the object (layout only)."""


def object_blocks(case: Case, progress: Progress = SILENT) -> tuple[Block, ...]:
    """The section of a report; empty for a case without objects.

    Raises what `measure_object` raises. Measures and draws: some seconds for large bodies.
    """
    known = objects_of(case.state)
    if not known:
        return ()
    out: list[Block] = [Heading(TITLE), Text(OF_THE_CASE)]
    if any(o.kind == "implant" for o in known):
        out.append(Text(NOT_SIMULATED, "alert"))
    out.append(Pictures(object_pictures(case, known), 3))
    for n, own in enumerate(known):
        found = numbers_of(case, own, progress.part(n / len(known), (n + 1) / len(known)))
        out += _one(case, own, found)
    return (*out, Text(ERRORS, "legend"))


def _one(case: Case, own: OwnObject, found: ObjectNumbers) -> list[Block]:
    """An object: facts, its numbers, what must be known of it."""
    out: list[Block] = [Heading(own.name, 2), FactTable(_facts(own, found))]
    rows = sorted(found.segments, key=lambda r: (-r.overlap_mm3, abs(r.distance_mm or 0.0)))
    if rows:
        out.append(DataTable(HEAD, tuple(_cells(r) for r in rows[:MOST_ROWS]), SHARES))
    notes = [place_note(own, case.volume.grid, next_step=False), *remarks(found), *own.notes]
    if len(rows) > MOST_ROWS:
        notes.append(f"{len(rows) - MOST_ROWS} more segments overlap it less or lie farther away.")
    said = tuple(n for n in notes if n)
    return out + ([Items(said)] if said else [])


def _facts(own: OwnObject, found: ObjectNumbers) -> tuple[Fact, ...]:
    middle = ", ".join(f"{v:.1f}" for v in own.middle_mm)
    turns = ", ".join(f"{round(v, 1) + 0.0:.1f}" for v in angles_deg(own))  # + 0.0: no "-0.0"
    file = own.file or "not kept (de-identified)"
    digest = f"SHA-256 {own.sha256[:16]}" if own.sha256 else ""
    facts = [
        Fact("Kind", own.kind, "not simulated"),
        Fact("File", f"{file} ({own.format}, {own.triangles} triangles)", digest),
        Fact("Lengths of the file", own.unit, "as the file says, or as answered when it was added"),
        Fact("Axes of the file", FRAMES[own.frame], "as the file says, or as answered when it was added"),
        Fact("Size", " x ".join(f"{v:.1f}" for v in own.size_mm) + " mm", "box along the file's axes"),
        Fact("Volume", "not told" if own.volume_mm3 is None else volume_words(own.volume_mm3)),
        Fact("Middle", f"LPS ({middle}) mm", "of that box"),
        Fact("Turned", f"({turns}) degrees", "about x, then y, then z of the patient (LPS), right hand"),
    ]
    if own.material:
        facts.append(Fact("Material", material(own.material).title, "noted; nothing is computed from it"))
    if found.long_mm is not None:
        facts.append(Fact("Long axis", f"{found.long_mm:.1f} mm", "longest principal axis of its surface"))
    return tuple(facts)


def _cells(row: SegmentNumbers) -> tuple[Cell, ...]:
    axis = "–" if row.axis_mm is None else f"{row.axis_mm:.1f} mm"
    return Cell(title(row.name)), Cell(distance_words(row)), Cell(overlap_words(row)), Cell(axis)
