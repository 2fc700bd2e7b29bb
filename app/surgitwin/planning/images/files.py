"""From an image file of another format to a new case, with what was answered on it kept in the case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surgitwin.core.image import Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging import Series
from surgitwin.imaging.formats.question import Answers
from surgitwin.imaging.formats.reader import read_image
from surgitwin.planning.body_weight import check_body_weight
from surgitwin.planning.case import Case, now
from surgitwin.planning.images.new_case import store_case
from surgitwin.planning.privacy.deidentify_new import Anonymous
from surgitwin.planning.site import GENERAL

PATIENT = ("patient_code", "sex", "age")

NO_SCALE = "Nobody could say how long a voxel of this image is in mm: nothing is measured on it."


def case_from_image(
    path: Path,
    image: Path,
    answers: Answers,
    *,
    body_weight_kg: float | None = None,
    anonymous: Anonymous | None = None,
    progress: Progress = SILENT,
) -> Case:
    """A new case at `path` from one image file; what a cancel or failure leaves is removed.

    The file does not say what it shows: the case begins as one about other anatomy, until a preset of a femur
    or a vessel is run (for a DICOM CT see `first_site`).

    Only a hash of the file is kept, not its name, which may be the patient's; with `anonymous` not even
    that. Raises the errors of
    `formats.reader.read_image`, UsageError "usage.body_weight", StorageError "storage.exists".
    """
    if body_weight_kg is not None:
        check_body_weight(body_weight_kg)
    volume = read_image(image, answers, progress.part(0.0, 0.6))
    hidden = anonymous is not None and not anonymous.options.keep_characteristics
    known = None if hidden else volume.meta.get("body_weight_kg")
    weight = body_weight_kg if body_weight_kg is not None else known
    given = "given" if body_weight_kg is not None else ("DICOM" if weight else None)
    source = volume.meta["source"]
    state: dict[str, Any] = {
        "created": now(),
        "site": GENERAL,
        "patient": {k: volume.meta.get(k) or "" for k in PATIENT},
        "series": _series(volume),
        "header": {k: v for k, v in volume.meta.items() if k not in PATIENT},
        "scale_known": volume.scale_known,
        "body_weight_kg": weight,
        "body_weight_source": given,
        "history": [{"when": now(), "action": f"new case from a {source['format']} file"}],
    }
    return store_case(path, state, volume, progress.part(0.6, 1.0), anonymous=anonymous)


def _series(volume: Volume) -> dict[str, Any]:
    """The image in the words of a DICOM series; without a scale it has no lengths, and says why."""
    source = volume.meta["source"]
    series = Series(
        uid=f"file-{source['sha256'][:16]}",
        modality=volume.modality,
        description=str(volume.meta.get("description") or ""),
        grid=volume.grid,
        slices=(),
        tilt_deg=None,
        gaps=(),
        status="ok",
        problems=(),
        notes=(*source["notes"], *([] if volume.scale_known else [NO_SCALE])),
        unit=volume.unit,
    )
    out = {k: v for k, v in series.as_dict().items() if k != "files"}
    if not volume.scale_known:
        out |= {"spacing_mm": None, "origin_lps_mm": None, "reason": "image.no_scale"}
    return out | {"source": source}
