"""Synthetic T1-weighted MR images of a thigh with known bone."""
