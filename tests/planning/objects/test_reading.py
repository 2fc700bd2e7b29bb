"""A file is read once: what was looked at is what is taken in; its steps are told and can be stopped at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from object_samples import HIGH, LOW, box
from surgitwin.core.errors import Cancelled
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.core.progress import Event, Progress
from surgitwin.planning.case import Case
from surgitwin.planning.objects.peek import peek
from surgitwin.planning.objects.reading import Wanted, read_object

MIDDLE = (LOW + HIGH) / 2


@pytest.fixture
def file(written: Callable[[SurfaceMesh, str], Path]) -> Path:
    """A box, its unit and frame not said."""
    return written(box(np.array([5.0, 6.0, 7.0]), MIDDLE), "b.stl")


def test_the_file_that_was_looked_at_is_not_read_again(box_case: Case, file: Path) -> None:
    seen = peek(file)
    assert (seen.unit, seen.frame, seen.triangles) == (None, None, 12)
    assert seen.size_mm("cm") == pytest.approx((100, 120, 140), rel=1e-6)
    before = read_object(box_case, Wanted(file, unit="mm", frame="lps"), MIDDLE)
    file.unlink()
    after = read_object(box_case, Wanted(file, unit="mm", frame="lps", seen=seen), MIDDLE)
    assert after == before


def test_a_body_longer_than_the_image_is_told(box_case: Case, file: Path) -> None:
    own = read_object(box_case, Wanted(file, unit="cm", frame="own"), MIDDLE)  # a plausible 140 mm
    assert own.notes == ("It is 140 mm long, longer than anything in the image (101 mm): check the unit.",)
    assert read_object(box_case, Wanted(file, unit="mm", frame="own"), MIDDLE).notes == ()


def test_reading_tells_its_steps_and_stops_at_each(box_case: Case, file: Path) -> None:
    told: list[Event] = []
    read_object(box_case, Wanted(file, unit="mm", frame="lps"), MIDDLE, Progress(told.append))
    shares = [e.fraction for e in told if e.fraction is not None]
    assert shares == sorted(shares)
    assert len(shares) == len(told) >= 6
    blobs = sorted(box_case.folder.path.rglob("*.npz"))
    for stop in range(len(told)):
        calls = iter(range(len(told)))
        with pytest.raises(Cancelled):
            read_object(
                box_case, Wanted(file, unit="cm", frame="lps"), MIDDLE,
                Progress(None, lambda stop=stop, calls=calls: next(calls) == stop),
            )  # fmt: skip
    assert sorted(box_case.folder.path.rglob("*.npz")) == blobs  # nothing was kept
