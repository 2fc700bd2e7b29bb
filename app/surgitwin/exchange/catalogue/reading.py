"""What the catalogue reads of images: series, instance UIDs, small pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag

from surgitwin.core.errors import InputError
from surgitwin.core.progress import Event, Progress
from surgitwin.imaging import Series, scan_all
from surgitwin.imaging.dicom.header import MALFORMED
from surgitwin.imaging.dicom.thumbnail import thumbnail

SOP_INSTANCE_UID = 0x00080018


def scanned(paths: Sequence[Path], progress: Progress) -> tuple[tuple[Series, ...], dict[str, str]]:
    """Series, and for files that belong to none the reason, by path."""
    if not paths:
        return (), {}
    try:
        scan = scan_all(paths, _quiet(progress))
    except InputError as error:
        if error.code not in ("dicom.none_found", "dicom.empty_folder"):
            raise
        return (), {}
    return scan.series, {str(s.path): why for why, sources in scan.rejected.items() for s in sources}


def _quiet(progress: Progress) -> Progress:
    """Without the steps whose share is not known: the files are listed already."""

    def report(event: Event) -> None:
        if event.fraction is not None:
            progress(event.message, event.fraction)

    return Progress(report, progress.asked_to_stop)


def sop_uid(path: Path) -> str:
    """SOP Instance UID of a file; "" when it has none. Reads no further than that element."""

    def beyond(tag: BaseTag, _vr: str | None, _length: int) -> bool:
        return int(tag) > SOP_INSTANCE_UID

    try:
        with path.open("rb") as stream:
            found = read_partial(stream, stop_when=beyond, specific_tags=[SOP_INSTANCE_UID], force=True)
            return str(found.get("SOPInstanceUID") or "")
    except MALFORMED:
        return ""


def picture(series: Series) -> bytes | None:
    """PNG of the middle slice; None when its pixels cannot be read."""
    try:
        grey = thumbnail(series)
    except InputError:
        return None
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    return out.getvalue()
