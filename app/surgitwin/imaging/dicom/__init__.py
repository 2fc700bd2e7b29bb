"""DICOM as hospitals have it: files found, judged, and loaded as volumes in LPS."""
