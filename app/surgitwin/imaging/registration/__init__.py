"""Registration: two images of one patient in one frame, with an estimate of the error."""
