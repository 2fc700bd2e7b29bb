"""What a case holds, for `info`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surgitwin.planning.case import Case
from surgitwin.planning.images.registration_words import registration_rows
from surgitwin.planning.objects.overview import object_rows
from surgitwin.planning.privacy.consent import consent_facts
from surgitwin.planning.privacy.identity import identity_notes
from surgitwin.planning.rehearsing.seal import shown_history
from surgitwin.planning.segments.facts import segment_rows
from surgitwin.planning.site import site_of
from surgitwin.planning.sites.work import work_of
from surgitwin.storage import SCHEMA


def _mesh_current(case: Case) -> bool | None:
    """Whether the case's mesh was made from its present segments; None when there is no mesh of that kind."""
    if not case.state.get("mesh"):
        return None
    return work_of(case).mesh_current(case)


def overview(path: Path) -> dict[str, Any]:
    """Contract of `info`: patient (coded), images, registrations, segments, plans, hashes, schema version,
    disk use."""
    case = Case.open(path)
    state = case.state
    labels = state.get("labels") or {}
    anatomy = state.get("anatomy") or {}
    return {
        "case": str(path),
        "schema": SCHEMA,
        "created": state["created"],
        "patient": state["patient"],
        "identity_notes": list(identity_notes(state, case.folder.path / "blobs" / state["image"])),
        "consent": consent_facts(state),
        "body_weight_kg": state["body_weight_kg"],
        "site": site_of(case),
        "side": anatomy.get("side"),
        "images": [{**state["series"], "hash": state["image_hash"]}],
        "registrations": registration_rows(state),
        "segments": segment_rows(case) if labels else [],
        "anatomy_warnings": anatomy.get("warnings", []),
        "mesh": (state.get("mesh") or {}).get("parts", []),
        "mesh_size_mm": (state.get("mesh") or {}).get("size_mm"),
        "mesh_current": _mesh_current(case),
        "plans": [
            {
                "name": plan.name,
                "procedure": plan.procedure,
                "implants": [i.catalogue_id for i in plan.implants],
                "input_hash": plan.hash,
                "result": work_of(case).result_words(case, plan.name),
            }
            for plan in case.plans().values()
        ],
        "objects": object_rows(state),
        "hashes": {
            "image": state["image_hash"],
            "labels": labels.get("hash"),
            "mesh": (state.get("mesh") or {}).get("input_hash"),
        },
        "damaged_files": case.folder.verify_blobs(),
        "disk_use_MB": case.folder.disk_use_bytes() / 1e6,
        "disk_use_by_folder_MB": case.folder.disk_use_by_folder(),
        "history": shown_history(state),
    }
