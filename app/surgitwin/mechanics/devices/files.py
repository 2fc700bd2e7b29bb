"""Deployment tasks as files, for worker processes and for pictures of finished results."""

from __future__ import annotations

from pathlib import Path

from surgitwin.core import codec
from surgitwin.mechanics.devices.problem import Deployment


def save_task(task: Deployment, path: Path) -> None:
    """Write a task to one .npz file (plain values and arrays, nothing that runs)."""
    codec.save(task, path)


def load_task(path: Path) -> Deployment:
    """Inverse of `save_task`."""
    return codec.load(Deployment, path)
