"""Segments of a case: by presets, edits, files and models; what they measure, landmarks, vessel trees."""
