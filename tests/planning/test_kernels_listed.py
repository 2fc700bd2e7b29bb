"""Kernels that a first use would wait for, and the table that setup compiles."""

from __future__ import annotations

from surgitwin.planning.kernels import listed


def test_decoders_presets_and_surfaces_are_compiled_by_setup() -> None:
    rows = {f"{k.__module__.removeprefix('surgitwin.')}.{k.py_func.__name__}": t for k, t in listed()}
    for name in (
        "imaging.dicom.coded.lossless_kernels.decode_scan",
        "imaging.dicom.coded.run_length.unpacked",
        "segmentation.cavities._regions",
        "segmentation.reach._scatter",
        "meshing.surface_kernels.renumbered",
        "meshing.surface_kernels.placed",
    ):
        assert rows[name], name
