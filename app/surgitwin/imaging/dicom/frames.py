"""One image of a series: a file, or one of the frames of a multi-frame file, and how its numbers are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from surgitwin.imaging.dicom.coded.pictures import Coding
from surgitwin.imaging.dicom.source import Source


@dataclass(frozen=True)
class PlainPixels:
    """Pixels that lie in the file as they are.

    at: where they start in the (inflated) file, bytes. kind: their NumPy type with its byte order. bits:
    those that are used.
    """

    at: int
    rows: int
    columns: int
    kind: str
    bits: int


@dataclass(frozen=True)
class CodedPixels:
    """One compressed picture: its items lie at `at` of the file and have `length` bytes (PS3.5 A.4)."""

    at: int
    length: int
    coding: Coding


@dataclass(frozen=True)
class Frame:
    """Image `number` (from 0) of the `count` in `source`, as the scan judged it.

    slope, intercept: value = slope * stored + intercept (PS3.3 C.11.1); an inverted grey scale of other than
    CT is turned by them. padding: lowest and highest stored number that is no measurement, None for none.
    plain, coded: of a file with one image, uncompressed or compressed, where the scan saw it lie.
    """

    source: Source
    number: int = 0
    count: int = 1
    slope: float = 1.0
    intercept: float = 0.0
    padding: tuple[int, int] | None = None
    plain: PlainPixels | None = None
    coded: CodedPixels | None = None

    @property
    def name(self) -> str:
        """The file, for people; frames are counted from 1."""
        return self.source.name if self.count == 1 else f"{self.source.name} frame {self.number + 1}"

    @property
    def folder(self) -> str:
        """Folder of the file."""
        return self.source.folder

    @property
    def path(self) -> Path:
        """The file, or the archive that holds it."""
        return self.source.path

    @property
    def member(self) -> str:
        """Name in the archive; empty for a plain file."""
        return self.source.member
