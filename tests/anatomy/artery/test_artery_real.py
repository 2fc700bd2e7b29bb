"""A real CTA at 1.5 mm with a stent-graft: sizes are indicative, the metal is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from surgitwin.anatomy.artery import measure_artery
from surgitwin.core.image import Volume
from surgitwin.imaging import load_series, scan

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def chest(shared_data: Path) -> Volume:
    return load_series(scan(shared_data / "aortic_root_cta")[0])


def test_stent_graft_is_noticed(chest: Volume) -> None:
    at = chest.grid.index_to_lps
    anatomy = measure_artery(chest, at((60, 87, 118)), at((62, 95, 100)))
    assert "artery.metal" in {n.code for n in anatomy.notices}
    assert "1.50 mm" in anatomy.indicative
    assert 18 < anatomy.tube.diameter_mm.min() < anatomy.tube.diameter_mm.max() < 30
