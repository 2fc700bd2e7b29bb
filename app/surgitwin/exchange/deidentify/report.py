"""What was done, file by file and change by change, without any value of the originals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from surgitwin.exchange.deidentify.changes import Change
from surgitwin.exchange.deidentify.options import Options

EDITION = "DICOM PS3.15 table E.1-1 (basic column: 2026c; options: June 2025)"

NO_GUARANTEE = (
    "Nobody can promise that an image cannot be traced: an unusual anatomy, implant or wound, the shape of a "
    "face or body, and text drawn into the pixels stay. Look at the images before they leave your hands."
)


FACES = (
    "a head is shown, and a face can be made from it and recognised. Use --deface, or pass it on only to "
    "people who may know the patient."
)


@dataclass(frozen=True)
class FileReport:
    """file: name below the output folder. pixels: what was dropped behind or above them."""

    file: str
    series: str
    changes: tuple[Change, ...]
    pixels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """files: written. refused: reason -> how many. others: files that are no DICOM image, not copied.

    series_defaced: output names of series whose face was cut out.
    """

    options: Options
    patients: int
    files: tuple[FileReport, ...]
    refused: dict[str, int]
    others: int
    warnings: tuple[str, ...]
    series_defaced: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain form; each different change stands once in "changes", files name them by number."""
        numbers: dict[Change, int] = {}
        files = [
            {
                "file": f.file,
                "changes": [numbers.setdefault(c, len(numbers)) for c in f.changes],
                "pixels": list(f.pixels),
            }
            for f in self.files
        ]
        return {
            "profile": EDITION,
            "options": self.options.as_dict(),
            "patients": self.patients,
            "files_written": len(self.files),
            "changes": [c.as_dict() for c in numbers],
            "files": files,
            "refused": [{"reason": r, "files": n} for r, n in sorted(self.refused.items())],
            "not_copied": self.others,
            "defaced": list(self.series_defaced),
            "warnings": list(self.warnings),
        }

    def words(self) -> str:
        """For people: counts, then every attribute with what was done to it."""
        count = Counter((c.name, _spot(c), c.action, c.reason) for f in self.files for c in f.changes)
        lines = [
            f"{many(len(self.files), 'image')} of {many(self.patients, 'patient')} written.",
            f"Profile: {EDITION}.",
        ]
        lines += [f"Not written ({many(n, 'file')}): {reason}." for reason, n in sorted(self.refused.items())]
        if self.others:
            lines.append(f"Not copied, being no DICOM images: {many(self.others, 'file')}.")
        lines += [f"Note: {w}" for w in self.warnings]
        rows = sorted(count.items(), key=lambda row: (row[0][1], row[0][0]))
        lines += ["", "Changes (tag, attribute, action, reason, how many):"]
        lines += [f"  {tag} {name}: {action} ({why}), {n}" for (name, tag, action, why), n in rows]
        return "\n".join(lines) + "\n"


def many(count: int, thing: str) -> str:
    """A number of things in words."""
    return f"{count} {thing}" + ("" if count == 1 else "s")


def _spot(change: Change) -> str:
    """The tag alone, without the numbers of items."""
    return change.path.rpartition(".")[2]
