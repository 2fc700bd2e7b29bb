"""mesh-surface and repair on files, as a user calls them."""

from __future__ import annotations

import json

import meshio
import numpy as np
import pytest
import pyvista as pv

from surgitwin.cli.main import main
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.files.vtu import read_vtu, write_stl


@pytest.fixture
def files(tmp_path):
    sphere = pv.Sphere(radius=15, center=(5, -7, 300), theta_resolution=30, phi_resolution=30)
    mesh = SurfaceMesh(np.array(sphere.points, float), sphere.regular_faces)
    write_stl(tmp_path / "ball.stl", mesh)
    write_stl(tmp_path / "holed.stl", SurfaceMesh(mesh.points_mm, mesh.triangles[6:]))
    return tmp_path, mesh


SAID = ("--unit", "mm", "--frame", "lps", "--json")


def call(capsys, *words):
    code = main([str(w) for w in words])
    return code, json.loads(capsys.readouterr().out)


def test_a_file_becomes_tetrahedra_and_its_measures_are_said(files, capsys):
    folder, ball = files
    out = folder / "ball.vtu"
    code, data = call(
        capsys, "mesh-surface", folder / "ball.stl", "--size", 3, "--out", out, "--quadratic", *SAID
    )
    assert code == 0
    mesh = read_vtu(out)
    assert mesh.order == 2
    assert data["cells"] == len(mesh.cells)
    assert data["min_dihedral_deg"] > 13
    assert mesh.cell_volumes().sum() == pytest.approx(ball.volume_mm3, rel=0.03)
    assert np.abs(mesh.points_mm.mean(axis=0) - (5, -7, 300)).max() < 0.2


def test_an_open_file_is_refused_mended_and_meshed(files, capsys):
    folder, ball = files
    words = ("mesh-surface", folder / "holed.stl", "--size", 3, "--out", folder / "a.msh")
    code, data = call(capsys, *words, *SAID)
    assert code == 4
    assert data["error"]["code"] == "mesh.surface_open"
    assert "repair" in data["error"]["hint"]
    code, data = call(capsys, *words, "--repair", *SAID)
    assert code == 0
    assert data["repair"]["before"]["holes"] == 1
    assert sum(len(b.data) for b in meshio.read(folder / "a.msh").cells) == data["cells"]
    code, data = call(capsys, "repair", folder / "holed.stl", "--out", folder / "b.ply", *SAID)
    assert code == 0
    assert data["sound"]
    assert data["volume_mm3"] == pytest.approx(ball.volume_mm3, rel=0.01)
    assert pv.read(folder / "b.ply").is_manifold


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("--size", "3", "--out", "a.vtu", "--mesher", "nobody"), 2, "mesh.unknown_mesher"),
        (("--size", "3", "--out", "a.doc"), 2, "usage.format"),
        (("--size", "-1", "--out", "a.vtu"), 2, "usage.size"),
        (("--size", "60", "--out", "a.vtu"), 4, None),
        (("--size", "3", "--out", "a.stl", "--frame", "own"), 2, "usage.format"),
    ],
)
def test_wrong_requests_end_in_a_code_and_a_next_step(files, capsys, words, code, error):
    folder, _ = files
    got, data = call(
        capsys, "mesh-surface", folder / "ball.stl", "--unit", "mm", "--frame", "lps", "--json", *words
    )
    assert got == code
    assert error in (None, data["error"]["code"])
    assert data["error"]["hint"]
    assert not (folder / "a.vtu").exists()
