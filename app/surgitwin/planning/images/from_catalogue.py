"""From a series of the catalogue to a new case."""

from __future__ import annotations

from pathlib import Path

from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.catalogue import Catalogue, open_series
from surgitwin.planning.body_weight import check_body_weight
from surgitwin.planning.case import Case
from surgitwin.planning.images.new_case import case_from_series
from surgitwin.planning.privacy.deidentify_new import Anonymous


def case_from_catalogue(
    path: Path, uid: str, *, body_weight_kg: float | None = None, resample: bool = False,
    anonymous: Anonymous | None = None, progress: Progress = SILENT,
) -> Case:  # fmt: skip
    """Read the series `uid` of the user's catalogue into a new case at `path`.

    Its files are judged again as they are now. Raises the errors of `open_series` and `case_from_series`.
    """
    if body_weight_kg is not None:
        check_body_weight(body_weight_kg)
    series = open_series(Catalogue.open(), uid, progress.part(0.0, 0.2))
    return case_from_series(
        path, series, body_weight_kg=body_weight_kg, resample=resample, anonymous=anonymous,
        progress=progress.part(0.2, 1.0),
    )  # fmt: skip
