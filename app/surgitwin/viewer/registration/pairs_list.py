"""Pairs of places clicked in two images, and how well one transform fits them; no toolkit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import SurgiTwinError
from surgitwin.imaging.registration import Kind, Pairs, from_landmarks, landmark_errors, left_out_rms


@dataclass
class Row:
    """A place (3,) LPS mm in the first and in the second image, None until it was clicked."""

    fixed: FloatArray | None = None
    moving: FloatArray | None = None

    @property
    def whole(self) -> bool:
        """Whether both are there."""
        return self.fixed is not None and self.moving is not None


@dataclass(frozen=True, eq=False)
class Fit:
    """matrix: moving to fixed points, None with `fault` in words. errors_mm: of each whole pair.

    left_out_mm: root mean square of each pair under the transform of the others; None where that says
    nothing.
    """

    matrix: FloatArray | None
    errors_mm: tuple[float, ...] = ()
    left_out_mm: float | None = None
    fault: str = ""

    @property
    def words(self) -> str:
        """One line for a person."""
        if self.matrix is None:
            return self.fault
        rms = float(np.sqrt(np.mean(np.square(self.errors_mm))))
        more = "" if self.left_out_mm is None else f"; each pair left out in turn: {self.left_out_mm:.1f} mm"
        return f"The pairs fit within {rms:.1f} mm (rms){more}."


@dataclass
class PairList:
    """Rows in the order of their numbers; `current` is the one that clicks go to."""

    rows: list[Row] = field(default_factory=lambda: [Row()])
    current: int = 0

    def put(self, moving: bool, point_mm: FloatArray) -> None:
        """A click in one of the images. A row that is whole is followed by an empty one."""
        row = self.rows[self.current]
        if moving:
            row.moving = np.array(point_mm, float)
        else:
            row.fixed = np.array(point_mm, float)
        if row.whole:
            empty = next((n for n, r in enumerate(self.rows) if not r.whole), None)
            if empty is None:
                self.rows.append(Row())
                empty = len(self.rows) - 1
            self.current = empty

    def delete(self, at: int) -> None:
        """Forget a pair; the numbers behind it move up."""
        del self.rows[at]
        if not self.rows or self.rows[-1].whole:
            self.rows.append(Row())
        self.current = next((n for n, r in enumerate(self.rows) if not r.whole), len(self.rows) - 1)

    @property
    def pairs(self) -> Pairs:
        """The whole ones."""
        whole = [r for r in self.rows if r.whole]
        empty = np.empty((0, 3))
        return Pairs(
            np.array([r.fixed for r in whole], float) if whole else empty,
            np.array([r.moving for r in whole], float) if whole else empty,
        )

    def fit(self, kind: Kind) -> Fit:
        """The transform of the whole pairs."""
        pairs = self.pairs
        try:
            matrix = from_landmarks(pairs, kind)
        except SurgiTwinError as error:
            return Fit(None, fault=f"{error.message} {error.hint}")
        return Fit(matrix, tuple(landmark_errors(pairs, matrix).tolist()), left_out_rms(pairs, kind))
