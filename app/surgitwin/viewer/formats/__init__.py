"""Image files of other formats in, and segments out, in the window."""
