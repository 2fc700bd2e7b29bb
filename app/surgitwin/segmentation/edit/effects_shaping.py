"""Rows of the table of effects: shape, several segments, edges of the image (data only)."""

from __future__ import annotations

from surgitwin.segmentation.edit.boolean import OPERATIONS
from surgitwin.segmentation.edit.crop import KEEP, SCOPE
from surgitwin.segmentation.edit.effect_rows import HANDLING, HERE, choice, number
from surgitwin.segmentation.edit.effects import EffectSpec
from surgitwin.segmentation.edit.level_set import METHODS
from surgitwin.segmentation.edit.mirror import INTO, PLANES
from surgitwin.segmentation.edit.parameter import Parameter
from surgitwin.segmentation.edit.watershed import RELIEFS

VOXELS = "numerical setting: one to two voxels of a usual CT"

OVER = {"background": "Background only", "shown": "Other shown, open segments too"}

TAKES = choice("over", "Paint over", OVER, "What the segment may take when it grows")

IN_THE_WAY = "it is so already, or another segment is in the way (see Paint over)"

WALLS = {
    "inside": "Inwards: keep the outer size",
    "medial": "To both sides",
    "outside": "Outwards: keep the inner size",
}
SMOOTHING = {"median": "Median: keeps edges", "gaussian": "Gaussian: rounds edges"}

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
    (number("mm", "Margin", 2, -50, 50, "mm", "Over 0 grows, under 0 shrinks"), TAKES),
    unchanged=IN_THE_WAY,
)  # fmt: skip


HOLLOW = EffectSpec(
    "hollow", "Hollow", "Keeps only a shell of the chosen segment; its inside becomes background.",
    "Hollow {}", f"{HERE}.margin:hollow",
    (
        number("thickness_mm", "Thickness", 3, 0.2, 30, "mm", "Thickness of the shell"),
        choice("wall", "Wall", WALLS, "On which side of the present boundary the shell lies"),
        TAKES,
    ),
)  # fmt: skip


BOOLEAN = EffectSpec(
    "boolean", "Combine",
    "Combines the chosen segment with another one, which can be grown first. A voxel belongs to one "
    "segment: a union or copy takes the other one's voxels, and may leave it empty.",
    "Combine {}", f"{HERE}.boolean:boolean",
    (
        choice("operation", "Action", OPERATIONS, "What becomes of the chosen segment"),
        Parameter("other", "Other", "segment", None, "The segment it is combined with", HANDLING),
        number("other_mm", "Grow it by", 0, -20, 20, "mm", "The other one is grown (shrunk under 0) first"),
        TAKES,
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
