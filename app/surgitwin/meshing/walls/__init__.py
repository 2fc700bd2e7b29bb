"""Walls and layers: a surface extruded, the lumen filled in layers, flow extensions."""
