"""The use cases behind window and command line: case, plans, runs, comparison."""
