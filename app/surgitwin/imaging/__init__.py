"""Images in and out: DICOM series found, judged and loaded as volumes in LPS."""

from surgitwin.imaging.convert import from_sitk, to_sitk, to_vtk
from surgitwin.imaging.dicom.loading import load_series
from surgitwin.imaging.dicom.scanner import Scan, scan, scan_all
from surgitwin.imaging.dicom.series import Problem, Series
from surgitwin.imaging.formats.nrrd import read_labels, read_volume, write_labels, write_volume
from surgitwin.imaging.oblique import curved_reformat, double_oblique, plane_axes, reformat_axes, straightened
from surgitwin.imaging.sampling import crop, plane_grid, reformat, sample

__all__ = [
    "Problem",
    "Scan",
    "Series",
    "crop",
    "curved_reformat",
    "double_oblique",
    "from_sitk",
    "load_series",
    "plane_axes",
    "plane_grid",
    "read_labels",
    "read_volume",
    "reformat",
    "reformat_axes",
    "sample",
    "scan",
    "scan_all",
    "straightened",
    "to_sitk",
    "to_vtk",
    "write_labels",
    "write_volume",
]
