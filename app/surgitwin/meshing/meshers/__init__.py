"""Ways of filling a closed surface with tetrahedra behind one interface."""
