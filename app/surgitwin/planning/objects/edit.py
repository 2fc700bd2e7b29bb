"""Changes of a case's objects: each gives the new value of `state["objects"]` for one undo step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surgitwin.planning.objects.record import KEY, OwnObject

Value = dict[str, Any]


def with_object(state: Mapping[str, Any], own: OwnObject) -> Value:
    """With one more object, or with this one in place of what its id had."""
    return {KEY: {**(state.get(KEY) or {}), own.id: own.as_dict()}}


def without_object(state: Mapping[str, Any], own: OwnObject) -> Value:
    """Without this object; its triangles stay in the folder, so that the step can be taken back."""
    return {KEY: {k: v for k, v in (state.get(KEY) or {}).items() if k != own.id}}
