"""Laws of points with a memory (plasticity, bone, Nitinol): NumPy in and out, no finite elements."""
