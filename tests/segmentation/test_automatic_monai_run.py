"""A bundle run by the real MONAI, where that is installed (SURGITWIN_MODELS, or this environment)."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.progress import SILENT
from surgitwin.segmentation.automatic.interface import Choices, Limits, check_run, find_model
from surgitwin.segmentation.automatic.place import python_with

pytestmark = pytest.mark.slow
PYTHON = python_with("monai")


@pytest.mark.skipif(PYTHON is None, reason="MONAI is not installed: see packaging/docs/automatic_models.md")
def test_a_bundle_labels_the_voxels_of_the_image(tmp_path, monkeypatch):
    maker = Path(__file__).with_name("tiny_bundle.py")
    subprocess.run([PYTHON, maker, tmp_path / "bundles" / "tiny"], check=True, timeout=300)
    monkeypatch.setenv("SURGITWIN_BUNDLES", str(tmp_path / "bundles"))
    turned = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # axes that are not those of the patient
    grid = ImageGrid((20, 24, 28), np.array([-30.0, 12, 500]), np.array([1.5, 1.25, 3.0]), turned)
    array = np.full(grid.shape, -200, np.int16)
    array[5:14, 6:20, 3:15] = 900
    volume = Volume(array, grid)
    model, choices = find_model("tiny"), Choices(("spleen",), limits=Limits(300, 1.0))
    check_run(model, volume, choices)
    (tmp_path / "work").mkdir()
    made = model.run(volume, choices, tmp_path / "work", SILENT)
    truth, found = array > 300, made.labels.array > 0
    assert 2 * np.count_nonzero(truth & found) / (truth.sum() + found.sum()) > 0.95
    assert "MONAI" in model.version()
    assert len(made.weights_hash) == 64
