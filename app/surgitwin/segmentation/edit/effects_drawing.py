"""Rows of the table of effects: drawing and filling (data only)."""

from __future__ import annotations

from surgitwin.segmentation.edit.axes import SLICES
from surgitwin.segmentation.edit.effect_rows import HANDLING, HERE, choice, number
from surgitwin.segmentation.edit.effects import EffectSpec
from surgitwin.segmentation.edit.parameter import Parameter

HU = (-1024.0, 3071.0)
"""Stored values of a CT (12 bits)."""

AUTO_SLICES = {"auto": "Where most are missing", **SLICES}
HOLES = {
    "closed": "Closed cavities (3D)",
    "axial": "Holes in axial slices",
    "coronal": "Holes in coronal slices",
    "sagittal": "Holes in sagittal slices",
}
ISLANDS = {
    "small": "Remove small pieces",
    "keep": "Keep the piece at a point",
    "remove": "Remove the piece at a point",
}
CUTS = {
    "erase inside": "Cut away what is inside the line",
    "erase outside": "Cut away what is outside the line",
    "fill inside": "Fill the inside of the line",
}
DEPTHS = {
    "all": "Through the whole image",
    "symmetric": "To either side of the slice",
    "from_to": "From one depth to another",
}

PAINT = EffectSpec(
    "paint", "Brush", "Paints or erases a ball along points.", "Paint {}", f"{HERE}.plain:paint",
    (
        Parameter("points", "Points", "points", (), "The stroke, LPS mm", HANDLING, unit="mm"),
        number("radius_mm", "Radius", 5, 0.5, 50, "mm", "Radius of the ball"),
        choice("action", "Action", {"paint": "Paint", "erase": "Erase"}, "Paint or erase"),
    ),
    needs=(), mouse=True, unchanged="the stroke meets no voxel that it may change",
)  # fmt: skip


SCISSORS = EffectSpec(
    "scissors", "Scissors", "Cuts the chosen segment along the line of sight, as deep as you say.", "Cut {}",
    f"{HERE}.plain:cut",
    (
        Parameter("points", "Line", "points", (), "Corners of the closed line, LPS mm", HANDLING, unit="mm"),
        choice("slices", "Seen in", SLICES, "Slices that the line lies on"),
        choice("action", "Action", CUTS, "What the line does"),
        choice("depth", "Depth", DEPTHS, "How deep the cut goes"),
        number("depth_mm", "To either side", 5, 0.5, 300, "mm", "How far to either side of the slice",
               needs=("depth", ("symmetric",))),
        number("from_mm", "From", 0, -300, 300, "mm", "Where the cut begins, from the slice on",
               needs=("depth", ("from_to",))),
        number("to_mm", "To", 10, -300, 300, "mm", "Where the cut ends, from the slice on",
               needs=("depth", ("from_to",))),
    ),
    needs=(), mouse=True, unchanged="the line does not meet the segment",
)  # fmt: skip


LIVEWIRE = EffectSpec(
    "livewire", "Livewire", "A line that follows edges between your clicks; closed, it fills its inside.",
    "Livewire {}", f"{HERE}.livewire:livewire",
    (
        Parameter("points", "Clicks", "points", (), "Points along the edge, LPS mm", HANDLING, unit="mm"),
        choice("slices", "Seen in", SLICES, "Slices that the points lie on"),
    ),
    needs=("image",), mouse=True, unchanged="the line encloses no voxel that it may fill",
    reference="Mortensen and Barrett, Graph Models Image Process 60:349-384, 1998",
)  # fmt: skip


ISLAND = EffectSpec(
    "islands", "Islands", "Removes or keeps connected pieces of the chosen segment.", "Islands of {}",
    f"{HERE}.plain:islands",
    (
        choice("action", "Action", ISLANDS, "Which pieces go"),
        number("smallest_mm3", "Smallest kept", 100, 1, 1e6, "mm³", "Smaller pieces go",
               needs=("action", ("small",))),
        Parameter("point", "Point", "point", None, "A place in the piece, LPS mm", HANDLING, unit="mm",
                  needs=("action", ("keep", "remove"))),
    ),
    mouse=True, unchanged="it has no such pieces",
)  # fmt: skip


THRESHOLD = EffectSpec(
    "threshold", "Threshold", "Fills the chosen segment wherever the image lies between two values.",
    "Threshold {}", f"{HERE}.plain:fill_range",
    (
        number("low", "From", 200, -32768, 32767, "HU", "Lowest value that is filled", decimals=0,
               source="numerical setting: under the bone of most CTs, over soft tissue"),
        number("high", "To", HU[1], -32768, 32767, "HU", "Highest value that is filled", decimals=0,
               source="largest value of 12 bits"),
        Parameter("within", "Inside", "segment", None, "Only inside this one; none: everywhere", HANDLING),
    ),
    needs=("image",), unchanged="no free voxel lies in that range",
)  # fmt: skip


FILL = EffectSpec(
    "fill", "Fill holes", "Background that the chosen segment encloses becomes part of it.",
    "Fill holes of {}", f"{HERE}.plain:holes",
    (choice("kind", "Holes", HOLES, "Which holes are filled"),),
    unchanged="it has no such holes that are background",
)  # fmt: skip


BETWEEN = EffectSpec(
    "between", "Between slices",
    "Draw the chosen segment on some slices; the slices between them are filled from both neighbours.",
    "Fill {} between slices", f"{HERE}.between_slices:fill_between",
    (choice("slices", "Slices", AUTO_SLICES, "Direction in which slices are missing"),),
    reference="Raya and Udupa, IEEE Trans Med Imaging 9:32-42, 1990",
)  # fmt: skip


GROW = EffectSpec(
    "grow", "Grow",
    "Paint spots of the chosen segment first. It grows from them to the edges in the image; other segments "
    "that are shown hold it back.",
    "Grow {}", f"{HERE}.plain:grown_from_seeds",
    (number("reach_mm", "Reach", 15, 2, 60, "mm", "How far from what was painted it may grow", decimals=0),),
    needs=("voxels", "image"), unchanged="it fills its edges already",
)  # fmt: skip
