"""From a DICOM folder to a new case."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from surgitwin.core.errors import InputError, UsageError
from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging import Series, load_series, scan
from surgitwin.imaging.dicom.thumbnail import Picture, thumbnail_of
from surgitwin.imaging.formats.nrrd import write_volume
from surgitwin.mechanics.femur_loads import BODY_WEIGHT_RANGE_KG
from surgitwin.planning.case import Case, now
from surgitwin.storage import CaseFolder


def new_case(
    path: Path,
    dicom: Path,
    *,
    series_uid: str | None = None,
    body_weight_kg: float | None = None,
    progress: Progress = SILENT,
) -> Case:
    """Read one series of `dicom` into a new case at `path`.

    body_weight_kg: overrides the header's. It may stay unknown here; the loads ask for it later.
    """
    if body_weight_kg is not None:
        check_body_weight(body_weight_kg)
    series = choose_series(scan(dicom, progress.part(0, 0.3)), dicom, series_uid)
    return case_from_series(path, series, body_weight_kg=body_weight_kg, progress=progress.part(0.3, 1.0))


def case_from_series(
    path: Path, series: Series, *, body_weight_kg: float | None = None, progress: Progress = SILENT
) -> Case:
    """A new case at `path` from a series that a scan found; what a cancel or failure leaves is removed.

    Raises InputError (the series' refusal, "dicom.undecodable", "dicom.changed"), UsageError
    "usage.body_weight", StorageError ("storage.exists" when the folder holds something).
    """
    if body_weight_kg is not None:
        check_body_weight(body_weight_kg)
    volume = load_series(series, progress.part(0, 0.8))
    header_weight = volume.meta.get("body_weight_kg")
    weight = body_weight_kg if body_weight_kg is not None else header_weight
    source = "given" if body_weight_kg is not None else ("DICOM" if header_weight else None)
    state: dict[str, Any] = {
        "created": now(),
        "patient": {k: volume.meta.get(k) for k in ("patient_code", "sex", "age")},
        "series": {k: v for k, v in series.as_dict().items() if k != "files"},
        "header": {k: v for k, v in volume.meta.items() if k not in ("patient_code", "sex", "age")},
        "body_weight_kg": weight,
        "body_weight_source": source,
        "history": [{"when": now(), "action": f"new case from series {series.uid}"}],
    }
    return store_case(path, state, volume, progress.part(0.8, 1.0))


def store_case(path: Path, state: dict[str, Any], volume: Volume, progress: Progress = SILENT) -> Case:
    """Write a new case with its image, the image's hash and a small picture; removed when that fails."""
    existed = path.exists()
    folder = CaseFolder.create(path, state)
    try:
        progress("Writing the case", 0.0)
        state["image"] = folder.put(".nrrd", lambda p: write_volume(volume, p))
        state["image_hash"] = volume.hash
        state["thumbnail"] = folder.put(".png", lambda p: write_picture(thumbnail_of(volume), p))
        progress("Writing the case", 0.9)
        folder.commit(state)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)  # half a case is none
        if existed:
            path.mkdir(parents=True, exist_ok=True)
        raise
    return Case(folder, state)


def write_picture(picture: Picture, path: Path) -> None:
    """A grey picture as PNG, without any text in it."""
    Image.fromarray(np.asarray(picture)).save(path)


def check_body_weight(kg: float) -> None:
    """UsageError "usage.body_weight" for a value outside the human range."""
    low, high = BODY_WEIGHT_RANGE_KG
    if not low <= kg <= high:
        raise UsageError(
            "usage.body_weight",
            f"A body weight of {kg:g} kg is outside {low:g} to {high:g} kg.",
            hint="Give --body-weight in kilograms.",
            where="--body-weight",
        )


def choose_series(found: list[Series], where: Path, uid: str | None) -> Series:
    """The series to use: the named one, or the only usable one.

    Raises InputError "series.unknown", "series.none" (with every reason) or the series' own refusal,
    and UsageError "usage.series" when several are usable.
    """
    if uid is not None:
        named = [s for s in found if s.uid == uid]
        if not named:
            raise InputError(
                "series.unknown",
                f"No series {uid} in {where}.",
                hint="List the series with `surgitwin scan`.",
                where=str(where),
            )
        if named[0].status == "refused":
            raise InputError(named[0].code, named[0].message, hint=named[0].hint, where=str(where))
        return named[0]
    usable = [s for s in found if s.status == "ok"]
    if len(usable) == 1:
        return usable[0]
    if usable or any(s.status == "choice" for s in found):
        names = ", ".join(f"{s.uid} ({s.description or s.modality})" for s in found if s.status != "refused")
        raise UsageError(
            "usage.series",
            f"{where} holds several usable series: {names}.",
            hint="Name one with --series UID.",
            where="--series",
        )
    if len(found) == 1:
        raise InputError(found[0].code, found[0].message, hint=found[0].hint, where=str(where))
    reasons = "; ".join(f"{s.uid}: {s.message}" for s in found)
    raise InputError(
        "series.none",
        f"No series in {where} can be used: {reasons}.",
        hint="Run `surgitwin scan` to see every series with its reason and next step.",
        where=str(where),
    )
