"""Studies in and out: catalogue, de-identification, consent, network, DICOM objects for other programs."""
