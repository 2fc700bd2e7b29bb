"""The implant catalogue, its parametric geometry, placement and checks without finite elements."""
