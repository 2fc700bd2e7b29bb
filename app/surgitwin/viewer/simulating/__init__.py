"""The widgets of the Simulate page."""
