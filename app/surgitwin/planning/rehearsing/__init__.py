"""Rehearsal: plans made blind, then held against the sealed reference."""
