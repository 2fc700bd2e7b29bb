"""Programs with trained networks behind one small interface: found, run apart, their labels taken."""
