"""Steps from one schema of case.json to the next, one function each, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""schema n -> the function that turns a document of schema n into one of n + 1. Schema 1 is the first."""


def migrate(document: dict[str, Any], schema: int, target: int) -> dict[str, Any]:
    """`document` of `schema`, brought to `target` step by step."""
    for version in range(schema, target):
        document = STEPS[version](document)
    return document
