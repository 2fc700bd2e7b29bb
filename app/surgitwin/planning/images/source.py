"""What the user dropped or chose, looked at: archives unpacked, series found, small pictures made."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from surgitwin.core.errors import InputError
from surgitwin.core.progress import SILENT, Progress
from surgitwin.imaging import Series, scan_all
from surgitwin.imaging.dicom.archive import is_archive, unpack
from surgitwin.imaging.dicom.thumbnail import Picture, thumbnail
from surgitwin.planning.images.series_tree import PatientRow, SeriesRow, import_tree, left_aside, suggested

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Found:
    """where: the names of what was looked at. best: the series to begin with, None when none can be used.

    thumbnails: by series UID; a series whose pixels cannot be read has none. left: what was not used, words.
    """

    where: str
    tree: tuple[PatientRow, ...]
    best: SeriesRow | None
    thumbnails: Mapping[str, Picture]
    left: str

    @property
    def rows(self) -> tuple[SeriesRow, ...]:
        """All series."""
        return tuple(r for p in self.tree for s in p.studies for r in s.series)

    @property
    def words(self) -> str:
        """How many series there are and how many can be used."""
        usable = sum(r.usable for r in self.rows)
        count = len(self.rows)
        if not usable:
            if count == 1:
                return "The series found cannot be used. The reason stands beside it."
            return f"None of the {count} series found can be used. Select one to see why."
        said = f"{count} series found" if count > 1 else "One series found"
        return f"{said}, {usable} can be used." if usable < count else f"{said}."


def look(paths: Sequence[Path], workplace: Path, progress: Progress = SILENT) -> Found:
    """Find the series in folders, files and zip archives; archives are unpacked below `workplace`.

    `workplace` must stay until the chosen series is imported. Raises the errors of `archive.unpack` and
    `scan_all`, Cancelled.
    """
    places = _unpacked(paths, workplace, progress.part(0.0, 0.4))
    packed = any(a != b for a, b in zip(places, paths, strict=True))
    scan = scan_all(places, progress.part(0.4 if packed else 0.0, 0.85))
    pictures: dict[str, Picture] = {}
    for n, series in enumerate(scan.series):
        progress("Drawing the series", 0.85 + 0.15 * n / len(scan.series))
        picture = _picture(series)
        if picture is not None:
            pictures[series.uid] = picture
    tree = import_tree(scan.series)
    where = ", ".join(p.name or str(p) for p in paths[:3]) + (" and more" if len(paths) > 3 else "")
    progress("Done", 1.0)
    left = " ".join(w for w in (left_aside(scan.counts()), *scan.notes) if w)
    return Found(where, tree, suggested(tree), pictures, left)


def _unpacked(paths: Sequence[Path], workplace: Path, progress: Progress) -> list[Path]:
    """The paths with every archive replaced by the folder that it was unpacked to."""
    places = []
    for n, path in enumerate(paths):
        part = progress.part(n / len(paths), (n + 1) / len(paths))
        if is_archive(path):
            into = workplace / f"{n}" / path.stem
            unpack(path, into, part)
            places.append(into)
        else:
            places.append(path)
    return places


def _picture(series: Series) -> Picture | None:
    try:
        return thumbnail(series)
    except InputError as error:
        log.debug("a series has no picture: %s", error.code)
        return None
