"""Errors of one task among many carry its name, so that the others can go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from surgitwin.core.errors import Cancelled, StorageError, SurgiTwinError
from surgitwin.mechanics.devices.problem import Deployment


@contextmanager
def named(task: Deployment) -> Iterator[None]:
    """Whatever goes wrong with this task says so in `where`; a cancel and a full disk are nobody's fault."""
    try:
        yield
    except (Cancelled, StorageError):
        raise
    except SurgiTwinError as error:
        if error.where == task.name:
            raise
        raise type(error)(error.code, error.message, hint=error.hint, where=task.name) from error
