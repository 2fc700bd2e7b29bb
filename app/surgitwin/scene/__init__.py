"""Pictures of domain values with VTK and PyVista; knows no Qt, so that reports need no window."""
