"""Tissue presets and operations on label maps."""

from surgitwin.segmentation.bone import segment
from surgitwin.segmentation.presets import load_preset, names, parse_parameters
from surgitwin.segmentation.statistics import SegmentStatistics, statistics

__all__ = ["SegmentStatistics", "load_preset", "names", "parse_parameters", "segment", "statistics"]
