"""Images of a case: from DICOM, files and the catalogue, and a second image registered onto the first."""
