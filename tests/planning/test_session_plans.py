"""A session takes the changes of plans as undo steps: what the window's Plans page relies on."""

from functools import partial

import pytest

from surgitwin.planning.plans import edit as plan_edit
from surgitwin.planning.plans import names as plan_names
from surgitwin.planning.plans.rows import plan_rows
from surgitwin.planning.session import Session


@pytest.fixture
def session(meshed_case, tmp_path):
    made = Session.open(meshed_case.copy(tmp_path / "c.twin"))
    yield made
    made.discard_draft()
    made.close()


def apply(session, make):
    notes = session.case.state.get(plan_names.NOTES) or {}
    edit = make(session.case.plans(), notes)
    session.edit(edit.title, state={plan_names.NOTES: dict(edit.notes)}, plans=edit.plans)
    return edit


def test_rename_delete_and_notes_come_back_with_undo(session):
    apply(session, partial(plan_names.annotate, name="plate", text="thin cortex"))
    apply(session, partial(plan_names.rename, name="plate", wanted="First"))
    assert {r.name: r.note for r in plan_rows(session.case)} == {"First": "thin cortex", "nail": ""}
    apply(session, partial(plan_names.delete, name="First"))
    assert [r.name for r in plan_rows(session.case)] == ["nail"]
    assert session.undo_name == "Delete First"
    session.undo()
    assert {r.name: r.note for r in plan_rows(session.case)} == {"First": "thin cortex", "nail": ""}
    session.undo()
    assert set(session.case.plans()) == {"plate", "nail"}


def test_fifty_screw_lengths_are_fifty_steps(session):
    before = session.case.plans()["plate"]
    row = next(r for r in plan_edit.screw_rows(before, 0) if r.length_mm is not None)
    lengths = [x for x in row.lengths_mm if x != row.length_mm]
    for n in range(50):
        plan = session.case.plans()["plate"]
        changed = plan_edit.with_screw_length(plan, 0, row.number, lengths[n % 2])
        session.edit(f"Screw {row.number}: {lengths[n % 2]:g} mm", plans={"plate": changed})
    for _ in range(50):
        session.undo()
    assert session.case.plans()["plate"].hash == before.hash
    assert session.undo_name == ""
