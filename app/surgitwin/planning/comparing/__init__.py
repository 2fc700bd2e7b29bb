"""Solved plans side by side: rows, ranking, what would flip it, bands, differences."""
