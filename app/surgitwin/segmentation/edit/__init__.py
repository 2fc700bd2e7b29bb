"""Editing labels by hand: pure functions from labels (and image) to a `LabelPatch`."""
