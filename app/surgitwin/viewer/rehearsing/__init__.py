"""The widgets of a rehearsal."""
