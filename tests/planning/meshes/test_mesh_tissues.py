"""A case's segments as one mesh: stored, found again, out of date with its labels, refused without scale."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import meshio
import numpy as np
import pytest

from surgitwin.core.errors import GeometryError, InputError, UsageError
from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.imaging import write_labels, write_volume
from surgitwin.meshing.files.abaqus import set_names
from surgitwin.planning.case import REQUIRED, Case
from surgitwin.planning.meshes.materials import material_rows
from surgitwin.planning.meshes.step import mesh_case
from surgitwin.planning.meshes.tissues import (
    default_size,
    mesh_tissues_case,
    present_tissues,
    tissue_mesh,
    tissue_mesh_current,
)
from surgitwin.planning.output.export import export_case
from surgitwin.storage import CaseFolder


def labels_of_two():
    grid = ImageGrid((16, 18, 18), np.zeros(3), np.ones(3), np.eye(3))
    k, j, i = np.indices(grid.shape)
    ball = (k - 7.6) ** 2 + (j - 8.7) ** 2 + (i - 8.4) ** 2 < 36
    array = np.where(ball, np.where(i < 8, 1, 2), 0).astype(np.uint8)
    segments = [Segment(n, name, "0", (1, 1, 1)) for n, name in ((1, "left"), (2, "right"), (3, "none"))]
    return LabelMap(array, grid, tuple(segments))


def case_of(path, labels, site="general", scale_known=True):
    state = dict.fromkeys(REQUIRED, "x") | {"site": site, "series": {}, "patient": {}}
    folder = CaseFolder.create(path / "a.surgi", state)
    image = Volume(np.zeros(labels.grid.shape, np.int16), labels.grid, scale_known=scale_known)
    state["image"] = folder.put(".nrrd", lambda p: write_volume(image, p))
    blob = folder.put(".nrrd", lambda p: write_labels(labels, p))
    state["labels"] = {"blob": blob, "hash": labels.hash}
    folder.commit(state)
    return Case.open(folder.path)


def test_mesh_is_stored_with_its_report_and_goes_out_of_date(tmp_path):
    case = case_of(tmp_path, labels_of_two())
    assert present_tissues(case.labels) == ("left", "right")
    done = mesh_tissues_case(case, size_mm=2.0)
    step = done.state["mesh"]
    assert step["tissues"] == ["left", "right"]
    assert [row["name"] for row in step["parts"]] == ["left", "right"]
    assert {(c["first"], c["second"]) for c in step["contacts"]} == {
        ("left", "outside"),
        ("right", "outside"),
        ("right", "left"),
    }
    mesh = tissue_mesh(Case.open(done.folder.path))
    assert mesh.order == 2
    assert mesh.names == {1: "left", 2: "right"}
    assert sum(row["n_cells"] for row in step["parts"]) == len(mesh.cells)
    assert mesh_tissues_case(done, size_mm=2.0) is done
    assert tissue_mesh_current(done)
    changed = done.updated("painted", labels={**done.state["labels"], "hash": "other"})
    assert not tissue_mesh_current(changed)


def test_other_sites_keep_their_own_mesh(tmp_path):
    case = case_of(tmp_path, labels_of_two(), site="bone")
    done = mesh_tissues_case(case, ["left"], size_mm=3.0, order=1)
    assert "mesh" not in done.state
    assert done.state["tissue_mesh"]["tissues"] == ["left"]
    with pytest.raises(InputError) as missing:
        tissue_mesh(case)
    assert missing.value.code == "case.not_meshed"


def test_refused_without_scale_and_for_wrong_sizes(tmp_path):
    case = case_of(tmp_path, labels_of_two(), scale_known=False)
    with pytest.raises(InputError) as scale:
        mesh_tissues_case(case)
    assert scale.value.code == "image.no_scale"
    with pytest.raises(UsageError) as size:
        mesh_tissues_case(case, size_mm=0.01)
    assert size.value.code == "usage.size"


def test_default_size_is_a_tenth_but_no_less_than_the_voxels_allow():
    labels = labels_of_two()
    assert default_size(labels, ["left", "right"]) == 1.5
    coarse = LabelMap(
        labels.array,
        ImageGrid(labels.grid.shape, np.zeros(3), np.full(3, 4.0), np.eye(3)),
        labels.segments,
    )
    assert default_size(coarse, ["left", "right"]) == 6.0


def test_a_mesher_for_one_bone_is_not_taken_for_segments(tmp_path):
    case = case_of(tmp_path, labels_of_two())
    with pytest.raises(UsageError, match="netgen") as refused:
        mesh_case(case, size_mm=2.0, mesher="netgen")
    assert refused.value.code == "usage.mesher"


def test_meshes_of_segments_leave_as_abaqus_with_a_set_each(tmp_path):
    case = mesh_tissues_case(case_of(tmp_path, labels_of_two(), site="bone"), ["left", "right"], size_mm=2.0)
    out = export_case(case, "tissues", tmp_path / "a.inp").file
    text = out.read_text("ascii")
    assert "units mm" in text
    assert "*MATERIAL" not in text  # nothing is invented
    back = meshio.read(out)
    mesh = tissue_mesh(case)
    np.testing.assert_allclose(back.points, mesh.points_mm, atol=1e-9)
    np.testing.assert_array_equal(back.cells_dict["tetra10"], mesh.cells)
    for number, name in mesh.names.items():
        np.testing.assert_array_equal(back.cell_sets[name.upper()][0], np.flatnonzero(mesh.part == number))


def test_sets_of_odd_names_stay_apart_and_ascii():
    names = set_names(["Schädel", "Sch_del", "2. Wirbel", "x" * 200, "x" * 201])
    assert len(set(names.values())) == 5
    assert all(re.fullmatch("[A-Z][A-Z0-9_]{0,79}", n) for n in names.values())


def test_stiffness_is_named_for_bone_of_a_ct_only(tmp_path):
    case = case_of(tmp_path, labels_of_two())
    image = case.volume
    ct = SimpleNamespace(volume=replace(image, modality="CT", unit="HU"))
    rows = {r["name"]: r["rule"] for r in material_rows(ct, ["vertebral_body", "bone_2", "marrow", "skull"])}
    # Marrow of a CT has no constant "because the image tells no density": it does.
    assert rows == {"vertebral_body": "density", "bone_2": "density", "marrow": None, "skull": "density"}
    mr = SimpleNamespace(volume=replace(image, modality="MR", unit=""))
    assert [r["rule"] for r in material_rows(mr, ["cortical_bone", "bone_2"])] == ["constant", None]


def with_a_speck():
    """The two halves of a ball, and a segment of four voxels apart from them."""
    labels = labels_of_two()
    array = np.array(labels.array)
    array[1, 1, 1:5] = 3
    return LabelMap(array, labels.grid, labels.segments)


def test_specks_are_left_out_and_told_when_nothing_is_named(tmp_path):
    step = mesh_tissues_case(case_of(tmp_path, with_a_speck()), size_mm=2.0).state["mesh"]
    assert step["tissues"] == ["left", "right"]
    assert step["left_out"] == [{"name": "none", "piece_mm3": 4.0}]
    assert "none was left out: its largest piece has 4 mm3" in step["warnings"][0]


def test_a_named_speck_is_not_left_out_and_too_large_a_size_is_refused(tmp_path):
    case = case_of(tmp_path, with_a_speck())
    for tissues, size in ((["none"], 3.0), ([], 6.0)):
        with pytest.raises(GeometryError) as small:
            mesh_tissues_case(case, tissues, size_mm=size)
        assert small.value.code == "mesh.tissue_small"
    assert "--size 4.12 or less" in small.value.hint
