"""Other image formats (NIfTI, NRRD, MetaImage, VTI): frame and unit are read or asked, never assumed."""
