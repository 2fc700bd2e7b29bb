"""Pages of the PDF: header and footer with the notice, page x of y, bookmarks, metadata; rows of pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image as PillowImage
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph

from surgitwin.report.content import NOTICE, when
from surgitwin.report.data import ReportPicture
from surgitwin.report.pdf_styles import BOLD, FONT, GREY, LINE, NOTICE_RED, paragraph, plain, safe

MARGIN, TOP, BOTTOM = 12 * mm, 15 * mm, 14 * mm
TOTAL = "total_pages"
"""Name of the form that holds the number of pages, which is known at the end."""
GAP = 2 * mm
CAPTION_LEVELS = {"h1": 0, "h2": 1}


@dataclass(frozen=True)
class PageWords:
    """What stands on every page and in the file's properties. right: case and side at the head's right end.

    marks: beside the notice. created: ISO date and time.
    """

    title: str
    subject: str
    right: str
    program: str
    created: str
    marks: tuple[str, ...] = ()


class ReportPages(BaseDocTemplate):
    """A4 pages with everything that stands on each of them."""

    def __init__(self, target: io.BytesIO, data: PageWords) -> None:
        super().__init__(
            target,
            pagesize=A4,
            leftMargin=MARGIN,
            rightMargin=MARGIN,
            topMargin=TOP,
            bottomMargin=BOTTOM,
            title=plain(f"{data.title} ({NOTICE})"),
            author=plain(data.program),
            subject=plain(f"{NOTICE}. {data.subject}."),
            creator=plain(data.program),
            keywords=NOTICE,
        )
        self.report = data
        frame = Frame(
            MARGIN, BOTTOM, A4[0] - 2 * MARGIN, A4[1] - TOP - BOTTOM,
            leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
        )  # fmt: skip
        self.addPageTemplates(PageTemplate("page", [frame], onPage=self._running))
        self._marks = 0

    def _running(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        """Header and footer of one page."""
        data, right = self.report, A4[0] - MARGIN
        said = [NOTICE.upper(), *data.marks]
        canvas.saveState()
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, A4[1] - 12.5 * mm, right, A4[1] - 12.5 * mm)
        canvas.line(MARGIN, 11.5 * mm, right, 11.5 * mm)
        canvas.setFillColor(NOTICE_RED)
        _fitted(canvas, " · ".join(said), BOLD, MARGIN, A4[1] - 11 * mm, 95 * mm)
        _fitted(canvas, NOTICE.upper(), BOLD, MARGIN, 8 * mm, 50 * mm)
        canvas.setFillColor(GREY)
        _fitted(canvas, data.right, FONT, right, A4[1] - 11 * mm, 85 * mm, at_right=True)
        _fitted(canvas, f"{data.program}, {when(data.created)}", FONT, 75 * mm, 8 * mm, 75 * mm)
        self._pages = canvas.getPageNumber()
        canvas.setFont(FONT, 7.5)
        canvas.drawRightString(right - 6 * mm, 8 * mm, f"Page {canvas.getPageNumber()} of")
        canvas.translate(right - 5 * mm, 8 * mm)
        canvas.doForm(TOTAL)
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:
        """A bookmark for every heading."""
        level = CAPTION_LEVELS.get(getattr(getattr(flowable, "style", None), "name", ""))
        if level is None or not isinstance(flowable, Paragraph):
            return
        key = f"mark{self._marks}"
        self._marks += 1
        top = self.frame._y + flowable.height + 4
        self.canv.bookmarkPage(key, fit="XYZ", left=0, top=top, zoom=0)
        self.canv.addOutlineEntry(flowable.getPlainText(), key, level, closed=level > 0)

    def _endBuild(self) -> None:
        """Write the number of pages into the form that every page shows."""
        canvas = self.canv
        canvas.beginForm(TOTAL, 0, -2 * mm, 10 * mm, 5 * mm)
        canvas.setFillColor(GREY)
        canvas.setFont(FONT, 7.5)
        canvas.drawString(0, 0, str(self._pages))
        canvas.endForm()
        canvas.showOutline()
        canvas.setViewerPreference("DisplayDocTitle", "true")
        super()._endBuild()


def _fitted(
    canvas: Canvas, text: str, font: str, x: float, y: float, width: float, at_right: bool = False
) -> None:
    """One line no wider than `width`: smaller letters first, then the middle is left out."""
    text, size = plain(text), 7.5
    while size > 5 and stringWidth(text, font, size) > width:
        size -= 0.5
    kept = len(text)
    shown = text
    while stringWidth(shown, font, size) > width:
        kept -= 1
        shown = f"{text[: kept // 2]}…{text[len(text) - kept // 2 :]}"
    canvas.setFont(font, size)
    (canvas.drawRightString if at_right else canvas.drawString)(x, y, shown)


class PictureRow(Flowable):
    """Pictures side by side with their captions, as high as the page allows between two bounds."""

    def __init__(
        self,
        pictures: Sequence[ReportPicture],
        columns: int,
        lowest: float,
        highest: float,
        captioned: bool = True,
    ) -> None:
        super().__init__()
        self.pictures, self.columns = tuple(pictures), columns
        self.lowest, self.highest = lowest, highest
        self.captions = [paragraph(safe(p.title) if captioned else "", "caption") for p in pictures]
        self.readers = [_reader(p.png) for p in pictures]
        self.spaceAfter = 2 * mm

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Choose the height of the pictures for the room that is left."""
        self.cell = (width - GAP * (self.columns - 1)) / self.columns
        self.caption = max(c.wrap(self.cell, height)[1] for c in self.captions)
        room = height - self.caption - 1 * mm
        ratio = max(h / w for w, h in (r.getSize() for r in self.readers))
        wanted = min(self.highest, self.cell * ratio)
        self.picture = min(wanted, room) if room >= min(self.lowest, wanted) else wanted
        self.width, self.height = width, self.picture + self.caption + 1 * mm
        return self.width, self.height

    def draw(self) -> None:
        """Every picture in the middle of its cell, its caption below."""
        for n, (reader, caption) in enumerate(zip(self.readers, self.captions, strict=True)):
            w, h = reader.getSize()
            scale = min(self.cell / w, self.picture / h)
            left = n * (self.cell + GAP)
            x, y = left + (self.cell - w * scale) / 2, self.height - h * scale
            self.canv.drawImage(reader, x, y, w * scale, h * scale)
            self.canv.setStrokeColor(LINE)
            self.canv.setLineWidth(0.4)
            self.canv.rect(x, y, w * scale, h * scale)
            caption.drawOn(self.canv, left, self.height - self.picture - 1 * mm - caption.height)


def picture_rows(
    pictures: Sequence[ReportPicture], columns: int, lowest: float = 60 * mm, highest: float = 88 * mm
) -> list[Any]:
    """All `pictures`, `columns` in a row."""
    return [
        PictureRow(pictures[n : n + columns], columns, lowest, highest)
        for n in range(0, len(pictures), columns)
    ]


def _reader(png: bytes) -> ImageReader:
    """The picture as reportlab reads it, without transparency."""
    with PillowImage.open(io.BytesIO(png)) as image:
        return ImageReader(image.convert("RGB"))
