"""Studies on this computer and from hospital systems, in the window."""
