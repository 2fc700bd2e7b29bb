"""Series that an earlier version wrote, judged again from their files."""

from __future__ import annotations

from pathlib import Path

from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.catalogue import records
from surgitwin.exchange.catalogue.database import Catalogue
from surgitwin.exchange.catalogue.reading import picture, scanned
from surgitwin.exchange.catalogue.store import readable_path


def renew(catalogue: Catalogue, progress: Progress = SILENT) -> int:
    """Write every series of an earlier version anew, one transaction each; how many there were.

    Patients are told apart by name and birth date too, and get the codes of this installation. A series
    whose files are missing now stays as it is and is tried again the next time. Raises StorageError,
    Cancelled.
    """
    with catalogue.reading() as db:
        uids = [row[0] for row in db.execute("SELECT DISTINCT group_uid FROM series WHERE old = 1")]
    for n, uid in enumerate(uids):
        progress("Judging earlier entries of the catalogue again", n / len(uids))
        _renew_one(catalogue, uid)
    return len(uids)


def _renew_one(catalogue: Catalogue, uid: str) -> None:
    with catalogue.reading() as db:
        rows = [r for r in records.files_of(db, uid) if r.kind == "image"]
    files = {str(p): r for r in rows if (p := readable_path(catalogue, r)).is_file()}
    found, _ = scanned([Path(p) for p in files], SILENT)
    series = [s for s in found if s.base_uid == uid]
    if not series:
        return
    pictures = {s.uid: picture(s) for s in series}
    copied = all(r.stored for r in files.values())
    with catalogue.writing() as db:
        records.put_group(db, uid, series, list(files.values()), pictures, copied)
        records.drop_empty(db)
