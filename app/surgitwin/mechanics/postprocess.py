"""Fields at points from a solution: strain, stress, energy, surface averages (numpy only)."""
