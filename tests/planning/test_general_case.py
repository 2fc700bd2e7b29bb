"""A case about other anatomy: segments of any preset, added or alone; mesh; steps."""

from types import SimpleNamespace

import numpy as np
import pytest

from surgitwin.core.errors import GeometryError, InputError, UsageError
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.planning.meshes.tissues import tissue_key
from surgitwin.planning.output import segment_files as export_objects
from surgitwin.planning.segments.joined import joined
from surgitwin.planning.sites.work import work_of

GRID = ImageGrid((4, 5, 6), np.zeros(3), np.ones(3), np.eye(3))


def label_map(rows, names):
    array = np.zeros(GRID.shape, np.uint8)
    for label, k in rows.items():
        array[k] = label
    segments = tuple(Segment(n, name, "", (0.5, 0.5, 0.5)) for n, name in names.items())
    return LabelMap(array, GRID, segments)


def test_added_segments_fill_only_background_under_free_labels():
    base = label_map({1: 0, 2: 1}, {1: "femur", 2: "canal"})
    extra = label_map({1: slice(1, 3)}, {1: "metal"})
    both = joined(base, extra)
    assert [(s.label, s.name) for s in both.segments] == [(1, "femur"), (2, "canal"), (3, "metal")]
    assert (both.array[0] == 1).all()
    assert (both.array[1] == 2).all()
    assert (both.array[2] == 3).all()
    assert (both.array[3] == 0).all()


def test_a_segment_of_the_same_name_is_grown():
    both = joined(label_map({1: 0}, {1: "metal"}), label_map({2: 2}, {2: "metal"}))
    assert len(both.segments) == 1
    assert (both.array[[0, 2]] == 1).all()


def test_other_grids_and_too_many_segments_are_refused():
    full = label_map({}, {n: f"s{n}" for n in range(1, 256)})
    with pytest.raises(UsageError) as error:
        joined(full, label_map({1: 0}, {1: "one more"}))
    assert error.value.code == "segment.too_many"
    other = ImageGrid((4, 5, 6), np.array([0.5, 0, 0]), np.ones(3), np.eye(3))
    moved = LabelMap(np.zeros(other.shape, np.uint8), other, ())
    with pytest.raises(InputError) as error:
        joined(full, moved)
    assert error.value.code == "segment.grid"


def test_a_segment_without_a_closed_surface_is_left_out_and_named(tmp_path, monkeypatch):
    array = np.zeros((12, 12, 12), np.uint8)
    array[3:9, 3:9, 3:9] = 1
    array[0, 0, 0] = 2
    grid = ImageGrid(array.shape, np.zeros(3), np.ones(3), np.eye(3))
    names = (Segment(1, "block", "", (1, 0, 0)), Segment(2, "speck", "", (0, 1, 0)))
    labels = LabelMap(array, grid, names)
    case = SimpleNamespace(volume=Volume(array.astype(np.int16), grid), labels=labels)
    real = export_objects.segment_surface

    def surface(labels, name):
        if name == "speck":
            raise GeometryError("mesh.surface_open", "It is not closed.", hint="Fill it.")
        return real(labels, name)

    monkeypatch.setattr(export_objects, "segment_surface", surface)
    said = export_objects.export_surfaces(case, tmp_path / "out", "stl")
    assert said == ("Left out, speck: It is not closed.",)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["block.stl", "surfaces.json"]
    monkeypatch.setattr(export_objects, "segment_surface", lambda _l, name: surface(labels, "speck"))
    with pytest.raises(GeometryError):
        export_objects.export_surfaces(case, tmp_path / "none", "stl")


def test_an_export_of_an_old_mesh_says_so():
    state = {
        "site": "general",
        "labels": {"hash": "new"},
        "mesh": {"input_hash": "x", "tissues": ["a"], "size_mm": 2.0, "order": 2},
    }
    case = SimpleNamespace(state=state)
    written = work_of(case).written
    assert "older than the segments" in written(case, "mesh", None, None)[1][0]
    state["mesh"]["input_hash"] = tissue_key(case, ["a"], 2.0, 2)
    assert written(case, "mesh", None, None) == ("mesh of the segments", ())
    assert written(case, "image", None, None)[1] == ()
