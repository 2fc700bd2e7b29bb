"""Level L1: rings with a force-diameter law in contact with a deformable wall."""

from surgitwin.mechanics.fenicsx.deployment.solve import solve_deployment, solve_deployments

__all__ = ["solve_deployment", "solve_deployments"]
