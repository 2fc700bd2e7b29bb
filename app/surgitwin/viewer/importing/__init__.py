"""The widgets of the Import page and the way from dropped files to a case."""
