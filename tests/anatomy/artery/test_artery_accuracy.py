"""Accuracy of issue 5 on arteries with known truth: 12 rotations, two noises, the same settings for all."""

from __future__ import annotations

import pytest

from artery_accuracy import CASES, failures, rotations, run


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", list(CASES))
def test_accuracy_under_twelve_rotations_and_two_noises(name: str) -> None:
    found = run(CASES[name], rotations(12))
    assert failures(CASES[name], found) == [], found
