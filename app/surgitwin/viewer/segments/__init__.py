"""The widgets of the Anatomy page: presets, segment list, effects, landmarks."""
