"""The measured vessel of a case: stored as found, corrections by hand kept beside it in the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgitwin.anatomy.artery.types import ArteryAnatomy
from surgitwin.anatomy.root.types import RootAnatomy
from surgitwin.core import codec
from surgitwin.core.arrays import content_hash
from surgitwin.core.errors import InputError
from surgitwin.planning.case import Case
from surgitwin.planning.site import ARTERY, ROOT, SITES, site_of

KEY = "vessel"
"""Key of the case state: {"blob", "input_hash", "clicks", "corrections": {landmark: [x, y, z]}}."""
KINDS: Mapping[str, type[Any]] = {ROOT: RootAnatomy, ARTERY: ArteryAnatomy}


def require_vessel(case: Case) -> Mapping[str, Any]:
    """The state of the measured vessel; InputError "case.not_segmented", "case.other_site"."""
    site = site_of(case)
    if site not in KINDS:
        raise InputError(
            "case.other_site",
            f"{case.name} plans on a bone: it has no measured vessel.",
            hint=f"Run `surgitwin segment {case.folder.path.name} --preset aortic_root` (or artery).",
            where=str(case.folder.path),
        )
    found: Mapping[str, Any] | None = case.state.get(KEY)
    if not found:
        raise InputError(
            "case.not_segmented",
            f"The {SITES[site].title.lower()} of {case.name} is not segmented yet.",
            hint=f"Run `surgitwin segment {case.folder.path.name} --preset {site}` first.",
            where=str(case.folder.path),
        )
    return found


def vessel_key(case: Case) -> str:
    """What identifies the anatomy with its corrections."""
    found = require_vessel(case)
    return content_hash(found["input_hash"], found.get("corrections") or {})


def vessel_anatomy(case: Case) -> RootAnatomy | ArteryAnatomy:
    """The measured vessel with the corrections by hand; errors as `require_vessel`."""
    found = require_vessel(case)
    kind = KINDS[site_of(case)]
    out: RootAnatomy | ArteryAnatomy = case.kept("vessel", vessel_key(case), lambda: _read(case, found, kind))
    return out


def _read(case: Case, found: Mapping[str, Any], kind: type[Any]) -> RootAnatomy | ArteryAnatomy:
    blob = found["blob"]
    measured: Any = case.kept("vessel as found", blob, lambda: codec.load(kind, case.folder.blob(blob)))
    corrections = found.get("corrections") or {}
    if not corrections:
        out_as_found: RootAnatomy | ArteryAnatomy = measured
        return out_as_found
    from surgitwin.anatomy.root.landmarks import with_corrections

    return with_corrections(measured, {name: np.array(p, float) for name, p in corrections.items()})


def root_of(case: Case) -> RootAnatomy:
    """The aortic root; InputError "case.other_site" when the case is about something else."""
    out = vessel_anatomy(case)
    if not isinstance(out, RootAnatomy):
        raise _other(case, ROOT)
    return out


def root_as_found(case: Case) -> RootAnatomy:
    """The root before any correction by hand; errors as `root_of`."""
    found = require_vessel(case)
    if site_of(case) != ROOT:
        raise _other(case, ROOT)
    blob = found["blob"]
    out: RootAnatomy = case.kept(
        "vessel as found", blob, lambda: codec.load(RootAnatomy, case.folder.blob(blob))
    )
    return out


def artery_of(case: Case) -> ArteryAnatomy:
    """The artery; InputError "case.other_site" when the case is about something else."""
    out = vessel_anatomy(case)
    if not isinstance(out, ArteryAnatomy):
        raise _other(case, ARTERY)
    return out


def _other(case: Case, wanted: str) -> InputError:
    return InputError(
        "case.other_site",
        f"{case.name} plans on the {SITES[site_of(case)].title.lower()}.",
        hint=f"Open a case of the {SITES[wanted].title.lower()}.",
        where=str(case.folder.path),
    )
