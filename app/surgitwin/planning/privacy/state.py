"""The state of a case made nobody's: what the headers said, who worked on it and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from surgitwin import __version__
from surgitwin.core.image import Volume
from surgitwin.exchange.deidentify.changes import Change
from surgitwin.exchange.deidentify.facts import Patient, clean_facts, identifiers_from
from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms, new_secret
from surgitwin.exchange.deidentify.report import EDITION
from surgitwin.planning.case import now
from surgitwin.planning.objects.overview import nameless_objects
from surgitwin.planning.objects.record import KEY as OBJECTS
from surgitwin.planning.privacy.identity import DEIDENTIFIED

DROPPED = ("review", "rehearsal", "consent_history", "plan_notes", "proposal_notes", "undo")
"""Keys of the state that hold names of people or free text: signed and written anew where they are wanted."""

TIMES = frozenset(("when", "started", "submitted", "revealed", "replaced", "created"))
"""Keys of times at which somebody worked on the case: they become that of the de-identification."""

HASHES = frozenset(("sha256",))
"""Keys of hashes of whole files, by which whoever has the file with its names would find the case."""

PEOPLE = frozenset(("trainee", "worker", "host", "user"))
"""Keys of people and computers."""


def clean_volume(volume: Volume, patient: Patient) -> tuple[Volume, list[Change]]:
    """The image with clean words about it; its voxels, and so its hash, stay."""
    meta, changes = clean_facts(volume.meta, patient, volume.modality)
    if "source" in meta:
        meta["source"] = _source(meta["source"])
    return replace(volume, meta=meta), changes


def clean_second(volume: Volume, state: Mapping[str, Any]) -> Volume:
    """A further image for a case without identity, with nothing of its headers; other images stay as they
    are.

    Its UIDs are new and known to nobody, its code is that of the case, and its date goes: by how many days
    those of the case were moved is not kept in it.
    """
    if not state.get(DEIDENTIFIED):
        return volume
    code = str((state.get("patient") or {}).get("patient_code") or "")
    who = identifiers_from(
        ids=[str(volume.meta.get("patient_code") or "")], dates=[str(volume.meta.get("date") or "")]
    )
    return clean_volume(volume, Patient(Options(), Pseudonyms(new_secret()), code, 0, who, nameless=True))[0]


def clean_state(state: Mapping[str, Any], patient: Patient) -> tuple[dict[str, Any], list[Change]]:
    """The state without what the headers said of a person, and without who worked on it and when.

    The body weight that loads are computed from stays; what the header said of it goes with the header.
    """
    out = {k: v for k, v in state.items() if k not in DROPPED}
    modality = str(state["series"].get("modality") or "CT")
    changes: list[Change] = []
    for key in ("series", "header", "patient"):
        out[key], done = clean_facts(state[key], patient, modality)
        if "source" in out[key]:
            out[key]["source"] = _source(out[key]["source"])
        changes += [c for c in done if c not in changes]
    out["consent"] = _consent(state.get("consent"))
    out["registrations"] = [_registration(r, patient) for r in state.get("registrations") or []]
    out[OBJECTS] = nameless_objects(state)
    for key in ("consent", "registrations", OBJECTS):
        if not out[key]:
            del out[key]
    out["created"] = now()
    out["history"] = [{"when": out["created"], "action": "de-identified"}]
    out[DEIDENTIFIED] = {
        "when": out["created"],
        "program": f"SurgiTwin {__version__}",
        "profile": EDITION,
        "options": patient.options.as_dict(),
        "changes": [c.as_dict() for c in changes],
    }
    return out, changes


def scrubbed(value: Any, renamed: Mapping[str, str], when: str) -> Any:
    """A copy of JSON data with other names for UIDs and files, without people, computers, times and hashes
    of files that came from elsewhere."""
    if isinstance(value, str):
        for old, new in renamed.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, list):
        return [scrubbed(v, renamed, when) for v in value]
    if not isinstance(value, dict):
        return value
    out = {scrubbed(k, renamed, when): scrubbed(v, renamed, when) for k, v in value.items()}
    for key, old in out.items():
        if key in TIMES and isinstance(old, str) and old:
            out[key] = when
        elif key in PEOPLE | HASHES and isinstance(old, str):
            out[key] = ""
    return out


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    """About an image file: without the hash by which whoever has the file would find it again."""
    return {**source, "sha256": ""}


def _consent(record: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What was agreed to goes with the images; who wrote it down, where and when does not."""
    if not record:
        return None
    return {"scope": record["scope"], "given": "", "by": "", "until": record.get("until", ""), "note": ""}


def _registration(entry: Mapping[str, Any], patient: Patient) -> dict[str, Any]:
    facts, _ = clean_facts({"description": entry.get("description", "")}, patient)
    warnings = [w for w in entry.get("warnings", []) if not w.startswith("The patient codes differ")]
    return {**entry, **facts, "warnings": warnings}
