"""Own implants and reference objects in the window: taken in, drawn, placed, measured."""
