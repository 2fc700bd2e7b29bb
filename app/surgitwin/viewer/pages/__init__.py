"""The five pages of the window, one for each step."""
