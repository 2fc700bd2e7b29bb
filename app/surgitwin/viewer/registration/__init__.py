"""The second image of a case in the window: registered, and shown over the slices."""
