"""Fixation of a femoral fracture with a plate or a nail."""
