"""Wall and strut frame as one system of equations."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp

from surgitwin.core.arrays import FloatArray
from surgitwin.core.progress import SILENT
from surgitwin.mechanics.devices.frame_body import BeamBody, BeamForces, BeamState
from surgitwin.mechanics.devices.frame_bound import Hold
from surgitwin.mechanics.devices.frame_course import DeviceCourse
from surgitwin.mechanics.devices.frame_shape import StrutFrame
from surgitwin.mechanics.devices.frame_solve import NodeTerm, better, diverged, node_blocks
from surgitwin.mechanics.devices.pattern import PatternMaker
from surgitwin.mechanics.devices.problem import Deployment
from surgitwin.mechanics.devices.wall_system import WallSystem, face_weights
from surgitwin.mechanics.fenicsx.deployment.reuse import ReusedFactors
from surgitwin.mechanics.fenicsx.frame.touch import Anchors, Lumen, Pairs, Touch, relative_rows

ITERATIONS, HALVINGS = 25, 6
SEARCHES = 12
"""Numerical settings: of one balance, of one step, and how often closest points are searched in a step."""
HOLD_SHARE = 0.05
"""Numerical setting: springs from each strut node to where it was at the last search, over its contact
stiffness. They carry nothing in the end, when nothing moves any more; without them a frame that slides freely
drifts from search to search."""
INNER, FRESH = 1e-5, 3e-2
"""Numerical settings: imbalance over the forces that act with kept pairs, and with pairs searched anew."""
CAP = 0.5
"""Numerical setting: largest move in one iteration, in element sizes of the lumen."""
TURN = 0.5
"""Numerical setting: radians that a strut node may turn in one iteration."""


@dataclass
class Counts:
    """What was spent."""

    iterations: int = 0
    searches: int = 0
    steps: int = 0
    cuts: int = 0
    solve_s: float = 0.0
    friction_Nmm: float = 0.0


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One state. force (unknowns,): imbalance; wall_force (n, 3): of the wall alone; terms (m, 3): of what
    holds the frame; least_J: of the wall; scale: size of the forces that act.
    """

    force: FloatArray
    wall_force: FloatArray
    beams: BeamForces
    touch: Touch
    terms: FloatArray
    least_J: float
    scale: float


@dataclass(eq=False)
class FrameInWall:
    """x (n, 3) places of the wall's nodes, p (cells, 4) its pressures, beams: state of the frame;
    tick: called before each iteration, it may raise to stop the work.
    """

    task: Deployment
    frame: StrutFrame
    body: BeamBody
    course: DeviceCourse
    beams: BeamState
    tick: Callable[[], object] = SILENT.asked_to_stop
    counts: Counts = field(default_factory=Counts)
    search_error: float = 0.0
    anchors: Anchors = field(init=False)

    def __post_init__(self) -> None:
        mesh = self.task.wall
        self.wall = WallSystem(self.task)
        self.x: FloatArray = mesh.points_mm.copy()
        self.p: FloatArray = self.wall.pressure(self.x)
        faces = np.ascontiguousarray(mesh.lumen)
        area = face_weights(mesh.points_mm, faces)[1].sum(1)
        self.size_mm = float(np.sqrt(2 * np.median(area)))
        self.lumen = Lumen(
            faces, self._stiffness(), self.frame.half_thickness_mm, self.task.contact.smoothing_mm,
            self.task.contact.friction,
        )  # fmt: skip
        maker = PatternMaker(self.wall.cells, faces, len(self.x), 0)
        self._pattern = maker.make(sp.csr_matrix((len(maker.lumen_nodes), 0)))
        self._fixed = self.wall.spring_values(self._pattern)
        self._linear = ReusedFactors()
        self.begin(self.beams)

    def begin(self, beams: BeamState) -> None:
        """Take this state as the beginning of the first step."""
        self.beams = beams
        still = np.zeros_like(beams.points_mm)
        self.anchors = Anchors(self.x, beams.points_mm, still, np.zeros(len(still)))

    def _stiffness(self) -> FloatArray:
        """(n,) N/mm: the penalty of L1 on the lumen's area, shared by the struts' length."""
        mu = float(np.median(self.wall.mu))
        penalty = self.task.contact.penalty_per_size * 3 * mu / self.size_mm
        share = self.frame.tributary_mm
        diameter = self.task.balloon_diameter_mm or self.frame.device.nominal_diameter_mm
        area = np.pi * diameter * self.frame.device.length_mm
        out: FloatArray = penalty * area * share / share.sum()
        return out

    @property
    def n_wall(self) -> int:
        """Nodes of the wall."""
        return len(self.x)

    @property
    def n_unknowns(self) -> int:
        """Three for each wall node, six for each strut node."""
        return 3 * self.n_wall + self.body.n_unknowns

    def outward(self) -> FloatArray:
        """(n, 3) from the device's axis to its nodes."""
        _, centre, axis = self.course.nearest(self.beams.points_mm)
        across = self.beams.points_mm - centre
        across = across - axis * np.einsum("ij,ij->i", across, axis)[:, None]
        return np.asarray(across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9))

    def search(self) -> Pairs:
        """Closest points as things stand."""
        self.counts.searches += 1
        return self.lumen.pairs(self.x, self.beams.points_mm, self.outward(), self.anchors)

    def evaluate(
        self,
        pairs: Pairs,
        terms: Sequence[NodeTerm],
        predicted: FloatArray | None = None,
        first: bool = False,
    ) -> Evaluation:
        """Imbalance at the present state; first: before the first iteration of a step."""
        wall, _, least = self.wall.forces(self.x)
        beams = self.body.forces(self.beams, predicted)
        touch = self.lumen.touch(pairs, self.x, self.beams.points_mm)
        on_strut = touch.friction - touch.normal[:, None] * pairs.normal
        force = np.concatenate([wall.ravel(), beams.force])
        rows = relative_rows(pairs, np.ones(len(pairs.node), bool), self.n_wall, self.n_unknowns)
        force += rows.T @ on_strut.ravel()
        acts = np.zeros((len(self.beams.points_mm), 3))
        for term in terms:
            acts += term.act(self.beams.points_mm, first)[0]
        force[3 * self.n_wall :].reshape(-1, 6)[:, :3] += acts
        scale = max(float(np.linalg.norm(beams.force)), float(np.linalg.norm(touch.normal)), 1e-3)
        return Evaluation(force, wall, beams, touch, acts, least, scale)

    def step(
        self, e: Evaluation, pairs: Pairs, terms: Sequence[NodeTerm], first: bool
    ) -> tuple[FloatArray, FloatArray]:
        """Newton's step of wall (n, 3) and frame (6 m,)."""
        data = self._fixed.copy()
        self.wall.tangent(self.x, self.p, self._pattern, data)
        n = 3 * self.n_wall
        upper = sp.csr_matrix((data, self._pattern.indices, self._pattern.indptr), shape=(n, n))
        active = np.abs(e.touch.blocks).max((1, 2)) > 0
        rows = relative_rows(pairs, active, self.n_wall, self.n_unknowns)
        count = int(active.sum())
        middle = sp.bsr_matrix(
            (e.touch.blocks[active], np.arange(count), np.arange(count + 1)), shape=(3 * count, 3 * count)
        )
        touching = rows.T @ middle @ rows
        own = e.beams.stiffness
        for term in terms:
            own = own + node_blocks(term.act(self.beams.points_mm, first)[1])
        matrix = sp.block_diag([upper, sp.triu(own)], format="csr") + sp.triu(touching)
        matrix = sp.csr_matrix(matrix)
        matrix.sort_indices()
        began = time.perf_counter()
        move = -self._linear.solve(matrix.indptr, matrix.indices, matrix.data, e.force)
        self.counts.solve_s += time.perf_counter() - began
        return move[:n].reshape(-1, 3), move[n:]

    def balance(self, pairs: Pairs, terms: Sequence[NodeTerm], first: bool) -> Evaluation:
        """Newton's method with kept pairs; first: of a step. Raises SolverError "frame.diverged"."""
        e = self.evaluate(pairs, terms, first=first)
        for count in range(ITERATIONS):
            if count and np.linalg.norm(e.force) <= INNER * e.scale:
                return e
            self.tick()
            self.counts.iterations += 1
            du, db = self.step(e, pairs, terms, first and count == 0)
            if not (np.isfinite(du).all() and np.isfinite(db).all()):
                raise diverged("the step is not finite")
            e = self._along(e, pairs, terms, du, db)
        raise diverged(f"after {ITERATIONS} iterations {np.linalg.norm(e.force):.3g} N are out of balance")

    def _along(
        self, e: Evaluation, pairs: Pairs, terms: Sequence[NodeTerm], du: FloatArray, db: FloatArray
    ) -> Evaluation:
        """Along a step as far as the imbalance or its work falls and no cell folds."""
        rows = db.reshape(-1, 6)
        largest = max(float(np.abs(du).max()), float(np.abs(rows[:, :3]).max()))
        share = min(
            1.0, CAP * self.size_mm / max(largest, 1e-30), TURN / max(np.abs(rows[:, 3:]).max(), 1e-30)
        )
        x, p, beams = self.x, self.p, self.beams
        move = np.concatenate([du.ravel(), db])
        free = slice(None)
        for _ in range(HALVINGS):
            self.p = self.wall.pressure(x, share * du)
            self.x, self.beams = x + share * du, beams.moved(share * db)
            there = self.evaluate(pairs, terms, self.body.lead_to(e.beams, share * db))
            fine = there.least_J > 0 and bool(np.isfinite(there.force).all())
            if fine and better(share * move, e.force, there.force, free):
                return there
            share /= 2
        if fine:
            return there
        self.x, self.p, self.beams = x, p, beams
        raise diverged("a cell of the wall would fold")

    def settle(self, terms: Sequence[NodeTerm], fresh: float = FRESH) -> tuple[Evaluation, Pairs]:
        """One accepted step: balance and search in turn until new pairs leave it in balance."""
        pairs = self.search()
        for count in range(SEARCHES):
            hold = Hold(self.beams.points_mm, HOLD_SHARE * float(self.lumen.stiffness.max()))
            e = self.balance(pairs, [*terms, hold], count == 0)
            self._follow(pairs, e)
            again = self.search()
            there = self.evaluate(again, terms)
            left = float(np.linalg.norm(there.force)) / there.scale
            if left <= fresh:
                self.search_error = left
                return self._accept(pairs, e), pairs
            pairs = again
        raise diverged(f"closest points did not settle ({left:.2g} of the forces)")

    def _follow(self, pairs: Pairs, e: Evaluation) -> None:
        """The friction bound of the next balance is that of the present pressure."""
        normal = np.zeros(len(self.beams.points_mm))
        normal[pairs.node] = e.touch.normal
        self.anchors = replace(self.anchors, normal_N=normal)

    def _accept(self, pairs: Pairs, e: Evaluation) -> Evaluation:
        self.beams = replace(self.beams, history=e.beams.history)
        self.anchors = self.anchors.after(pairs, e.touch, self.x, self.beams.points_mm)
        self.counts.friction_Nmm += e.touch.slid_Nmm
        self.counts.steps += 1
        return e

    def kept(self) -> tuple[FloatArray, FloatArray, BeamState, Anchors]:
        """What a failed step goes back to."""
        return self.x, self.p, self.beams, self.anchors

    def back(self, kept: tuple[FloatArray, FloatArray, BeamState, Anchors]) -> None:
        """Undo."""
        self.x, self.p, self.beams, self.anchors = kept
        self.counts.cuts += 1

    def close(self) -> None:
        """Free the factors."""
        self._linear.close()
