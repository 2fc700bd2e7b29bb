"""Blood flow in plain data: description, shapes, reduced (0D) models and wall measures; SI units."""
