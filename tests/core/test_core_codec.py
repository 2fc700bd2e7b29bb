"""What is written is read back, whatever is nested in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from surgitwin.core import codec
from surgitwin.core.arrays import content_hash
from surgitwin.core.vessel import Calcium, Course, LumenTube


@dataclass(frozen=True, eq=False)
class Inner:
    name: str
    points: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Outer:
    tube: LumenTube
    calcium: Calcium
    items: tuple[Inner, ...]
    named: Mapping[str, Inner]
    pair: tuple[float, float]
    missing: float | None
    later: int = 7
    notes: tuple[str, ...] = field(default_factory=tuple)


def course() -> Course:
    z = np.linspace(0, 10, 5)
    ones = np.ones_like(z)
    axis = np.stack([0 * z, 0 * z, ones], 1)
    return Course(z, axis * z[:, None], axis, np.roll(axis, 1, 1), np.roll(axis, 2, 1))


def outer() -> Outer:
    tube = LumenTube(course(), np.full((5, 8), 3.0), np.eye(5, 8, dtype=bool))
    calcium = Calcium(np.ones((2, 3)), 0.1, 850.0, {"fixed 850 HU": 0.2})
    inner = Inner("a", np.arange(3.0))
    return Outer(tube, calcium, (inner, Inner("b", None)), {"x": inner}, (1.0, 2.5), None)


def test_nested_dataclasses_come_back_as_they_were(tmp_path):
    before = outer()
    codec.save(before, tmp_path / "x.npz")
    after = codec.load(Outer, tmp_path / "x.npz")
    assert content_hash(before) == content_hash(after)
    assert isinstance(after.tube.course, Course)
    assert after.tube.calcified is not None
    assert after.tube.calcified.dtype == bool
    assert after.items[1].points is None
    assert after.pair == (1.0, 2.5)


def test_a_field_that_an_older_file_lacks_takes_its_default(tmp_path):
    @dataclass(frozen=True)
    class Older:
        name: str

    @dataclass(frozen=True)
    class Newer:
        name: str
        added: int = 3

    codec.save(Older("x"), tmp_path / "x.npz")
    assert codec.load(Newer, tmp_path / "x.npz") == Newer("x", 3)
