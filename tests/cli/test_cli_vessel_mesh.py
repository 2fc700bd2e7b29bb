"""mesh-vessel on a file, as a user calls it."""

from __future__ import annotations

import json

import meshio
import numpy as np
import pytest
import pyvista as pv

from surgitwin.cli.main import main
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.meshing.files.vtu import write_stl

SAID = ("--unit", "mm", "--frame", "lps", "--json")
TUBE = 40.0


@pytest.fixture
def tube(tmp_path):
    """An open tube of 4 mm radius along z."""
    data = pv.CylinderStructured(
        radius=4, height=TUBE, direction=(0, 0, 1), theta_resolution=25, z_resolution=40
    )
    fine = data.extract_surface(algorithm=None).triangulate().clean()
    path = tmp_path / "tube.stl"
    write_stl(path, SurfaceMesh(np.array(fine.points, float), fine.regular_faces))
    return path


def call(capsys, *words):
    code = main([str(w) for w in words])
    return code, json.loads(capsys.readouterr().out)


def test_a_file_becomes_a_wall_between_open_ends(tube, capsys):
    out = tube.with_name("wall.vtu")
    words = ("--size", 2, "--wall", 1, "--layers", 2, "--open", "0,0,15", "--open", "0,0,-15", "--out", out)
    code, data = call(capsys, "mesh-vessel", tube, *words, *SAID)
    assert code == 0
    assert len(data["ends"]) == 2
    exact = np.pi * (25 - 16) * 30
    assert data["parts"][0]["volume_mm3"] == pytest.approx(exact, rel=0.03)
    read = meshio.read(out)
    assert sum(len(b.data) for b in read.cells) == data["parts"][0]["n_cells"]
    radius = np.linalg.norm(read.points[read.point_data["outer"] == 1][:, :2], axis=1)
    assert np.median(radius) == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("--out", "a.doc"), 2, "usage.format"),
        (("--out", "a.vtu", "--layers", "0"), 2, "mesh.vessel_wish"),
        (("--out", "a.vtu", "--open", "1,2"), 2, "usage.point"),
        (("--out", "a.vtu", "--open", "0,0,300"), 4, "mesh.vessel_cut"),
        (("--out", "a.vtu", "--extensions", "-2"), 2, "mesh.vessel_wish"),
        (("--out", "a.vtu", "--open-ends"), 2, "usage.arguments"),
    ],
)
def test_wrong_requests_of_vessels_say_the_next_step(tube, capsys, words, code, error):
    given = [str(tube.with_name(w)) if w.startswith("a.") else w for w in words]
    got, data = call(capsys, "mesh-vessel", tube, "--size", "2", *SAID, *given)
    assert (got, data["error"]["code"]) == (code, error)
    assert data["error"]["hint"]
    assert not tube.with_name("a.vtu").exists()
