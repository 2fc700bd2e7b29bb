"""A case that exists, written again without what says who the patient is."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgitwin.core.errors import storage_error
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.deidentify import Key, Options
from surgitwin.exchange.deidentify.changes import Change
from surgitwin.exchange.deidentify.facts import Patient, identifiers_from
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.imaging.formats.nrrd import read_volume, write_volume
from surgitwin.planning.case import Case
from surgitwin.planning.privacy.checks import check_case
from surgitwin.planning.privacy.identity import HEADER_BYTES, check_name
from surgitwin.planning.privacy.named import Named, named_of, require_unnamed, typed_in
from surgitwin.planning.privacy.search import originals_of, require_absent
from surgitwin.planning.privacy.state import clean_state, clean_volume, scrubbed
from surgitwin.storage import CaseFolder

BLOB = re.compile(r"[0-9a-f]{64}\.[A-Za-z0-9.]+")
"""Names of files in `blobs/`; only those that are still used are written again."""

JSON = (".json", ".jsonl")
KEPT = ("plans", "results", "studies")
"""Folders of a case beside its blobs; drafts, caches and locks are not copied."""


@dataclass(frozen=True)
class CaseReport:
    """case: the new one. changes: what was done to each attribute that the case had kept of the headers."""

    case: Case
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain form."""
        return {
            "case": str(self.case.folder.path),
            "patient": self.case.state["patient"],
            "changes": [c.as_dict() for c in self.changes],
            "warnings": list(self.warnings),
        }


FREE_NAMES = (
    "Check the name of the folder ({name}) and the names that you gave to plans, segments, objects, "
    "views and measurements: they stay as they are. What this computer still knows of the patient was "
    "searched for, nothing else."
)


def deidentify_case(
    case: Case, out: Path, options: Options = Options(), *, key: Path | None = None,  # noqa: B008 - frozen
    progress: Progress = SILENT,
) -> CaseReport:  # fmt: skip
    """Write `case` as a new case at `out` without UIDs, dates, codes and words of the original headers.

    Segments, meshes, plans and results stay and stay valid. key: as in `deidentify`; without it nobody can
    say which case it was. Whole or not at all. Raises UsageError "deidentify.out", "deidentify.key_place",
    "deidentify.case", "deidentify.case_name", InputError "deidentify.left", "deidentify.named",
    "deidentify.key", StorageError.
    """
    check_case(case, out, options, key)
    found = Key.open(key)
    patient = patient_of_case(case.state, options, found.secret)
    named = named_of(case.state)
    check_name(out, patient.who, (), named=named)
    workplace = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    part = workplace / out.name
    try:
        changes, originals = _write(case, part, patient, named, progress)
        progress("Searching what was written", 0.9)
        require_absent(part, originals)
        if found.path is not None:
            found.patients[patient.code] = {"case": case.name, "code": case.state["patient"]["patient_code"]}
            found.write()
        if out.exists():
            out.rmdir()
        part.rename(out)
    except OSError as error:
        raise storage_error(error, str(error.filename or out)) from error
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    notes = (FREE_NAMES.format(name=out.name), *([named.note] if named.note else ()))
    return CaseReport(Case.open(out), tuple(changes), notes)


def patient_of_case(state: Mapping[str, Any], options: Options, secret: bytes) -> Patient:
    """Under what the patient of a case goes with this secret."""
    names = Pseudonyms(secret)
    old = str(state["patient"].get("patient_code") or state["series"]["uid"])
    dates = {str(state["series"].get("date") or ""), str(state["header"].get("date") or "")}
    who = identifiers_from(ids=[old], dates=dates)
    return Patient(options, names, names.patient(old), names.shift_days(old), who, nameless=True)


def _write(
    case: Case, part: Path, patient: Patient, named: Named, progress: Progress
) -> tuple[list[Change], set[str]]:
    """Write everything; what was done, and what must be nowhere in it."""
    state, changes = clean_state(case.state, patient)
    require_unnamed(typed_in(state, "case.json"), named)
    about = [case.state["series"], case.state["header"], case.state["patient"]]
    renamed = _renamed(case.state, state)
    folder = CaseFolder.create(part, {})
    used = _used(case, state)
    for n, name in enumerate(sorted(used)):
        progress("Writing images, segments and meshes", 0.7 * n / len(used))
        source = case.folder.blob(name)
        if _is_volume(source):
            original = read_volume(source)
            about.append(original.meta)
            volume, _ = clean_volume(original, patient)
            renamed[name] = folder.put(".nrrd", lambda p, v=volume: write_volume(v, p))  # type: ignore[misc]
        else:
            folder.put(source.suffix, lambda p, s=source: shutil.copyfile(s, p))  # type: ignore[misc]
    progress("Writing plans and results", 0.8)
    for name in KEPT:
        for source in sorted(p for p in (case.folder.path / name).rglob("*") if p.is_file()):
            target = part / source.relative_to(case.folder.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            require_unnamed(_names_of(source, target.relative_to(part)), named)
            _copy(source, target, renamed, str(state["created"]))
    folder.commit(scrubbed(state, renamed, str(state["created"])))
    return changes, set().union(*(originals_of(f) for f in about))


def _renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Old -> new UIDs and codes, longest first, so that no part of one is replaced before it."""
    pairs = {}
    for where, name in (("series", "uid"), ("header", "series_uid"), ("header", "study_uid"),
                        ("patient", "patient_code")):  # fmt: skip
        before, after = str(old[where].get(name) or ""), str(new[where].get(name) or "")
        if before and before != after:
            pairs[before] = after
            pairs[before.partition("#")[0]] = after.partition("#")[0]
    return dict(sorted(pairs.items(), key=lambda p: -len(p[0])))


def _used(case: Case, state: Mapping[str, Any]) -> set[str]:
    """Names of the blobs that the cleaned state or results speak of and that are there: not those of steps
    that could be taken back, which hold what the state was before."""
    texts = [json.dumps(state)]
    texts += [p.read_text("utf-8") for p in case.folder.path.rglob("*.json*")
              if p.relative_to(case.folder.path).parts[0] in KEPT]  # fmt: skip
    named = {name for text in texts for name in BLOB.findall(text)}
    return {name for name in named if (case.folder.path / "blobs" / name).is_file()}


def _is_volume(blob: Path) -> bool:
    if blob.suffix != ".nrrd":
        return False
    with blob.open("rb") as stream:
        return b"surgitwin_volume:=" in stream.read(HEADER_BYTES)


def _names_of(source: Path, place: Path) -> Iterator[tuple[str, str]]:
    """The file's own name, and of a plan what people typed into it."""
    yield place.as_posix(), place.stem
    if source.suffix == ".toml":
        yield from typed_in(tomllib.loads(source.read_text("utf-8")), place.as_posix())


def _copy(source: Path, target: Path, renamed: Mapping[str, str], when: str) -> None:
    """JSON with other names and times, TOML with other names, arrays as they are."""
    if source.suffix in JSON:
        text = source.read_text("utf-8")
        rows = text.splitlines() if source.suffix == ".jsonl" else [text]
        done = [json.dumps(scrubbed(json.loads(r), renamed, when)) for r in rows if r.strip()]
        target.write_text("\n".join(done) + "\n", encoding="utf-8")
    elif source.suffix == ".toml":
        target.write_text(scrubbed(source.read_text("utf-8"), renamed, when), encoding="utf-8")
    else:
        shutil.copyfile(source, target)
