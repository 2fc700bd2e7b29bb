"""From a DICOM folder to a new case."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging import Series, load_series, scan
from surgitwin.imaging.dicom.series import RESAMPLE_CODES
from surgitwin.imaging.dicom.thumbnail import Picture, thumbnail_of
from surgitwin.imaging.formats.nrrd import write_volume
from surgitwin.planning.body_weight import check_body_weight
from surgitwin.planning.case import Case, now
from surgitwin.planning.images.first_site import first_site
from surgitwin.planning.privacy.deidentify_new import Anonymous, cleaned
from surgitwin.planning.site import BONE
from surgitwin.storage import CaseFolder


def new_case(
    path: Path,
    dicom: Path,
    *,
    series_uid: str | None = None,
    body_weight_kg: float | None = None,
    resample: bool = False,
    anonymous: Anonymous | None = None,
    progress: Progress = SILENT,
) -> Case:
    """Read one series of `dicom` into a new case at `path`.

    body_weight_kg: overrides the header's. It may stay unknown here; the loads ask for it later. resample: a
    tilted or unevenly spaced stack may be resampled, as its series offers. anonymous: as in
    `case_from_series`.
    """
    if body_weight_kg is not None:
        check_body_weight(body_weight_kg)
    found = scan(dicom, progress.part(0, 0.3))
    series = choose_series(found, dicom, series_uid, resample=resample)
    return case_from_series(
        path, series, body_weight_kg=body_weight_kg, resample=resample, anonymous=anonymous,
        progress=progress.part(0.3, 1.0),
    )  # fmt: skip


def case_from_series(
    path: Path, series: Series, *, body_weight_kg: float | None = None, resample: bool = False,
    anonymous: Anonymous | None = None, progress: Progress = SILENT,
) -> Case:  # fmt: skip
    """A new case at `path` from a series that a scan found; what a cancel or failure leaves is removed.

    resample: do what the series offers (it is said in the case); without effect on a series that needs none.
    anonymous: nothing that says who the patient is gets into the case; the body weight of the header stays
    out too unless `keep_characteristics` is chosen.

    Raises InputError (the series' refusal, "dicom.undecodable", "dicom.changed"), UsageError
    "usage.body_weight", StorageError ("storage.exists" when the folder holds something).
    """
    if body_weight_kg is not None:
        check_body_weight(body_weight_kg)
    resample = resample and series.resample is not None
    volume = load_series(series, progress.part(0, 0.8), resample=resample)
    hidden = anonymous is not None and not anonymous.options.keep_characteristics
    header_weight = None if hidden else volume.meta.get("body_weight_kg")
    weight = body_weight_kg if body_weight_kg is not None else header_weight
    source = "given" if body_weight_kg is not None else ("DICOM" if header_weight else None)
    state: dict[str, Any] = {
        "created": now(),
        "patient": {k: volume.meta.get(k) for k in ("patient_code", "sex", "age")},
        "series": _series_fields(series, volume),
        "header": {k: v for k, v in volume.meta.items() if k not in ("patient_code", "sex", "age")},
        "body_weight_kg": weight,
        "body_weight_source": source,
        "history": [{"when": now(), "action": f"new case from series {series.uid}"}],
    }
    return store_case(path, state, volume, progress.part(0.8, 1.0), anonymous=anonymous, series=series)


def _series_fields(series: Series, volume: Volume) -> dict[str, Any]:
    """What the case keeps of the series, with the voxels of the volume as it is (after any resampling)."""
    grid = volume.grid
    return {
        **{k: v for k, v in series.as_dict().items() if k not in ("files", "resample")},
        "shape": list(grid.shape),
        "spacing_mm": [float(s) for s in grid.spacing_mm[::-1]],
        "direction": [float(d) for d in grid.direction.ravel()],
        "origin_lps_mm": [float(x) for x in grid.origin_mm],
        "resampled": volume.meta["resampled"],
        "notes": list(volume.meta["notes"]),
    }


def store_case(
    path: Path, state: dict[str, Any], volume: Volume, progress: Progress = SILENT, *,
    anonymous: Anonymous | None = None, series: Series | None = None,
) -> Case:  # fmt: skip
    """Write a new case with its image, the image's hash and a small picture; removed when that fails.

    What the case is about at first: `first_site`. anonymous, series: see `deidentify_new.cleaned`.
    """
    clean = None if anonymous is None else cleaned(path, state, volume, anonymous, series)
    if clean is not None:
        state, volume = clean.state, clean.volume
    site = first_site(volume, str(state.get("series", {}).get("body_part") or ""))
    if site != BONE:
        state["site"] = site
    existed = path.exists()
    folder = CaseFolder.create(path, state)
    try:
        progress("Writing the case", 0.0)
        state["image"] = folder.put(".nrrd", lambda p: write_volume(volume, p))
        state["image_hash"] = volume.hash
        state["thumbnail"] = folder.put(".png", lambda p: write_picture(thumbnail_of(volume), p))
        progress("Writing the case", 0.9)
        folder.commit(state)
        if clean is not None:
            clean.finish(path)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)  # half a case is none
        if existed:
            path.mkdir(parents=True, exist_ok=True)
        raise
    return Case(folder, state)


def write_picture(picture: Picture, path: Path) -> None:
    """A grey picture as PNG, without any text in it."""
    Image.fromarray(np.asarray(picture)).save(path)


def choose_series(found: Sequence[Series], where: Path, uid: str | None, *, resample: bool = False) -> Series:
    """The series to use: the named one, or the only usable one.

    A stack that needs resampling counts as usable when `resample` is asked for. Raises InputError
    "series.unknown", "series.none" (with every reason), the series' own refusal or what it needs resampling
    for, and UsageError "usage.series" when several are usable.
    """
    if uid is not None:
        return _named(found, where, uid, resample=resample)
    usable = [s for s in found if s.status == "ok"]
    if len(usable) == 1:
        return usable[0]
    choices = [s for s in found if s.status == "choice"]
    if not usable and len(choices) == 1 and all(p.code in RESAMPLE_CODES for p in choices[0].problems):
        choices[0].require_usable(resample)
        return choices[0]
    if usable or choices:
        raise _several([*usable, *choices], where)
    if len(found) == 1:
        raise InputError(found[0].code, found[0].message, hint=found[0].hint, where=str(where))
    raise _none(found, where)


def _named(found: Sequence[Series], where: Path, uid: str, *, resample: bool) -> Series:
    """The series or stack `uid`."""
    series = next((s for s in found if s.uid == uid), None)
    if series is not None:
        if series.status == "refused":
            raise InputError(series.code, series.message, hint=series.hint, where=str(where))
        series.require_usable(resample or series.resample is None)
        return series
    stacks = [s for s in found if s.base_uid == uid and s.status != "refused"]
    if stacks:
        raise _several(stacks, where)
    raise InputError(
        "series.unknown",
        f"No series {uid} in {where}.",
        hint="List the series with `surgitwin scan`.",
        where=str(where),
    )


def _several(series: Sequence[Series], where: Path) -> UsageError:
    names = ", ".join(f"{s.uid} ({s.stack or s.description or s.modality})" for s in series)
    said = "several usable series" if len(series) > 1 else "a series that needs your choice"
    return UsageError(
        "usage.series",
        f"{where} holds {said}: {names}.",
        hint="Name one with --series UID.",
        where="--series",
    )


def _none(found: Sequence[Series], where: Path) -> InputError:
    reasons = "; ".join(f"{s.uid}: {s.message}" for s in found)
    return InputError(
        "series.none",
        f"No series in {where} can be used: {reasons}.",
        hint="Run `surgitwin scan` to see every series with its reason and next step.",
        where=str(where),
    )
