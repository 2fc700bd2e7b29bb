"""Pairs of clicked places: which row a click goes to, residuals, and what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest

from surgitwin.viewer.registration.pairs_list import PairList

PLACES = np.array([[0.0, 0, 0], [80, 0, 0], [0, 60, 0], [10, 10, 50]])
SHIFT = np.array([5.0, -3.0, 20.0])


def filled(places: np.ndarray = PLACES) -> PairList:
    pairs = PairList()
    for point in places:
        pairs.put(False, point)
        pairs.put(True, point - SHIFT)
    return pairs


def test_clicks_fill_a_row_and_go_on_to_the_next() -> None:
    pairs = PairList()
    pairs.put(False, PLACES[0])
    pairs.put(False, PLACES[1])  # corrected before its partner was clicked
    assert len(pairs.rows) == 1
    pairs.put(True, PLACES[2])
    assert (len(pairs.rows), pairs.current) == (2, 1)
    assert np.allclose(pairs.pairs.fixed_mm, PLACES[1:2])


def test_residuals_of_a_slip_and_without_the_pair() -> None:
    pairs = filled()
    fit = pairs.fit("rigid")
    assert fit.matrix is not None
    assert np.allclose(fit.matrix[:3, 3], SHIFT)
    assert max(fit.errors_mm) == pytest.approx(0.0, abs=1e-9)
    pairs.current = 3
    pairs.put(True, PLACES[3] - SHIFT + [12.0, 0, 0])
    slipped = pairs.fit("rigid")
    assert max(slipped.errors_mm) > 2.0
    assert slipped.left_out_mm is not None
    assert "each pair left out" in slipped.words
    pairs.delete(3)
    assert max(pairs.fit("rigid").errors_mm) < 1e-9
    assert (len(pairs.rows), pairs.current) == (4, 3)


@pytest.mark.parametrize(
    ("places", "kind", "said"),
    [(PLACES[:2], "rigid", "3 pairs"), (PLACES[:3], "affine", "4 pairs"),
     (np.outer(np.arange(4.0), [10, 5, 1]), "rigid", "a line")],
)  # fmt: skip
def test_what_cannot_be_fitted_says_why(places: np.ndarray, kind: str, said: str) -> None:
    fit = filled(places).fit(kind)  # type: ignore[arg-type]
    assert fit.matrix is None
    assert said in fit.words
