"""Uncertainty studies: inputs drawn from distributions, problems solved for each draw, metrics with bands."""
