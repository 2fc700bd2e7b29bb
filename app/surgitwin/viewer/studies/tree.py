"""Series of the catalogue as patients, studies and series: plain lists, made off the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from surgitwin.exchange.catalogue import Catalogue, Filter, Listed, modalities, search
from surgitwin.planning.images.series_tree import MODALITIES, words_of_date

ROOT = 0


@dataclass(slots=True)
class Node:
    """One line. kind: root, patient, study or series. above, row: where it hangs. cells: its columns."""

    kind: str
    above: int
    row: int
    cells: tuple[str, ...]
    listed: Listed | None = None
    below: list[int] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Shown:
    """What a search gave. nodes: by number, the root first. modalities: those of the whole catalogue."""

    nodes: tuple[Node, ...]
    series: int
    modalities: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """How much there is."""
        root = self.nodes[ROOT]
        patients = len(root.below)
        return f"{self.series} series of {patients} patient{'s' if patients != 1 else ''}"


def look_up(catalogue: Catalogue, wanted: Filter) -> Shown:
    """Search and arrange; for a worker thread."""
    rows = search(catalogue, wanted)
    return Shown(arranged(rows), len(rows), modalities(catalogue))


def arranged(rows: Sequence[Listed]) -> tuple[Node, ...]:
    """The tree of rows that come sorted by patient, study and number."""
    nodes = [Node("root", -1, 0, ())]
    patient = study = None
    at_patient = at_study = ROOT
    for listed in rows:
        if listed.patient != patient:
            at_patient = _hang(nodes, ROOT, Node("patient", ROOT, 0, _patient(listed), listed))
        if listed.study != study or listed.patient != patient:
            at_study = _hang(nodes, at_patient, Node("study", at_patient, 0, _study(listed), listed))
        patient, study = listed.patient, listed.study
        _hang(nodes, at_study, Node("series", at_study, 0, _series(listed), listed))
    return tuple(nodes)


def _hang(nodes: list[Node], above: int, node: Node) -> int:
    node.row = len(nodes[above].below)
    nodes.append(node)
    nodes[above].below.append(len(nodes) - 1)
    return len(nodes) - 1


def _patient(listed: Listed) -> tuple[str, ...]:
    facts = [f"ID {listed.patient_id}"] if listed.patient_id else []
    facts += [f"born {words_of_date(listed.birth_date)}"] if listed.birth_date else []
    return (", ".join((listed.name or "Patient without a name", *facts)), "", "", "", "")


def _study(listed: Listed) -> tuple[str, ...]:
    what = " ".join(listed.study_description.replace("^", " ").split()) or "Study"
    return (what, "", words_of_date(listed.study_date or listed.date), "", "")


def _series(listed: Listed) -> tuple[str, ...]:
    number = "" if listed.number is None else f"{listed.number}  "
    kind = MODALITIES.get(listed.modality, listed.modality or "image")
    what = " ".join(listed.description.replace("^", " ").split()) or f"{kind} without a description"
    return (f"{number}{what}", kind, words_of_date(listed.date), str(listed.slices), state_words(listed))


def state_words(listed: Listed) -> str:
    """In a few words."""
    if listed.missing:
        return f"{listed.missing} files missing"
    if listed.status == "refused":
        return "Cannot be used"
    place = "copied" if listed.copied else "linked"
    return f"Needs your choice, {place}" if listed.status == "choice" else f"Can be used, {place}"
