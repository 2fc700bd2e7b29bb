"""Arrays as lines of text, for formats in XML."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt

REAL, WHOLE = "%.16e", "%d"
"""%.16e is the shortest fixed form that gives every 64-bit number back."""


def lines_of(rows: npt.NDArray[Any], form: str, between: str = " ") -> str:
    """The rows of an (n, k) array, one a line."""
    out = io.StringIO()
    np.savetxt(out, rows, fmt=form, delimiter=between)
    return out.getvalue()


def numbered(first: int, rows: npt.NDArray[Any], line: str) -> str:
    """Rows put into `line` (fields in printf form), the first of them their number from `first` on.

    Column 0 is the number; a line may hold text between its fields.
    """
    count = np.arange(first, first + len(rows))[:, None]
    out = io.StringIO()
    both = np.hstack([count, rows]).tolist()
    out.writelines(line % (int(row[0]), *row[1:]) for row in both)
    return out.getvalue()
