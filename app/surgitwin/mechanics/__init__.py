"""The mechanical problem in plain data: materials, loads, supports, results. The solver is in `fenicsx`."""
