"""The case of one box of bone in air, and files for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import pyvista as pv

from object_samples import box_labels, store_box_case
from surgitwin.core.image import LabelMap
from surgitwin.core.mesh import SurfaceMesh
from surgitwin.planning.case import Case


@pytest.fixture
def labels() -> LabelMap:
    """Of the case."""
    return box_labels()


@pytest.fixture
def box_case(tmp_path: Path) -> Case:
    """On disk."""
    return store_box_case(tmp_path / "box.twin")


@pytest.fixture
def written(tmp_path: Path) -> Callable[[SurfaceMesh, str], Path]:
    """A surface as an STL file with plain numbers, as other programs write it."""

    def write(mesh: SurfaceMesh, name: str) -> Path:
        faces = np.insert(np.asarray(mesh.triangles), 0, 3, axis=1).ravel()
        path = tmp_path / name
        pv.PolyData(np.array(mesh.points_mm), faces).save(path)
        return path

    return write
