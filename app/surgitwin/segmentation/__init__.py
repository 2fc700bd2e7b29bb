"""Tissue presets and operations on label maps."""

from surgitwin.segmentation.bone import segment_femur
from surgitwin.segmentation.clicks import parse_points
from surgitwin.segmentation.presets import load_preset, names, parse_parameters
from surgitwin.segmentation.recipe import Note, Segmented, StepDone, run_preset
from surgitwin.segmentation.statistics import SegmentStatistics, statistics

__all__ = [
    "Note",
    "SegmentStatistics",
    "Segmented",
    "StepDone",
    "load_preset",
    "names",
    "parse_parameters",
    "parse_points",
    "run_preset",
    "segment_femur",
    "statistics",
]
