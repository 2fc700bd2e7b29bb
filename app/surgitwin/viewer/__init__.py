"""The window (Qt). It hosts `scene` and calls `planning`; it computes nothing itself."""
