"""The table of effects: complete, in plain words, and every parameter checked."""

from __future__ import annotations

import importlib
import inspect

import pytest

from surgitwin.core.errors import InputError, UsageError
from surgitwin.segmentation.edit.effects import effect, effects

NAMES = [e.name for e in effects()]


@pytest.mark.parametrize("name", NAMES)
def test_functions_take_what_the_table_says(name: str) -> None:
    spec = effect(name)
    module, _, function = spec.function.partition(":")
    signature = inspect.signature(getattr(importlib.import_module(module), function))
    keywords = {n for n, p in signature.parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert keywords == {p.name for p in spec.parameters}
    assert list(signature.parameters)[:2] == ["source", "progress"]


@pytest.mark.parametrize("name", NAMES)
def test_defaults_lie_in_their_limits_and_have_a_source(name: str) -> None:
    spec = effect(name)
    assert spec.words.endswith(".")
    for one in spec.parameters:
        assert one.source, one.name
        assert one.tip, one.name
        if one.kind in ("number", "whole"):
            assert one.low <= one.default <= one.high
            with pytest.raises(UsageError):
                one.checked(one.high + 1)
        assert one.checked(one.default) == one.default
        if one.needs is not None:
            assert one.needs[0] in {p.name for p in spec.parameters}
    assert spec.checked({}) == {p.name: p.default for p in spec.parameters}


def test_names_are_unique_and_words_of_a_command_line_are_read() -> None:
    assert len(set(NAMES)) == len(NAMES)
    watershed = effect("watershed")
    found = watershed.checked({"within": "femur canal", "reach_mm": "20"}, {"femur_canal": 7})
    assert (found["within"], found["reach_mm"]) == (7, 20.0)
    crop = effect("crop").checked({"first": "1,2,3.5"})
    assert crop["first"] == (1.0, 2.0, 3.5)
    line = effect("livewire").checked({"points": "1,2,3;4,5,6"})
    assert line["points"] == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    for name, values in (
        ("crop", {"first": "1,2"}), ("crop", {"keep": "all"}), ("level_set", {"iterations": "1.5"}),
        ("margin", {"mm": "nan"}),
    ):  # fmt: skip
        with pytest.raises(UsageError) as said:
            effect(name).checked(values, {"femur": 1})
        assert said.value.code == "edit.parameter"
    with pytest.raises(InputError) as absent:
        effect("watershed").checked({"within": "tibia"}, {"femur": 1})
    assert absent.value.code == "edit.unknown_segment"
