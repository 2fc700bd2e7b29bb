"""Text in the field data of a VTU file without arrays of strings: meshio refuses a file that holds one.

Each text stands there twice: as an array by its key that holds the UTF-8 codes, for programs, and as the name
"key: text" of an array that holds the number 1, which ParaView's information panel shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

SIGN = ": "
QUOTE = {'"': "&quot;"}


def text_arrays(texts: Mapping[str, str]) -> dict[str, Any]:
    """Arrays [n] uint8 by name; names are escaped for XML, which VTK's writer does not do."""
    out: dict[str, Any] = {}
    for key, text in texts.items():
        out[escape(key, QUOTE)] = np.frombuffer(text.encode() or b" ", np.uint8)
        out[escape(f"{key}{SIGN}{text}", QUOTE)] = np.ones(1, np.uint8)
    return out


def text_in(names: Iterable[str]) -> dict[str, str]:
    """Texts by key, from the names of the arrays in a file's field data."""
    parts = (name.partition(SIGN) for name in names)
    return {key: text for key, sign, text in parts if sign}
