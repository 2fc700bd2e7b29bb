"""Devices in vessels: rings and frames with their laws, the wall that they open, and what came out. No
finite elements.
"""
