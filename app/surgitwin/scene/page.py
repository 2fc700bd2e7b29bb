"""The sheet round a picture: words above, notice below, letters, ruler and colour bar; drawn with Pillow."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from surgitwin.core.arrays import FloatArray
from surgitwin.scene.fields import ABOVE_COLOUR, ColourScale

ImageArray = npt.NDArray[Any]
NOTICE = "Not for clinical use"
INK, NOTICE_INK, PAPER = (20, 24, 28), (176, 0, 32), (255, 255, 255)
_NICE_MM = (1, 2, 5, 10, 20, 50, 100, 200)


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), size)


class Page:
    """A sheet of `size` (width, height) px; the picture goes into `inner_size` at `corner`."""

    def __init__(
        self, size: tuple[int, int], lines: tuple[str, ...], scale: ColourScale | None = None
    ) -> None:
        self.text_px = max(11, round(size[1] / 52))
        self._image = Image.new("RGB", size, PAPER)
        self._pen = ImageDraw.Draw(self._image)
        self._scale = scale
        lines = tuple(w for line in lines for w in self._wrapped(line, size[0] - 2 * self.text_px))
        head = round((len(lines) * 1.3 + 0.8) * self.text_px)
        foot = round(2.1 * self.text_px)
        bar = round(8.2 * self.text_px) if scale is not None else 0
        self.inner_size = (max(size[0] - bar, 16), max(size[1] - head - foot, 16))
        self.corner = (0, head)
        for n, line in enumerate(lines):
            at = (self.text_px * 0.7, self.text_px * (0.4 + 1.3 * n))
            self._pen.text(at, line, INK, _font(self.text_px, bold=n == 0))
        middle = (size[0] / 2, size[1] - foot / 2)
        self._pen.text(middle, NOTICE.upper(), NOTICE_INK, _font(self.text_px, bold=True), anchor="mm")
        if scale is not None:
            self._bar(scale, size[0] - bar, head + 6.2 * self.text_px, 0.55 * self.inner_size[1])

    def _wrapped(self, line: str, width: float) -> list[str]:
        """`line` broken at spaces to fit `width` px."""
        out, font = [""], _font(self.text_px, bold=True)
        for word in line.split(" "):
            trial = f"{out[-1]} {word}".strip()
            if out[-1] and font.getlength(trial) > width:
                out.append(word)
            else:
                out[-1] = trial
        return out

    def place(self, image: ImageArray) -> None:
        """Paste the picture (height, width, 3) uint8 of `inner_size`."""
        self._image.paste(Image.fromarray(image), self.corner)

    def letters(self, words: dict[str, str], ink: tuple[int, int, int] = INK) -> None:
        """Direction words at the "left", "right", "top", "bottom" of the picture, on a paper halo."""
        (w, h), (x, y), pad = self.inner_size, self.corner, 0.5 * self.text_px
        spots = {
            "left": (x + pad, y + h / 2, "lm"), "right": (x + w - pad, y + h / 2, "rm"),
            "top": (x + w / 2, y + pad, "mt"), "bottom": (x + w / 2, y + h - pad, "mb"),
        }  # fmt: skip
        halo = PAPER if sum(ink) < 384 else (0, 0, 0)
        font = _font(round(1.3 * self.text_px), bold=True)
        for where, word in words.items():
            column, row, anchor = spots[where]
            self._pen.text((column, row), word, ink, font, anchor=anchor, stroke_width=2, stroke_fill=halo)

    def ruler(self, px_per_mm: float, ink: tuple[int, int, int] = INK) -> None:
        """A bar of a round length in mm at the lower left of the picture."""
        length = max((n for n in _NICE_MM if n * px_per_mm <= self.inner_size[0] / 4), default=1)
        x, y = self.corner[0] + self.text_px, self.corner[1] + self.inner_size[1] - self.text_px
        halo = PAPER if sum(ink) < 384 else (0, 0, 0)
        self._pen.line((x, y, x + length * px_per_mm, y), ink, 3)
        self._pen.text(
            (x, y - 4),
            f"{length} mm",
            ink,
            _font(self.text_px),
            anchor="lb",
            stroke_width=2,
            stroke_fill=halo,
        )

    def _bar(self, scale: ColourScale, left: float, top: float, height: float) -> None:
        pen, px, style = self._pen, self.text_px, scale.style
        width, font = 1.4 * px, _font(round(0.9 * px))
        colours = (matplotlib.colormaps[style.colours](np.linspace(1, 0, round(height)))[:, :3] * 255).astype(
            np.uint8
        )
        strip = np.repeat(colours[:, None], round(width), axis=1)
        self._image.paste(Image.fromarray(strip), (round(left + 0.5 * px), round(top)))
        for row, line in enumerate(self._wrapped(style.label, 6.6 * px)):
            pen.text((left + 0.3 * px, top - (6.0 - 1.15 * row) * px), line, INK, font)
        if style.limit is not None:
            x = left + 0.5 * px
            pen.rectangle((x, top - 1.3 * px, x + width, top - 0.4 * px), fill=ABOVE_COLOUR)
            pen.text((x + width + 4, top - 0.9 * px), f"> {style.limit:g}", INK, font, anchor="lm")
        for share in tick_shares(scale):
            y = top + (1 - share) * height
            pen.line((left + 0.5 * px + width, y, left + 0.5 * px + width + 4, y), INK, 1)
            pen.text(
                (left + 1.0 * px + width, y), number(at_share(scale, float(share))), INK, font, anchor="lm"
            )
        if style.limit is not None:
            for n, word in enumerate(self._wrapped(style.above_text, 6.6 * px)):
                pen.text((left + 0.3 * px, top + height + (0.9 + 1.1 * n) * px), word, INK, font)

    def array(self) -> ImageArray:
        """(height, width, 3) uint8."""
        return np.asarray(self._image, dtype=np.uint8)


def tick_shares(scale: ColourScale) -> FloatArray:
    """Where a colour scale gets its numbers, 0..1 from its low end; a centred one gets one in its middle."""
    centred = scale.low == -scale.high or (scale.style.log and abs(scale.low * scale.high - 1) < 1e-9)
    out: FloatArray = np.linspace(0, 1, 5 if centred else 6)
    return out


def at_share(scale: ColourScale, share: float) -> float:
    """Value at `share` (0..1) of the way along a colour scale."""
    if scale.style.log:
        return float(scale.low * (scale.high / scale.low) ** share)
    return scale.low + share * (scale.high - scale.low)


def number(value: float) -> str:
    """Three significant digits without an exponent where that is short."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def png(image: ImageArray) -> bytes:
    """PNG file of a picture; the notice also stands in its text chunk "Description"."""
    info = PngInfo()
    info.add_text("Description", NOTICE)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", pnginfo=info, optimize=True)
    return buffer.getvalue()


def letters_of(right: FloatArray, down: FloatArray, word: Any) -> dict[str, str]:
    """Words at the four edges from the screen directions and a function direction -> word."""
    return {"right": word(right), "left": word(-right), "bottom": word(down), "top": word(-down)}
