"""The widgets of the Compare page and what they show."""
