"""A report as a row of blocks, so that HTML and PDF say the same: used for operations on vessels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from surgitwin.report.data import Fact, ReportPicture
from surgitwin.report.words import Kind

Manner = Literal["body", "alert", "legend"]


@dataclass(frozen=True)
class Heading:
    """level 1: a section (bookmark); level 2: within one. new_page: begins on a page of its own."""

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True)
class Text:
    """One paragraph. manner "alert" is framed, "legend" small."""

    text: str
    manner: Manner = "body"


@dataclass(frozen=True)
class Items:
    """A list of sentences. large: the verdict of the first page."""

    lines: tuple[str, ...]
    large: bool = False


@dataclass(frozen=True)
class FactTable:
    """Name, value, remark."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Cell:
    """One cell of a table: text, a smaller line below, words that must be known of it ("not verified")."""

    text: str
    below: str = ""
    marks: tuple[str, ...] = ()
    light: Kind = "none"


@dataclass(frozen=True)
class DataTable:
    """A ruled table; shares: relative column widths, as many as `head`. The first column is bold."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.shares) != len(self.head) or any(len(r) != len(self.head) for r in self.rows):
            raise ValueError("a DataTable needs one share and one cell for each column")


@dataclass(frozen=True)
class Pictures:
    """Pictures, `columns` in a row."""

    pictures: tuple[ReportPicture, ...]
    columns: int = 3


@dataclass(frozen=True)
class GridCell:
    """One cell of a picture grid: heading, lines of numbers, its picture (None: not computed, the lines say
    why).
    """

    title: str
    lines: tuple[str, ...]
    picture: ReportPicture | None = None


@dataclass(frozen=True)
class PictureGrid:
    """A grid of pictures: size across, depth down. cells [row][column], None where there is no plan."""

    corner: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[GridCell | None, ...], ...]


Block = Heading | Text | Items | FactTable | DataTable | Pictures | PictureGrid


@dataclass(frozen=True)
class Document:
    """A whole report. badge: large letters at the top ("AORTIC ROOT"). lead: the line below the title.

    marks: words in every page's head beside the notice ("indicative"). created: ISO date and time.
    """

    title: str
    badge: str
    case: str
    lead: str
    program: str
    created: str
    blocks: tuple[Block, ...]
    marks: tuple[str, ...] = ()
