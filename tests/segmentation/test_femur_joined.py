"""The note that femur and a neighbour may be joined, on made hips, the sample and a real CT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import preset_phantoms as ph
from preset_accuracy import matrix
from surgitwin.core.image import Volume
from surgitwin.segmentation import Note, run_preset
from surgitwin.segmentation.joined import joined_words
from surgitwin.segmentation.presets import load_preset

SAMPLE = Path(__file__).resolve().parents[2] / "sample_dicom" / "femur_fracture" / "dicom"
HEAD_AT = (-28, 0, 50)
FEMUR = ph.union(ph.rod((0, 0, -140), (0, 0, 20), 14), ph.rod((0, 0, 20), HEAD_AT, 12), ph.ball(HEAD_AT, 22))
CANCELLOUS = ph.union(ph.inner(ph.rod((0, 0, 20), HEAD_AT, 12), 2.5), ph.ball(HEAD_AT, 20))
CANAL = ph.rod((0, 0, -140), (0, 0, 0), 7)


def hip(space_mm: float, slices_mm: float) -> Volume:
    """A femur whose head stands `space_mm` from its socket, in pixels of 1 mm."""
    socket = ph.cut(
        ph.minus(ph.ball(HEAD_AT, 31 + space_mm), ph.ball(HEAD_AT, 22 + space_mm)), ph.above(54.0)
    )
    layers = [
        (socket, ph.CORTEX), (ph.inner(socket, 2.5), ph.TRABECULAR),
        (FEMUR, ph.CORTEX), (CANCELLOUS, 200.0), (CANAL, ph.MARROW),
    ]  # fmt: skip
    scene = ph.Scene((126, 76, 176), layers)
    return ph.image(scene, (1.0, 1.0, slices_mm), noise=20.0, turn_deg=(10, 12, 0), seed=1)[0]


def said(volume: Volume) -> list[Note]:
    """The notes "joined" of the preset "bone"."""
    return [n for n in run_preset(volume, "bone").notes if n.code == "joined"]


@pytest.mark.parametrize("space_mm", [1.5, pytest.param(3.0, marks=pytest.mark.slow)])
def test_a_socket_joined_across_thick_slices_is_said_with_its_place(space_mm: float) -> None:
    volume = hip(space_mm, 3.0)
    done = run_preset(volume, "bone")
    femur_ml = done.labels.mask("femur", "femur_canal").sum() * volume.grid.voxel_volume_mm3 / 1000
    assert femur_ml > 1.2 * ph.true_volume(FEMUR, (126, 76, 176), 1.0) / 1000
    (note,) = (n for n in done.notes if n.code == "joined")
    assert "Femur and another bone" in note.text
    assert "1 x 1 x 3 mm" in note.text
    where = np.array([float(w) for w in note.text.split("round (")[1].split(")")[0].split(",")])
    middle = matrix((10, 12, 0)) @ np.array([-28.0, 0.0, 50.0 + 20.0])
    assert np.linalg.norm(where - middle) < 12.0


@pytest.mark.slow
def test_nothing_is_said_where_the_slices_show_the_joint() -> None:
    volume = hip(3.0, 1.0)
    assert not said(volume)


def test_values_that_are_no_whole_numbers_are_read_alike() -> None:
    volume = hip(3.0, 3.0)
    labels, preset = run_preset(volume, "bone").labels, load_preset("bone")
    words = joined_words(volume, labels, preset)
    for kind in (np.float32, np.int32):
        again = Volume(volume.array.astype(kind), volume.grid)
        assert joined_words(again, labels, preset) == words != ""


@pytest.mark.slow
def test_nothing_is_said_on_the_sample_case() -> None:
    from surgitwin.imaging import load_series, scan

    assert not said(load_series(scan(SAMPLE)[0]))


@pytest.mark.real_data
def test_nothing_is_said_on_a_real_thigh(shared_data: Path) -> None:
    from surgitwin.imaging import load_series, scan

    assert not said(load_series(scan(shared_data / "femur_ct")[0]))
