"""Faults of real surfaces: found, mended, reported."""
