"""Meshes that are made beside the case's own: dialog, result, files."""
