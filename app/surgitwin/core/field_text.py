"""Text in the field data of a VTU file, as names of arrays: "frame: LPS" holding the number 1.

meshio refuses a VTU file with an array of strings in it, whatever else the file holds. Names are shown by
ParaView's information panel, and VTK, meshio and everything built on them read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

SIGN = ": "


def text_arrays(texts: Mapping[str, str]) -> dict[str, Any]:
    """One array [1] for each text, by the name "key: text" escaped for XML (VTK's writer does not escape)."""
    names = (f"{key}{SIGN}{text}" for key, text in texts.items())
    return {escape(name, {'"': "&quot;"}): np.ones(1, np.uint8) for name in names}


def text_in(names: Iterable[str]) -> dict[str, str]:
    """Texts by key, from the names of the arrays in a file's field data."""
    parts = (name.partition(SIGN) for name in names)
    return {key: text for key, sign, text in parts if sign}
