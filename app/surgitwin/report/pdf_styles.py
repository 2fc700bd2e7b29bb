"""Fonts, colours and paragraph styles of the PDF; text made safe for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

FONT, BOLD = "SurgiTwinSans", "SurgiTwinSans-Bold"
FILES = {FONT: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}
"""DejaVu comes with matplotlib and holds every sign that the report uses: ✔ ✖ ≈ ⊘ ≥ − × ² ³."""
INK, GREY, LINE, HEAD = HexColor("#16191d"), HexColor("#495057"), HexColor("#b9c0c7"), HexColor("#e8edf2")
ACCENT, NOTICE_RED = HexColor("#22577a"), HexColor("#b00020")
ALERT_FILL, ALERT_EDGE, MARK = HexColor("#fff4e0"), HexColor("#b35c00"), HexColor("#8a4700")
LIGHTS: dict[str, tuple[Color, Color]] = {
    "pass": (HexColor("#d3ecdf"), HexColor("#1b6b4a")),
    "fail": (HexColor("#f9d0d0"), HexColor("#b00020")),
    "uncertain": (HexColor("#ffe8b5"), HexColor("#b35c00")),
    "outside": (HexColor("#e3e3f3"), HexColor("#3d3d8f")),
    "none": (HexColor("#ffffff"), HexColor("#6c757d")),
    "missing": (HexColor("#e9ecef"), HexColor("#6c757d")),
}
"""Kind of a traffic light: fill and edge. The sign and the word stand in the cell as well."""
UNKNOWN_SIGN = "\ufffd"


@cache
def fonts() -> frozenset[int]:
    """Register and embed the two fonts once; the code points that the regular one can draw."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)
    return frozenset(pdfmetrics.getFont(FONT).face.charToGlyph)


def plain(value: object) -> str:
    """`value` as text that the font can draw; a sign that it lacks becomes a visible replacement."""
    known = fonts()
    return "".join(c if ord(c) in known or c in "\n\t" else UNKNOWN_SIGN for c in str(value))


def safe(value: object) -> str:
    """`plain` text with the signs of reportlab's markup escaped."""
    return escape(plain(value))


@cache
def style(name: str) -> ParagraphStyle:
    """A paragraph style by name (KeyError for an unknown one)."""
    fonts()
    base: dict[str, object] = {"fontName": FONT, "textColor": INK, "fontSize": 8.5, "leading": 11}
    return ParagraphStyle(name, **(base | _STYLES[name]))


_STYLES: dict[str, dict[str, object]] = {
    "body": {"spaceAfter": 1.2 * mm},
    "small": {"fontSize": 7, "leading": 9, "textColor": GREY, "spaceAfter": 1 * mm},
    "title": {"fontName": BOLD, "fontSize": 15, "leading": 18},
    "side": {"fontName": BOLD, "fontSize": 24, "leading": 28, "textColor": HexColor("#ffffff"),
             "alignment": TA_CENTER},
    "badge": {"fontName": BOLD, "fontSize": 15, "leading": 19, "textColor": HexColor("#ffffff"),
              "alignment": TA_CENTER},
    "h1": {"fontName": BOLD, "fontSize": 12.5, "leading": 15, "textColor": ACCENT, "spaceBefore": 3 * mm,
           "spaceAfter": 1.5 * mm},
    "h2": {"fontName": BOLD, "fontSize": 10, "leading": 12.5, "spaceBefore": 3 * mm, "spaceAfter": 1.2 * mm},
    "verdict": {"fontSize": 9, "leading": 11.2, "leftIndent": 4 * mm, "bulletIndent": 0.5 * mm,
                "spaceAfter": 0.6 * mm},
    "item": {"leftIndent": 4 * mm, "bulletIndent": 0.5 * mm, "spaceAfter": 0.6 * mm},
    "tiny_item": {"fontSize": 7, "leading": 9, "leftIndent": 3.5 * mm, "bulletIndent": 0.5 * mm},
    "alert": {"backColor": ALERT_FILL, "borderColor": ALERT_EDGE, "borderWidth": 0.6, "borderPadding": 3,
              "fontSize": 8, "leading": 10, "spaceBefore": 2 * mm, "spaceAfter": 2 * mm,
              "leftIndent": 1 * mm, "rightIndent": 1 * mm},
    "cell": {"fontSize": 7.2, "leading": 8.8},
    "cell_small": {"fontSize": 6.6, "leading": 8.3},
    "caption": {"fontSize": 7, "leading": 8.6, "alignment": TA_CENTER},
}  # fmt: skip


def paragraph(markup: str, name: str = "body", bullet: str | None = None) -> Paragraph:
    """A paragraph from markup that is already safe; long words are broken, never cut."""
    return Paragraph(markup, style(name), bulletText=bullet)


def mark(words: str) -> str:
    """Markup of a small warning such as "not verified"."""
    return f' <font color="{_hex(MARK)}" size="6.3">[{safe(words)}]</font>'


def coloured(words: str, kind: str) -> str:
    """Markup of a traffic light's sign and words in its colour."""
    return f'<font color="{_hex(LIGHTS[kind][1])}"><b>{safe(words)}</b></font>'


def grey(words: str) -> str:
    """Markup of text that stands back."""
    return f'<font color="{_hex(GREY)}">{safe(words)}</font>'


def _hex(colour: Color) -> str:
    return "#" + str(colour.hexval())[2:]
