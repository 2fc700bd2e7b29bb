"""Invariants of the isochoric right Cauchy-Green tensor and the guarded functions of stiff laws, in UFL."""

from __future__ import annotations

import ufl

from surgitwin.mechanics.fenicsx.laws.base import Operand

EXPONENT_LIMIT = 30.0
"""Numerical setting: exp is continued by its parabola beyond here (e^30 = 1e13: no tissue carries that, but a
Newton iterate may pass through it)."""


def isochoric_c(F: Operand) -> Operand:
    """C-bar = J^(-2/3) F^T F, (3, 3). J <= 0 gives NaN: the engine rejects such an iterate."""
    return ufl.det(F) ** (-2.0 / 3.0) * (F.T * F)


def first(C: Operand) -> Operand:
    """I1 = tr C."""
    return ufl.tr(C)


def second(C: Operand) -> Operand:
    """I2 = (tr(C)^2 - C : C) / 2."""
    return (ufl.tr(C) ** 2 - ufl.inner(C, C)) / 2.0


def along(C: Operand, a: Operand) -> Operand:
    """a . C a, the squared stretch of the reference direction a."""
    return ufl.dot(a, C * a)


def tension_only(x: Operand) -> Operand:
    """max(x, 0). Its square has a continuous derivative: stress is continuous, the tangent jumps at x = 0."""
    return ufl.conditional(ufl.gt(x, 0.0), x, 0.0)


def guarded_exp(q: Operand) -> Operand:
    """exp(q) up to EXPONENT_LIMIT, then its Taylor polynomial of second order (twice differentiable)."""
    over = ufl.conditional(ufl.gt(q, EXPONENT_LIMIT), q - EXPONENT_LIMIT, 0.0)
    return ufl.exp(q - over) * (1.0 + over + over**2 / 2.0)
