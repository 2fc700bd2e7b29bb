"""VTK actors and off-screen pictures from domain values; knows no Qt."""
