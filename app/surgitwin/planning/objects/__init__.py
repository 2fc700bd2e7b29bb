"""Own implants and reference objects of a case: bodies from files, placed by hand, measured and written."""
