"""Label maps from images: presets, operations and their statistics."""
