"""A frame of beams as one body: shape at rest, state with history, forces and stiffness."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from surgitwin.core.arrays import FloatArray, IntArray, readonly
from surgitwin.mechanics.devices.frame_beam import frame_forces
from surgitwin.mechanics.devices.frame_metal import STATES, Fibre
from surgitwin.mechanics.devices.frame_rotation import no_turn, turned
from surgitwin.mechanics.devices.frame_section import Section


@dataclass(frozen=True, eq=False)
class BeamMesh:
    """points_mm (n, 3), ends (e, 2): nodes of each beam; side (e, 3): its local axis 3, across its length.

    section (e,): index into `sections`, which all have as many fibres.
    """

    points_mm: FloatArray
    ends: IntArray
    side: FloatArray
    section: IntArray
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        for name in ("points_mm", "side"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.float64))
        for name in ("ends", "section"):
            object.__setattr__(self, name, readonly(getattr(self, name), np.int64))

    @property
    def length_mm(self) -> FloatArray:
        """(e,) at rest."""
        a, b = self.ends.T
        return np.asarray(np.linalg.norm(self.points_mm[b] - self.points_mm[a], axis=1))

    @property
    def frames(self) -> FloatArray:
        """(e, 3, 3) columns: along, width, thickness."""
        a, b = self.ends.T
        along = (self.points_mm[b] - self.points_mm[a]) / self.length_mm[:, None]
        third = self.side - along * np.einsum("ij,ij->i", self.side, along)[:, None]
        third = third / np.linalg.norm(third, axis=1, keepdims=True)
        return np.ascontiguousarray(np.stack([along, np.cross(third, along), third], axis=2))


@dataclass(frozen=True, eq=False)
class BeamState:
    """points_mm (n, 3), rotation (n, 4) from rest; history (e, q, 3) of the fibres at the last accepted
    step.
    """

    points_mm: FloatArray
    rotation: FloatArray
    history: FloatArray

    def moved(self, step: FloatArray) -> BeamState:
        """After a step (6 n,): displacement and spin of each node."""
        rows = step.reshape(-1, 6)
        spin = turned(self.rotation, np.ascontiguousarray(rows[:, 3:]))
        return replace(self, points_mm=self.points_mm + rows[:, :3], rotation=spin)


@dataclass(frozen=True, eq=False)
class BeamForces:
    """force (6 n,) N and N mm; stiffness (6 n, 6 n) symmetric; history as it would become; strains and
    resultants (e, 6): stretch, two shears, twist, two bendings; lead (e, 6, 12): slopes of the resultants.
    """

    force: FloatArray
    stiffness: sparse.csr_matrix
    history: FloatArray
    strains: FloatArray
    resultants: FloatArray
    lead: FloatArray


@dataclass(frozen=True, eq=False)
class BeamBody:
    """A mesh of one metal."""

    mesh: BeamMesh
    fibre: Fibre
    _pattern: _Pattern = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", _Pattern(self.mesh))

    @property
    def n_unknowns(self) -> int:
        """Six for each node."""
        return 6 * len(self.mesh.points_mm)

    def at_rest(self) -> BeamState:
        """Free of stress."""
        mesh = self.mesh
        fibres = len(mesh.sections[0].weights_mm2)
        return BeamState(
            mesh.points_mm, no_turn(len(mesh.points_mm)), np.zeros((len(mesh.ends), fibres, STATES))
        )

    def forces(self, state: BeamState, predicted: FloatArray | None = None) -> BeamForces:
        """Inner forces at `state`, stepping from its history.

        predicted (e, 6): resultants for the geometric part of the stiffness, from `lead_to`. A stiff strut
        that is bent by Newton's step seems stretched at once; with the linear prediction in place of that
        false force the iteration takes a few steps instead of hundreds (Magisano, Leonetti and Garcea 2017).
        """
        p, e = self._pattern, len(self.mesh.ends)
        force, slope, strains = np.empty((e, 12)), np.empty((e, 12, 12)), np.empty((e, 6))
        new, lead = np.empty_like(state.history), np.empty((e, 6, 12))
        carried = np.empty((e, 6)) if predicted is None else predicted.copy()
        frame_forces(
            np.ascontiguousarray(state.points_mm), np.ascontiguousarray(state.rotation), p.ends, p.length,
            p.frames, p.section, p.fibres, p.weights, p.stiff, self.fibre.kind, p.copy(self.fibre.row),
            self.fibre.shear_MPa, state.history, predicted is not None, carried, new, force, slope, lead,
            strains,
        )  # fmt: skip
        total = np.bincount(p.dofs.ravel(), force.ravel(), self.n_unknowns)
        return BeamForces(total, p.matrix(slope), new, strains, carried, lead)

    def lead_to(self, here: BeamForces, step: FloatArray) -> FloatArray:
        """(e, 6) resultants after a step (6 n,), to first order."""
        out: FloatArray = here.resultants + np.einsum("eij,ej->ei", here.lead, step[self._pattern.dofs])
        return out


class _Pattern:
    """What does not change: arrays for the kernel and the places of the stiffness."""

    def __init__(self, mesh: BeamMesh) -> None:
        self.ends, self.section = self.copy(mesh.ends), self.copy(mesh.section)
        self.length, self.frames = self.copy(mesh.length_mm), self.copy(mesh.frames)
        self.fibres = np.stack([s.points_mm for s in mesh.sections])
        self.weights = np.stack([s.weights_mm2 for s in mesh.sections])
        self.stiff = np.stack([s.stiffness for s in mesh.sections])
        self.dofs = (6 * mesh.ends[:, :, None] + np.arange(6)).reshape(len(mesh.ends), 12)
        n = 6 * len(mesh.points_mm)
        rows, columns = np.repeat(self.dofs, 12, axis=1).ravel(), np.tile(self.dofs, (1, 12)).ravel()
        key, self._place = np.unique(rows * n + columns, return_inverse=True)
        self._columns = (key % n).astype(np.int32)
        self._starts = np.searchsorted(key // n, np.arange(n + 1)).astype(np.int32)
        self._n = n

    @staticmethod
    def copy[A: (FloatArray, IntArray)](values: A) -> A:
        """Writable and contiguous, so that the kernel is compiled once."""
        return np.array(values, order="C")

    def matrix(self, slope: FloatArray) -> sparse.csr_matrix:
        """The assembled stiffness."""
        data = np.bincount(self._place.ravel(), slope.ravel(), len(self._columns))
        return sparse.csr_matrix((data, self._columns, self._starts), shape=(self._n, self._n))
