"""The widgets of the Plans page of a bone."""
