"""Meshes and surfaces to files and back."""
