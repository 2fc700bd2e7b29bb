"""What level L2 adds to a plan's task: friction between struts and wall."""

from __future__ import annotations

from dataclasses import replace

from surgitwin.core.resources import load_table
from surgitwin.mechanics.devices.problem import Deployment


def friction() -> float:
    """Coulomb's coefficient of struts on the wall, of the table of strut frames."""
    return float(load_table("strut_frames")["friction"]["value"])


def with_friction(task: Deployment) -> Deployment:
    """The task as level L2 solves it; rings (L1) have no friction."""
    return replace(task, contact=replace(task.contact, friction=friction()))
