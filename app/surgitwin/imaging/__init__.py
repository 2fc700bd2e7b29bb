"""Images in and out: DICOM series found, judged and loaded as volumes in LPS."""

from surgitwin.imaging.convert import from_sitk, to_sitk, to_vtk
from surgitwin.imaging.loading import load_series
from surgitwin.imaging.nrrd import read_labels, read_volume, write_labels, write_volume
from surgitwin.imaging.sampling import crop, plane_grid, reformat, sample
from surgitwin.imaging.scanner import Scan, scan, scan_all
from surgitwin.imaging.series import Problem, Series

__all__ = [
    "Problem",
    "Scan",
    "Series",
    "crop",
    "from_sitk",
    "load_series",
    "plane_grid",
    "read_labels",
    "read_volume",
    "reformat",
    "sample",
    "scan",
    "scan_all",
    "to_sitk",
    "to_vtk",
    "write_labels",
    "write_volume",
]
