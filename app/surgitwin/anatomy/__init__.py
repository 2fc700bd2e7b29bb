"""Measures of a bone: side, frame, landmarks, cuts, cross-sections."""

from surgitwin.anatomy.measure import measure_femur
from surgitwin.anatomy.types import CanalStation, FemurAnatomy, Landmark
from surgitwin.anatomy.views import default_fracture_plane, views

__all__ = ["CanalStation", "FemurAnatomy", "Landmark", "default_fracture_plane", "measure_femur", "views"]
