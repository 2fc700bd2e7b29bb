"""Names that look like paths, typed by a person or read from a file: what is written stays in its folder."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from dicom_factory import grid_like, ramp, write_series
from hostile.tag_damage import PATHS

from surgitwin.core.image import ImageGrid, LabelMap, Segment, Volume
from surgitwin.exchange.network.landing import Landing
from surgitwin.imaging import scan
from surgitwin.planning.case_names import SUFFIX, free_path, name_fault, suggested_name
from surgitwin.planning.output import segment_files as export_objects


@pytest.mark.parametrize("name", PATHS)
def test_a_case_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    """Typed, it is refused or a name inside; suggested from a header, it is a name inside."""
    folder = tmp_path / "cases"
    folder.mkdir()
    grid = grid_like()
    write_series(
        tmp_path / "in", ramp(grid), grid, edit=lambda ds, k: setattr(ds, "SeriesDescription", name[:60])
    )
    (series,) = scan(tmp_path / "in")
    for path in (free_path(folder, name), free_path(folder, suggested_name(series))):
        assert path.resolve().parent == folder.resolve()
        path.mkdir(exist_ok=True)
    if not name_fault(folder, name):
        assert (folder / f"{name}{SUFFIX}").resolve().parent == folder.resolve()


def test_exported_segments_stay_in_their_folder(tmp_path: Path) -> None:
    names = [n.replace("\0", " ") for n in PATHS]
    array = np.zeros((3 + 4 * len(names), 5, 5), np.uint8)
    for n in range(len(names)):
        array[1 + 4 * n : 4 + 4 * n, 1:4, 1:4] = n + 1
    grid = ImageGrid(array.shape, np.zeros(3), np.ones(3), np.eye(3))
    segments = tuple(Segment(n + 1, name, "", (1, 0, 0)) for n, name in enumerate(names))
    case = SimpleNamespace(
        volume=Volume(array.astype(np.int16), grid), labels=LabelMap(array, grid, segments)
    )
    export_objects.export_surfaces(case, tmp_path / "a" / "out", "stl")
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert {p.parent for p in written} == {tmp_path / "a" / "out"}
    assert len(written) == len(names) + 1


@pytest.mark.parametrize("uid", PATHS)
def test_what_a_server_sends_is_not_named_by_it(tmp_path: Path, uid: str) -> None:
    """An instance UID that is none is refused; no file is made."""
    folder = tmp_path / "a" / "landing"
    folder.mkdir(parents=True)
    landing = Landing(folder)
    landing.put(uid, b"planted")
    assert landing.count == 0
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
