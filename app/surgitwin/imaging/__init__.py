"""Images in and out: DICOM series found, judged and loaded as volumes in LPS."""

from surgitwin.imaging.loading import load_series
from surgitwin.imaging.scanner import Scan, scan, scan_all
from surgitwin.imaging.series import Problem, Series

__all__ = ["Problem", "Scan", "Series", "load_series", "scan", "scan_all"]
