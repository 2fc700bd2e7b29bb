"""The report of a case without a comparison: trees of vessels and own objects, whatever it is about."""

from __future__ import annotations

from pathlib import Path

from surgitwin import __version__
from surgitwin.core.progress import SILENT, Progress
from surgitwin.planning.case import Case, now
from surgitwin.planning.images.facts import image_facts
from surgitwin.planning.objects.report import TITLE, object_blocks
from surgitwin.planning.output.tree_report import TREE_LIMITS, tree_blocks, tree_hashes
from surgitwin.planning.segments.review import words as review_words
from surgitwin.planning.segments.tree import tree_names
from surgitwin.planning.site import BONE, GENERAL, SITES, site_of
from surgitwin.report.data import Fact
from surgitwin.report.document import Block, Document, FactTable, Heading, Items, Text
from surgitwin.report.document_files import write_document

TREE_TITLE = "Vessel tree"
NO_RESULT = "No plan has a result: this report holds the own objects only."
OBJECT_LIMITS = (
    "Overlaps and distances are geometry: nothing is said of strength, grip or healing.",
    "They are as good as the segments: what is not segmented is not met.",
)


def report_general(case: Case, out: Path, progress: Progress = SILENT) -> None:
    """Write trees (one or more) and own objects of the case to `out`, as `write_document`."""
    progress("Drawing pictures", 0.1)
    document = general_document(case, progress.part(0.1, 0.9))
    progress("Writing the report", 0.9)
    write_document(document, out)


def general_document(case: Case, progress: Progress = SILENT) -> Document:
    """Everything that the report says, in its order."""
    code = str(case.state["patient"].get("patient_code") or "not known")
    trees, objects = tree_blocks(case), object_blocks(case, progress)
    blocks: list[Block] = [*trees, *objects]
    if site_of(case) != GENERAL:
        blocks.insert(0, Text(NO_RESULT))
    limits = (*(TREE_LIMITS if trees else ()), *(OBJECT_LIMITS if objects else ()))
    blocks += [Heading("Image"), FactTable(image_facts(case)), Heading("Limits"), Items(limits)]
    blocks += [Heading("Provenance"), FactTable(_provenance(case))]
    both = f"{TREE_TITLE} and {TITLE.lower()}"
    return Document(
        title=both if trees and objects else TREE_TITLE if trees else TITLE,
        badge=_badge(case),
        case=case.name,
        lead=f"Case {case.name}, patient {code}. {review_words(case.state)}",
        program=f"SurgiTwin {__version__}",
        created=now(),
        blocks=tuple(blocks),
    )


def _badge(case: Case) -> str:
    """What the case is about, with the side of a measured bone."""
    title, measured = SITES[site_of(case)].title, site_of(case) == BONE and case.state.get("anatomy")
    return f"{case.anatomy.side} {title}" if measured else title


def _provenance(case: Case) -> tuple[Fact, ...]:
    labels = case.state.get("labels") or {}
    segments = (Fact("Label hash", labels["hash"]),) if labels else ()
    trees = tree_hashes(case) if tree_names(case) else ()
    return (Fact("Image hash", case.state["image_hash"]), *segments, *trees)
