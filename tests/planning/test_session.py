"""The open case: undo over everything, drafts, recovery, the lock, steps that ran elsewhere."""

import dataclasses

import numpy as np
import pytest

from surgitwin.core.errors import StorageError
from surgitwin.core.image import Segment
from surgitwin.planning.case import Case
from surgitwin.planning.session import Session, find_draft
from surgitwin.planning.session.draft import write_draft, write_saved
from surgitwin.planning.session.merge import StepResult
from surgitwin.segmentation.patch import LabelPatch
from surgitwin.storage import CaseFolder


@pytest.fixture
def session(meshed_case, tmp_path):
    made = Session.open(meshed_case.copy(tmp_path / "a.twin"))
    yield made
    made.close()


def paint(session, value, lo=(5, 5, 5), size=4):
    box = tuple(slice(o, o + size) for o in lo)
    before = session.label_array[box].copy()
    return LabelPatch.between(before, np.full_like(before, value), lo)


def renamed(session, name, new):
    plan = session.case.plans()[name]
    session.edit(f"Rename {name}", plans={name: None, new: dataclasses.replace(plan, name=new)})


def test_sixty_mixed_edits_are_undone_and_redone_to_the_same_content(session):
    first = session.case
    voxels = session.label_array.copy()
    heard = []
    session.changed.connect(heard.append)
    for n in range(20):
        session.edit(f"Note {n}", state={"plan_notes": {"plate": str(n)}})
        session.edit_labels(f"Paint {n}", paint(session, n + 1, (n, 5, 5)))
        renamed(session, "plate" if n == 0 else f"p{n - 1}", f"p{n}")
    last, painted = session.case, session.label_array.copy()
    assert session.undo_name == "Rename p18"
    names = [session.undo() for _ in range(60)]
    assert names[-1] == "Note 0"
    assert session.case is first
    assert not session.dirty
    assert np.array_equal(session.label_array, voxels)
    assert session.undo() == ""
    assert all(session.redo() for _ in range(60))
    assert session.case is last
    assert np.array_equal(session.label_array, painted)
    assert {"plan_notes", "history"} in heard
    assert {"plans", "history"} in heard
    assert any({"labels", "voxels"} <= topics for topics in heard)


def test_a_drag_is_one_step(session):
    for n in range(30):
        session.edit(f"Move nail {n} mm", state={"x": n}, merge="drag")
    session.end_merge()
    session.edit("Other", state={"x": -1}, merge="drag")
    assert [e.name for e in session.history.done] == ["Move nail 29 mm", "Other"]
    session.undo()
    session.undo()
    assert "x" not in session.case.state


def test_history_keeps_fifty_steps_and_a_bounded_number_of_bytes(session, monkeypatch):
    monkeypatch.setattr("surgitwin.planning.session.history.PATCH_BYTES", 500)
    for n in range(80):
        session.edit_labels(f"Paint {n}", paint(session, n % 200 + 1))
    assert len(session.history.done) == 50
    assert session.history.done[0].name == "Paint 30"


def test_draft_survives_a_crash_and_is_offered_again(session, meshed_case):
    path = session.path
    before = (path / "case.json").read_bytes()
    session.edit("Note", state={"plan_notes": {"nail": "check length"}})
    session.edit_labels("Paint", paint(session, 7))
    renamed(session, "nail", "long")
    case, snapshot = session.case, session.snapshot()
    session.kept(case, snapshot, write_draft(snapshot), saved=False)
    assert session.dirty
    assert not session.needs_draft
    assert (path / "case.json").read_bytes() == before, "a draft is not a save"
    session.close()  # as after a crash: the draft stays

    draft = find_draft(path)
    assert draft.actions == ("Note", "Paint", "Rename nail")
    again = Session.open(path, draft=draft)
    assert again.dirty
    assert again.case.state["plan_notes"] == {"nail": "check length"}
    assert "long" in again.case.plans()
    assert (again.label_array[5:9, 5:9, 5:9] == 7).all()
    assert again.undo_name == "Recovered work"
    again.undo()
    assert not again.dirty
    assert set(np.unique(again.label_array[5:9, 5:9, 5:9])).isdisjoint({7})
    assert "nail" in again.case.plans()
    again.redo()
    assert "long" in again.case.plans()
    snapshot = again.snapshot()
    again.kept(again.case, snapshot, write_saved(snapshot), saved=True)
    assert not again.dirty
    assert find_draft(path) is None
    again.close()
    saved = Case.open(path)
    assert "long" in saved.plans()
    assert "nail" not in saved.plans()
    assert (saved.labels.array[5:9, 5:9, 5:9] == 7).all()


def test_half_written_draft_is_not_offered_but_the_one_before_is(session):
    session.edit("Note", state={"plan_notes": {"nail": "1"}})
    write_draft(session.snapshot())
    (session.path / "draft-new").mkdir()
    (session.path / "draft-new" / "case.json").write_text("{")
    assert find_draft(session.path).actions == ("Note",)
    (session.path / "draft").rename(session.path / "draft-old")
    assert find_draft(session.path).path.name == "draft-old"
    session.discard_draft()
    assert find_draft(session.path) is None


def test_folders_of_steps_that_ended_with_their_window_are_removed(session):
    path = session.path
    session.close()
    (path / ".step-abc").mkdir()
    Session.open(path).close()
    assert not (path / ".step-abc").exists()


def test_second_opening_is_refused_or_read_only(session):
    with pytest.raises(StorageError) as refused:
        Session.open(session.path)
    assert refused.value.code == "storage.locked"
    reader = Session.open(session.path, read_only=True)
    with pytest.raises(StorageError) as denied:
        reader.edit("Note", state={"plan_notes": {}})
    assert denied.value.code == "session.read_only"
    assert not reader.dirty
    reader.close()
    with pytest.raises(StorageError):
        Session.open(session.path)  # the reader's close did not free it


def ran_elsewhere(session, tmp_path, step):
    """What a step on the present snapshot makes in a workspace of its own."""
    from surgitwin.planning.session.draft import settled_state, write_workspace

    base, snapshot = session.base(), session.snapshot()
    workspace = tmp_path / "work"
    write_workspace(CaseFolder(session.path, workspace), settled_state(snapshot), snapshot.plans)
    made = step(Case.open(session.path, workspace))
    return StepResult.of(base, made)


def test_a_step_comes_back_as_one_undo_step_and_keeps_edits_made_meanwhile(session, tmp_path):
    result = ran_elsewhere(session, tmp_path, lambda c: c.updated("solve", results={"plate": {"n": 1}}))
    session.edit("Note", state={"plan_notes": {"plate": "meanwhile"}})
    assert session.merge_step("Simulate", result) == ()
    assert session.case.state["results"] == {"plate": {"n": 1}}
    assert session.case.state["plan_notes"] == {"plate": "meanwhile"}
    session.undo()
    assert "results" not in session.case.state


def test_labels_of_a_step_are_undone_with_it(session, tmp_path):
    from surgitwin.imaging.formats.nrrd import write_labels

    voxels = session.label_array.copy()

    def step(case):
        new = dataclasses.replace(
            case.labels,
            array=np.where(case.labels.array == 1, 9, 0).astype(np.uint8),
            segments=(Segment(9, "x", "", (1, 0, 0)),),
        )
        blob = case.folder.put(".nrrd", lambda p: write_labels(new, p))
        return case.updated("segment", labels={**case.state["labels"], "hash": new.hash, "blob": blob})

    session.merge_step("Segment", ran_elsewhere(session, tmp_path, step))
    assert session.labels.segments[0].name == "x"
    assert set(np.unique(session.label_array)) == {0, 9}
    session.undo()
    assert np.array_equal(session.label_array, voxels)
    assert session.labels.segments[0].name == "femur"
    session.redo()
    assert set(np.unique(session.label_array)) == {0, 9}


def test_a_new_segmentation_does_not_overwrite_what_was_painted_meanwhile(session, tmp_path):
    def step(case):
        return case.updated("measure", anatomy=None, labels={**case.state["labels"], "hash": "new"})

    from surgitwin.planning.session import merge

    result = merge.StepResult(session.base(), step(Case.open(session.path, None)), {}, paint(session, 3))
    session.edit_labels("Paint", paint(session, 7, (20, 5, 5)))
    kept = session.case.state["labels"]
    notes = session.merge_step("Segment", result)
    assert "edited meanwhile" in notes[0]
    assert session.case.state["labels"] == kept
    assert session.case.state["anatomy"] is not None


def test_an_older_snapshot_does_not_take_the_open_labels_away(session):
    older = session.case
    session.edit_labels("Paint", paint(session, 7))
    assert older.labels.array is not session.label_array
    assert (session.labels.array[5:9, 5:9, 5:9] == 7).all()
    unsaved = session.case
    session.edit_labels("Paint", paint(session, 8))
    assert unsaved.labels is not None
    assert (session.labels.array[5:9, 5:9, 5:9] == 8).all()


def test_a_moved_image_is_refused_when_the_labels_changed_meanwhile(session, tmp_path):
    result = ran_elsewhere(session, tmp_path, lambda c: c.updated("reduce", image="other.nrrd", mesh=None))
    session.edit_labels("Paint", paint(session, 7))
    before = session.case
    notes = session.merge_step("Reduce the fragment", result)
    assert "edited meanwhile" in notes[0]
    assert session.case is before


def test_a_plan_edited_meanwhile_stays_beside_the_new_one(session, tmp_path):
    def step(case):
        plan = case.plans()["nail"]
        changed = dataclasses.replace(plan, fracture=dataclasses.replace(plan.fracture, gap_mm=4.0))
        from surgitwin.planning.plans.file import write_plan

        write_plan(changed, case.folder.plans_dir / "nail.toml")
        return case.updated("propose")

    result = ran_elsewhere(session, tmp_path, step)
    plan = session.case.plans()["nail"]
    mine = dataclasses.replace(plan, fracture=dataclasses.replace(plan.fracture, gap_mm=5.0))
    session.edit("Gap 5 mm", plans={"nail": mine})
    session.merge_step("Propose", result)
    gaps = {n: p.fracture.gap_mm for n, p in session.case.plans().items()}
    assert gaps["nail"] == 5.0
    assert gaps["nail-2"] == 4.0


def test_landmarks_moved_while_measuring_are_said_to_be_overwritten(session, tmp_path):
    anatomy = session.case.state["anatomy"]
    computed = {**anatomy, "torsion_deg": anatomy["torsion_deg"] + 1}
    result = ran_elsewhere(session, tmp_path, lambda c: c.updated("measure", anatomy=computed))
    session.edit("Move landmark", state={"anatomy": {**anatomy, "torsion_deg": 0.0}})
    notes = session.merge_step("Measure", result)
    assert "Undo brings yours back" in notes[0]
    session.undo()
    assert session.case.state["anatomy"]["torsion_deg"] == 0.0


def test_a_drag_is_one_line_of_the_audit_trail(session):
    before = len(session.case.state["history"])
    for n in range(300):
        session.edit(f"Move {n}", state={"x": n}, merge="drag")
    assert len(session.case.state["history"]) == before + 1


def test_a_draft_knows_that_the_case_was_changed_since(session):
    from surgitwin.planning.plans.file import dump_plan

    session.edit("Note", state={"plan_notes": {"nail": "1"}})
    write_draft(session.snapshot())
    assert not find_draft(session.path).outdated
    plan = dataclasses.replace(session.case.plans()["nail"], name="from_the_command_line")
    (session.path / "plans" / "from_the_command_line.toml").write_text(dump_plan(plan))
    assert find_draft(session.path).outdated


def test_a_crash_within_a_save_offers_only_recovery(session, monkeypatch):
    session.edit("Note", state={"plan_notes": {"nail": "1"}})

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(CaseFolder, "commit", crash_after(1, CaseFolder.commit, crash))
    with pytest.raises(KeyboardInterrupt):
        write_saved(session.snapshot())
    assert find_draft(session.path).saving


def crash_after(times, real, crash):
    left = [times]

    def commit(self, state):
        if left[0] == 0:
            crash()
        left[0] -= 1
        return real(self, state)

    return commit


def test_a_plan_file_in_another_encoding_does_not_stop_a_save(session):
    (session.path / "plans" / "nail.toml").write_bytes(b"# \xe9\n")
    session.edit("Note", state={"plan_notes": {"nail": "1"}})
    write_saved(session.snapshot())
    assert "nail" in Case.open(session.path).plans()


def test_unlocking_leaves_the_lock_of_another_process(session):
    lock = session.path / ".lock"
    text = lock.read_text()
    lock.write_text('{"pid": 1, "host": "elsewhere", "since": 0}')
    session.close()
    assert lock.exists()
    lock.write_text(text)
