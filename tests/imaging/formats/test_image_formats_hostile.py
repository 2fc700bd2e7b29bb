"""Damaged image files of every format end in a volume or a typed error, soon. Seeds are fixed."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np
import pytest
import pyvista as pv
import SimpleITK as sitk  # noqa: N813 - its customary name

from surgitwin.core.errors import SurgiTwinError
from surgitwin.imaging.formats.question import Answers
from surgitwin.imaging.formats.reader import look_image, read_image

COUNT = 40
SECONDS = 5.0
ANSWERS = Answers(values="other", accept_size=True)


def written(folder, suffix):
    array = np.random.default_rng(0).integers(-1000, 1000, (8, 9, 10)).astype(np.int16)
    path = folder / f"a{suffix}"
    if suffix == ".vti":
        grid = pv.ImageData(dimensions=(10, 9, 8))
        grid["v"] = array.ravel()
        grid.save(path)
    else:
        sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
    return path.read_bytes()


def mutated(raw, rng):
    """Bits changed anywhere or in the header, cut short, or bytes put in."""
    data = bytearray(raw)
    kind = rng.randrange(4)
    if kind == 0:
        return bytes(data[: rng.randrange(len(data))])
    if kind == 1:
        at = rng.randrange(len(data))
        data[at:at] = rng.randbytes(rng.randint(1, 40))
        return bytes(data)
    end = len(data) if kind == 2 else min(600, len(data))
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(end)] = rng.randrange(256)
    return bytes(data)


def read(path):
    """As a user who answers every question."""
    open_ = {q.id for q in look_image(path, ANSWERS).open}
    said = replace(ANSWERS, frame="lps" if "frame" in open_ else None)
    said = replace(said, spacing_unit="mm" if "unit" in open_ else None)
    said = replace(said, volume=0 if "volume" in open_ else None)
    return read_image(path, replace(said, transform="sform" if "transform" in open_ else None))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha", ".vti"])
def test_mutations_end_in_a_volume_or_a_typed_error(tmp_path, suffix):
    raw, rng = written(tmp_path, suffix), random.Random(suffix)
    path = tmp_path / f"m{suffix}"
    refused = 0
    for n in range(COUNT):
        path.write_bytes(mutated(raw, rng))
        start = time.perf_counter()
        try:
            volume = read(path)
        except SurgiTwinError as error:
            refused += 1
            said = (error.code, error.hint)
            assert all(said), n
        else:
            assert volume.array.shape == volume.grid.shape, n
        assert time.perf_counter() - start < SECONDS, n
    assert refused > COUNT // 10
