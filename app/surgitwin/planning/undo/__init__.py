"""Undo and redo of what the command line does, kept in the case."""
