"""Label maps to surfaces and tetrahedra, implants to their own meshes, quality and files."""
