"""What the window shows of vessels: reformats, annulus, device, matrix."""
