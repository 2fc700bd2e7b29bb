"""Automatic models of other packages in the window: what is installed, consent, the run."""
