"""Volumes and HU of the segments are of the present ones, or there are none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from small_case import SmallCase
from surgitwin.core.progress import SILENT
from surgitwin.planning import step_task
from surgitwin.planning.case import Case
from surgitwin.planning.images.facts import image_facts
from surgitwin.planning.overview import overview
from surgitwin.planning.session import Session
from surgitwin.planning.session.draft import write_saved
from surgitwin.planning.session.merge import StepResult
from surgitwin.segmentation import statistics
from surgitwin.segmentation.patch import LabelPatch

FACT = "Segment femur"


@pytest.fixture
def session(meshed_case: SmallCase, tmp_path: Path) -> Iterator[Session]:
    made = Session.open(meshed_case.copy(tmp_path / "a.twin"))
    yield made
    made.close()


def erase_half(session: Session) -> None:
    """Half of the femur goes by hand."""
    assert session.label_array is not None
    femur = next(s.label for s in session.labels.segments if s.name == "femur")  # type: ignore[union-attr]
    box = np.s_[: session.label_array.shape[0] // 2]
    before = session.label_array[box].copy()
    session.edit_labels("Erase", LabelPatch.between(before, np.where(before == femur, 0, before)))


def fact(case: Case) -> str:
    return next(f.value for f in image_facts(case) if f.name == FACT)


def saved(session: Session) -> dict[str, Any]:
    write_saved(session.snapshot())
    return overview(session.path)


def test_edited_segments_have_no_numbers_until_they_are_measured(session: Session) -> None:
    old = session.case.state["labels"]["segments"][0]
    assert fact(session.case).startswith(f"{old['volume_ml']:.1f} ml")
    erase_half(session)
    assert fact(session.case) == "not measured since the segments were edited"
    row = saved(session)["segments"][0]
    assert row.keys() == {*old, "reason"}
    assert (row["name"], row["code"]) == (old["name"], old["code"])
    assert {row[k] for k in old if k not in ("name", "code")} == {None}
    assert row["reason"] == "Not measured since the segments were edited."
    session.undo()
    assert fact(session.case).startswith(f"{old['volume_ml']:.1f} ml")


@pytest.mark.parametrize("bone", [True, False])
def test_measuring_counts_the_present_segments(
    session: Session, monkeypatch: pytest.MonkeyPatch, bone: bool
) -> None:
    erase_half(session)
    write_saved(session.snapshot())
    base = session.base()
    stored = Case.open(session.path)
    if bone:
        monkeypatch.setattr(
            "surgitwin.planning.segments.bone.measure_femur", lambda *_a, **_k: stored.anatomy
        )
        made = step_task.STEPS["measure"](stored, {}, SILENT)
    else:
        monkeypatch.setattr(step_task, "measured_current", lambda _: True)
        monkeypatch.setattr(step_task, "mesh_current", lambda _: True)
        made = step_task.STEPS["prepare"](stored, {}, SILENT)
    assert made.state["labels"]["hash"] == base.state["labels"]["hash"]
    session.merge_step("Measure", StepResult.of(base, made))
    labels = session.labels
    assert labels is not None
    now = statistics(labels, session.case.volume)[0]
    assert fact(session.case).startswith(f"{now.volume_ml:.1f} ml, {now.hu_mean:.0f} ± ")
    assert saved(session)["segments"][0]["voxels"] == now.voxels
    erase_half(session)
    session.merge_step("Measure", StepResult.of(base, made))
    assert fact(session.case).startswith("not measured"), "the step counted older segments"


@pytest.mark.parametrize("series", [{"unit": "1"}, {}], ids=["said", "older"])
def test_values_of_an_mr_have_no_unit(session: Session, series: dict[str, str]) -> None:
    assert fact(session.case).count(" HU") == 1
    old = {k: v for k, v in session.case.state["series"].items() if k != "unit"}
    session.edit("as MR", state={"series": {**old, "modality": "MR", **series}})
    told = {f.name: f.value for f in image_facts(session.case)}
    assert "HU" not in told[FACT]
    assert "(no unit)" in told[FACT]
    assert not {"Tube voltage", "Kernel"} & set(told)
