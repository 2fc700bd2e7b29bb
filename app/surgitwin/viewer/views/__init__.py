"""Slices and 3D: the four views, their bars, measurements and saved views."""
