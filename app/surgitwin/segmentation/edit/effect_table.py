"""The table of effects (data only). Defaults are numerical settings unless their source says otherwise."""

from __future__ import annotations

from surgitwin.segmentation.edit.axes import SLICES
from surgitwin.segmentation.edit.boolean import OPERATIONS
from surgitwin.segmentation.edit.crop import KEEP, SCOPE
from surgitwin.segmentation.edit.effects import EffectSpec
from surgitwin.segmentation.edit.level_set import METHODS
from surgitwin.segmentation.edit.mirror import INTO, PLANES
from surgitwin.segmentation.edit.parameter import Parameter
from surgitwin.segmentation.edit.watershed import RELIEFS

HERE = "surgitwin.segmentation.edit"
HANDLING = "handling only: a value to start from"
VOXELS = "numerical setting: one to two voxels of a usual CT"
HU = (-1024.0, 3071.0)
"""Stored values of a CT (12 bits)."""

AUTO_SLICES = {"auto": "Where most are missing", **SLICES}
WALLS = {
    "inside": "Inwards: keep the outer size",
    "medial": "To both sides",
    "outside": "Outwards: keep the inner size",
}
HOLES = {
    "closed": "Closed cavities (3D)",
    "axial": "Holes in axial slices",
    "coronal": "Holes in coronal slices",
    "sagittal": "Holes in sagittal slices",
}
SMOOTHING = {"median": "Median: keeps edges", "gaussian": "Gaussian: rounds edges"}
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


def number(
    name: str, title: str, default: float, low: float, high: float, unit: str, tip: str, **more: object
) -> Parameter:
    """A parameter that is a number."""
    found: dict[str, object] = {"source": HANDLING, **more}
    return Parameter(name, title, "number", default, tip, unit=unit, low=low, high=high, **found)  # type: ignore[arg-type]


def choice(name: str, title: str, choices: dict[str, str], tip: str, **more: object) -> Parameter:
    """A parameter that is one of some words; the first is the default."""
    default, source = str(more.pop("default", next(iter(choices)))), str(more.pop("source", HANDLING))
    return Parameter(name, title, "choice", default, tip, source, choices=choices, **more)  # type: ignore[arg-type]


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

ISLANDS_ = EffectSpec(
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

SMOOTH = EffectSpec(
    "smooth", "Smooth", "Smooths the boundary of the chosen segment; no other segment loses a voxel.",
    "Smooth {}", f"{HERE}.plain:smoothed",
    (
        choice("method", "Method", SMOOTHING, "Median keeps edges, Gaussian rounds them"),
        number("width_mm", "Width", 1.5, 0.2, 6, "mm", "Details smaller than this go", source=VOXELS),
    ),
    unchanged="it is smooth at this width; widths under a voxel do nothing",
)  # fmt: skip

JOINT = EffectSpec(
    "joint", "Smooth all",
    "Smooths all shown, unlocked segments together: no gap opens, none overlaps, thin parts stay.",
    "Smooth all segments", f"{HERE}.joint:smooth_together",
    (number("width_mm", "Width", 1.5, 0.2, 6, "mm", "Details smaller than this go", source=VOXELS),),
    needs=(), whole=True, reference="kernel 2 G - G*G after Taubin, SIGGRAPH 1995",
    unchanged="all boundaries are smooth at this width",
)  # fmt: skip

MARGIN = EffectSpec(
    "margin", "Margin", "Grows the chosen segment by a distance, or shrinks it with a distance under zero.",
    "Margin of {}", f"{HERE}.margin:margin",
    (number("mm", "Margin", 2, -50, 50, "mm", "Over 0 grows, under 0 shrinks"),),
)  # fmt: skip

HOLLOW = EffectSpec(
    "hollow", "Hollow", "Keeps only a shell of the chosen segment; its inside becomes background.",
    "Hollow {}", f"{HERE}.margin:hollow",
    (
        number("thickness_mm", "Thickness", 3, 0.2, 30, "mm", "Thickness of the shell"),
        choice("wall", "Wall", WALLS, "On which side of the present boundary the shell lies"),
    ),
)  # fmt: skip

BOOLEAN = EffectSpec(
    "boolean", "Combine", "Combines the chosen segment with another one, which can be grown first.",
    "Combine {}", f"{HERE}.boolean:boolean",
    (
        choice("operation", "Action", OPERATIONS, "What becomes of the chosen segment"),
        Parameter("other", "Other", "segment", None, "The segment it is combined with", HANDLING),
        number("other_mm", "Grow it by", 0, -20, 20, "mm", "The other one is grown (shrunk under 0) first"),
    ),
    needs=("segment",), unchanged="the result is what the segment is already",
)  # fmt: skip

WATERSHED = EffectSpec(
    "watershed", "Watershed",
    "Painted spots of several segments grow until they meet; or they divide one segment among them.",
    "Watershed", f"{HERE}.watershed:watershed",
    (
        choice("relief", "Meet at", RELIEFS, "Where two segments meet"),
        Parameter("within", "Divide", "segment", None,
                  "The segment that is divided among the others; none: background is filled", HANDLING),
        number("reach_mm", "Reach", 15, 1, 60, "mm", "How far from the spots it goes", decimals=0),
    ),
    needs=("image", "segment"), whole=True, unchanged="the spots fill their region already",
    reference="Meyer, Signal Process 38:113-125, 1994 (scikit-image)",
)  # fmt: skip

GROW = EffectSpec(
    "grow", "Grow",
    "Paint spots of the chosen segment first. It grows from them to the edges in the image; other segments "
    "that are shown hold it back.",
    "Grow {}", f"{HERE}.plain:grown_from_seeds",
    (number("reach_mm", "Reach", 15, 2, 60, "mm", "How far from what was painted it may grow", decimals=0),),
    needs=("voxels", "image"), unchanged="it fills its edges already",
)  # fmt: skip

LEVEL_SET = EffectSpec(
    "level_set", "Level set", "Moves the boundary of the chosen segment until it lies on edges of the image.",
    "Level set of {}", f"{HERE}.level_set:level_set",
    (
        choice("method", "Stops at", METHODS, "Edges, or two regions of different mean value"),
        Parameter("iterations", "Iterations", "whole", 100, "More let the front go farther", HANDLING,
                  low=1, high=1000, decimals=0),
        number("reach_mm", "Reach", 10, 1, 40, "mm", "No farther than this from the segment"),
        number("edge", "Edge", 40, 1, 1000, "HU", "Step per voxel at which the front has half its speed",
               decimals=0, needs=("method", ("edges",)), source="numerical setting: twice the noise of a CT"),
        number("balloon", "Push", 1, -2, 2, "", "Over 0 outwards, under 0 inwards",
               needs=("method", ("edges",))),
        number("smoothness", "Smoothness", 0.5, 0, 4, "", "Weight of a smooth boundary",
               source="numerical setting: half the weight of the edges"),
    ),
    needs=("voxels", "image"),
    reference="Caselles and others, IJCV 22:61-79, 1997; Marquez-Neila and others, IEEE TPAMI 36:2-17, 2014",
    unchanged="the front did not move: take more iterations, a stronger push or a higher edge",
)  # fmt: skip

MIRROR = EffectSpec(
    "mirror", "Mirror", "Copies the chosen segment to the other side of a plane: the healthy bone, say.",
    "Mirror {}", f"{HERE}.mirror:mirror",
    (
        choice("plane", "Plane", PLANES, "The plane that is the mirror"),
        Parameter("points", "Points", "points", (), "Three points of the plane, LPS mm", HANDLING, unit="mm",
                  needs=("plane", ("points",))),
        choice("into", "Result", INTO, "A new segment, or the same one moved"),
    ),
)  # fmt: skip

CROP = EffectSpec(
    "crop", "Crop", "Erases segments outside a box, or inside it.", "Crop {}", f"{HERE}.crop:crop",
    (
        Parameter("first", "Corner", "point", None, "One corner of the box, LPS mm", HANDLING, unit="mm"),
        Parameter("second", "Opposite", "point", None, "The opposite corner, LPS mm", HANDLING, unit="mm"),
        choice("keep", "Action", KEEP, "Which side of the box stays"),
        choice("scope", "Of", SCOPE, "Which segments are cropped"),
    ),
)  # fmt: skip

EFFECTS: tuple[EffectSpec, ...] = (
    PAINT, SCISSORS, LIVEWIRE, ISLANDS_, THRESHOLD, FILL, BETWEEN, SMOOTH, JOINT, MARGIN, HOLLOW, BOOLEAN,
    GROW, WATERSHED, LEVEL_SET, MIRROR, CROP,
)  # fmt: skip
