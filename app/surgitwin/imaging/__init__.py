"""Images in and out: DICOM series found, judged and loaded as volumes in LPS."""
