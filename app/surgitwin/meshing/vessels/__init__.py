"""Structured meshes of a tube-like vessel: its lumen, its wall, its calcium."""
