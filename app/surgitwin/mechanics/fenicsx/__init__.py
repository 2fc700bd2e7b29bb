"""The only folder that imports dolfinx, ufl, petsc4py or mpi4py."""
