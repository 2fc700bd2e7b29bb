"""The general solid problem in plain data: parts, materials, supports, loads, couplings, steps."""
