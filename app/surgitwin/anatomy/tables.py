"""Sourced rules for what an image does not show."""

from __future__ import annotations

from surgitwin.core.resources import load_table


def rule(name: str) -> tuple[float, str]:
    """Value (unit in the name) and source of one rule in ``resources/femur_anatomy.toml``."""
    row = load_table("femur_anatomy")[name]
    return float(row["value"]), str(row["source"])
