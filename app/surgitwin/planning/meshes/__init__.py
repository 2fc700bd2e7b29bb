"""Meshes of a case: the bone, tissues, surfaces of files."""
