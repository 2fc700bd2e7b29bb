"""Plans of a case: proposed, changed by hand, checked, read and written."""
