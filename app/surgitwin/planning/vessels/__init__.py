"""Vessel cases: the steps from image to compared plans for valves and stents."""
