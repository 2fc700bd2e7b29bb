from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surgitwin.core.errors import InputError
from surgitwin.core.frame import Plane, rotation_about
from surgitwin.core.plan import Fracture, PlacedImplant, Plan
from surgitwin.planning.plans.file import dump_plan, parse_plan, read_fracture, read_plan, write_plan

number = st.floats(-500, 500, allow_nan=False)
vector = st.tuples(number, number, number)


def pose(angle: float, shift: tuple[float, float, float]) -> np.ndarray:
    m = np.eye(4)
    m[:3, :3] = rotation_about([1, 2, 3], angle)
    m[:3, 3] = shift
    return m


def plan(angle: float = 0.3, shift: tuple[float, float, float] = (1, 2, 3)) -> Plan:
    fracture = Fracture(Plane(np.array(shift, float), np.array([0.0, 0.1, 1.0])), 3.0, "granulation", True)
    implant = PlacedImplant("plate", pose(angle, shift), {"screws": [1, 2], "length_mm": 30.5, "note": "a"})
    return Plan("fracture_fixation", "plate one", "left", fracture, (implant,), {"law": "x"})


@given(st.floats(-3, 3), vector)
def test_round_trip_keeps_the_hash(angle: float, shift: tuple[float, float, float]) -> None:
    before = plan(angle, shift)
    after = parse_plan(dump_plan(before), "memory")
    assert after.hash == before.hash
    assert after.name == before.name


def test_file_round_trip_and_fracture_from_a_plan(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    write_plan(plan(), path)
    assert read_plan(path).hash == plan().hash
    assert read_fracture(path).gap_mm == 3.0
    assert "Not for clinical use" in path.read_text()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("side = \"left\"", "side = \"port\""), "side"),
        (("gap_mm = 3.0", "gap_mm = 0.0"), "fracture.gap_mm"),
        (("gap_mm = 3.0", "gap_mm = 3000.0"), "fracture.gap_mm"),
        (("gap_mm = 3.0", "gap_width = 3.0"), "fracture.gap_width: unknown key"),
        (("healing = \"granulation\"", ""), "fracture.healing: missing"),
        (("virtual = true", "virtual = 1"), "fracture.virtual"),
        (("schema = 1", "schema = 99"), "schema"),
        (("name = \"plate one\"", "name = \"../x\""), "name"),
        (("catalogue_id = \"plate\"", "catalogue_id = 5"), "implants[0].catalogue_id"),
    ],
)  # fmt: skip
def test_every_wrong_key_is_named(change: tuple[str, str], said: str) -> None:
    text = dump_plan(plan())
    assert change[0] in text
    with pytest.raises(InputError) as caught:
        parse_plan(text.replace(*change), "x.toml")
    assert caught.value.code == "plan.invalid"
    assert said in caught.value.message


def test_a_pose_that_scales_or_mirrors_is_refused() -> None:
    bad = plan()
    text = dump_plan(bad)
    first = repr(float(bad.implants[0].pose[0, 0]))
    assert first in text
    with pytest.raises(InputError) as caught:
        parse_plan(text.replace(first, "2.0", 1), "x.toml")
    assert "rigid" in caught.value.message


def test_all_problems_are_told_at_once() -> None:
    text = (
        dump_plan(plan()).replace('side = "left"', 'side = "port"').replace("gap_mm = 3.0", "gap_mm = -1.0")
    )
    with pytest.raises(InputError) as caught:
        parse_plan(text, "x.toml")
    assert "side" in caught.value.message
    assert "gap_mm" in caught.value.message


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"= nothing"])
def test_unreadable_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_plan(path)
    assert caught.value.code == "plan.unreadable"
    with pytest.raises(InputError):
        read_plan(tmp_path / "absent.toml")
