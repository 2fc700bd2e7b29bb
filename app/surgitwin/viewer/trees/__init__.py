"""Trees of vessels in the window: branches in 3D and in a table, each laid out along its course."""
