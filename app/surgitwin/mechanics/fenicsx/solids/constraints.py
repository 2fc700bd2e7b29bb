"""Prescribed displacements and rigid surfaces: x = T q + x_prescribed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray, IntArray
from surgitwin.core.errors import InputError
from surgitwin.mechanics.fenicsx.solids.body import Assembly
from surgitwin.mechanics.model.loads import RemoteForce
from surgitwin.mechanics.model.supports import Fixed, Motion

AGREE_MM = 1e-9
"""Two supports may prescribe the same component of a node when their values differ by less."""


class Constraints:
    """Which unknowns are free.

    prescribed (p,): positions in x. The reduced unknowns q are the free ones, then six (in 2D three)
    motions of every rigid surface: translation of its point and small rotation about it.
    """

    def __init__(
        self, assembly: Assembly, supports: Sequence[Fixed | Motion], rigid: Sequence[RemoteForce] = ()
    ) -> None:
        self._assembly, self._supports, self.rigid = assembly, supports, rigid
        self.unknowns_of: dict[str, IntArray] = {}
        owner: dict[int, str] = {}
        for s in supports:
            unknowns = self._support_unknowns(s)
            self.unknowns_of[s.name] = unknowns
            for k in unknowns.tolist():
                owner.setdefault(k, s.name)
        self.prescribed: IntArray = np.array(sorted(owner), dtype=np.int64)
        self._owner = owner
        self._shared = self._shared_unknowns()
        self._check_agreement({s.name: self._target(s, 1.0) for s in supports})

    def values(self, factors: Mapping[str, float]) -> FloatArray:
        """(p,) prescribed values for the supports' factors (Motion only; Fixed is zero)."""
        out = np.zeros(self._assembly.size)
        targets = {s.name: self._target(s, factors.get(s.name, 0.0)) for s in self._supports}
        for s in reversed(self._supports):
            mine = self.unknowns_of[s.name]
            out[mine] = targets[s.name][mine]
        self._check_agreement(targets)
        return out[self.prescribed]

    def own_unknowns(self, name: str) -> IntArray:
        """Positions in x that the support `name` prescribes and no earlier support does."""
        return np.array([k for k in self.unknowns_of[name].tolist() if self._owner[k] == name], np.int64)

    @cached_property
    def rigid_nodes(self) -> list[IntArray]:
        """Nodes of every rigid surface; InputError when one is also supported."""
        out: list[IntArray] = []
        for load in self.rigid:
            nodes = self._assembly.nodes_on(load.part, load.on, load.name)
            d = self._assembly.dimension
            both = np.intersect1d((nodes[:, None] * d + np.arange(d)).ravel(), self.prescribed)
            if len(both) or any(len(np.intersect1d(nodes, o)) for o in out):
                raise InputError(
                    "model.rigid_and_fixed",
                    f"The rigid surface of load {load.name!r} shares nodes with a support or another one.",
                    hint="Use rigid = false, or a surface apart from the support.",
                    where=load.name,
                )
            out.append(nodes)
        return out

    @cached_property
    def transform(self) -> sp.csr_matrix:
        """(size, q) T: values of all unknowns from the reduced ones."""
        size, d = self._assembly.size, self._assembly.dimension
        dependent = [(n[:, None] * d + np.arange(d)).ravel() for n in self.rigid_nodes]
        held = np.concatenate([self.prescribed, *dependent])
        free = np.setdiff1d(np.arange(size), held)
        blocks = [sp.csr_matrix((np.ones(len(free)), (free, np.arange(len(free)))), shape=(size, len(free)))]
        for load, nodes, rows in zip(self.rigid, self.rigid_nodes, dependent, strict=True):
            modes = rigid_modes(self._assembly.points_mm[nodes] - np.asarray(load.point_mm, float)[:d])
            width = modes.shape[2]
            columns = np.tile(np.arange(width), len(rows))
            blocks.append(
                sp.csr_matrix((modes.ravel(), (np.repeat(rows, width), columns)), shape=(size, width))
            )
        return sp.hstack(blocks, format="csr")

    def rigid_load(self, factors: Mapping[str, float]) -> FloatArray:
        """(q,) forces on the reduced unknowns: those of the rigid remote loads."""
        out = np.zeros(self.transform.shape[1])
        d = self._assembly.dimension
        at = len(out) - len(self.rigid) * (6 if d == 3 else 3)
        for load in self.rigid:
            moment = np.asarray(load.moment_Nmm, float)
            whole = np.concatenate([np.asarray(load.force_N, float)[:d], moment if d == 3 else moment[-1:]])
            out[at : at + len(whole)] = factors.get(load.name, 0.0) * whole
            at += len(whole)
        return out

    def _support_unknowns(self, s: Fixed | Motion) -> IntArray:
        d = self._assembly.dimension
        nodes = self._assembly.nodes_on(s.part, s.on, s.name)
        chosen = ["xyz".index(c) for c in s.components if "xyz".index(c) < d]
        return np.sort((nodes[:, None] * d + np.array(chosen)).ravel())

    def _target(self, s: Fixed | Motion, factor: float) -> FloatArray:
        out = np.zeros(self._assembly.size)
        if isinstance(s, Motion):
            u = s.displacement(self._assembly.points_mm, factor)
            out[: self._assembly.displacements] = u.ravel()
        return out

    def _shared_unknowns(self) -> list[tuple[str, str, IntArray]]:
        """Pairs of supports with the unknowns that both prescribe."""
        out = []
        for k, s in enumerate(self._supports):
            for other in self._supports[:k]:
                shared = np.intersect1d(self.unknowns_of[s.name], self.unknowns_of[other.name])
                if len(shared):
                    out.append((other.name, s.name, shared))
        return out

    def _check_agreement(self, targets: Mapping[str, FloatArray]) -> None:
        for first, second, shared in self._shared:
            gap = float(np.abs(targets[first][shared] - targets[second][shared]).max())
            if gap > AGREE_MM:
                raise InputError(
                    "model.supports_conflict",
                    f"Supports {first!r} and {second!r} prescribe different displacements of the same nodes "
                    f"(by up to {gap:.3g} mm).",
                    hint="Leave the shared nodes out of one of them, prescribe other components, or "
                    "ramp both by the same factors.",
                    where=second,
                )


def rigid_modes(x: FloatArray) -> FloatArray:
    """(n, d, 6 or 3): displacements of points x (n, d) for unit translations and small rotations."""
    n, d = x.shape
    if d == 2:
        out = np.zeros((n, 2, 3))
        out[:, 0, 0] = out[:, 1, 1] = 1
        out[:, 0, 2], out[:, 1, 2] = -x[:, 1], x[:, 0]
        return out
    out = np.zeros((n, 3, 6))
    out[:, range(3), range(3)] = 1
    out[:, 0, 4], out[:, 0, 5] = x[:, 2], -x[:, 1]
    out[:, 1, 3], out[:, 1, 5] = -x[:, 2], x[:, 0]
    out[:, 2, 3], out[:, 2, 4] = x[:, 1], -x[:, 0]
    return out
