"""Parametric solids that implants are made of, in LPS millimetres, with signed distances.

An implant is a fused set of solids. Each says what it is (`role`) and, for screws and bolts, which
stretch of its axis carries threads that grip bone. Distances serve overlap, breach and collision
checks without a mesh; `meshing.implant` builds the same solids in OpenCASCADE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray, readonly

Role = Literal["plate", "screw", "nail", "bolt", "hole"]


@dataclass(frozen=True, eq=False)
class Cylinder:
    """Solid cylinder from `start_mm` to `end_mm` (3,). role "hole" is cut out instead of added."""

    role: Role
    name: str
    start_mm: FloatArray
    end_mm: FloatArray
    radius_mm: float

    def __post_init__(self) -> None:
        for f in ("start_mm", "end_mm"):
            object.__setattr__(self, f, readonly(getattr(self, f), np.float64))
        if not self.radius_mm > 0 or not self.length_mm > 0:
            raise ValueError(f"{self.name}: a cylinder needs a positive radius and length")

    @property
    def length_mm(self) -> float:
        """Distance from start to end."""
        return float(np.linalg.norm(self.end_mm - self.start_mm))

    @property
    def direction(self) -> FloatArray:
        """Unit vector from start to end."""
        out: FloatArray = (self.end_mm - self.start_mm) / self.length_mm
        return out

    def distance(self, points: npt.ArrayLike) -> FloatArray:
        """(...,) signed distance in mm, negative inside."""
        d = np.asarray(points, float) - self.start_mm
        t = d @ self.direction
        r = np.sqrt(np.maximum((d * d).sum(-1) - t * t, 0)) - self.radius_mm
        e = np.maximum(-t, t - self.length_mm)
        out: FloatArray = np.where((r > 0) & (e > 0), np.hypot(r, e), np.maximum(r, e))
        return out


@dataclass(frozen=True, eq=False)
class Box:
    """Solid box: centre (3,), axes (3, 3) with *columns* as its directions, half sizes (3,) mm."""

    role: Role
    name: str
    centre_mm: FloatArray
    axes: FloatArray
    half_mm: FloatArray

    def __post_init__(self) -> None:
        for f in ("centre_mm", "axes", "half_mm"):
            object.__setattr__(self, f, readonly(getattr(self, f), np.float64))

    def distance(self, points: npt.ArrayLike) -> FloatArray:
        """(...,) signed distance in mm, negative inside."""
        w = np.abs((np.asarray(points, float) - self.centre_mm) @ self.axes) - self.half_mm
        out: FloatArray = np.linalg.norm(np.maximum(w, 0), axis=-1) + np.minimum(w.max(-1), 0)
        return out


@dataclass(frozen=True, eq=False)
class ArcRod:
    """Solid rod of circular section along an arc (a bowed nail), or straight when curvature is 0.

    start_mm (3,): first end of the centreline. tangent (3,): unit direction there. towards (3,):
    unit normal pointing to the centre of curvature. curvature_per_mm >= 0. length_mm: arc length.
    """

    role: Role
    name: str
    start_mm: FloatArray
    tangent: FloatArray
    towards: FloatArray
    curvature_per_mm: float
    length_mm: float
    radius_mm: float

    def __post_init__(self) -> None:
        for f in ("start_mm", "tangent", "towards"):
            object.__setattr__(self, f, readonly(getattr(self, f), np.float64))

    def centreline(self, s_mm: npt.ArrayLike) -> FloatArray:
        """(..., 3) points at arc lengths (...,)."""
        s = np.asarray(s_mm, float)[..., None]
        k = self.curvature_per_mm
        if k == 0:
            straight: FloatArray = self.start_mm + s * self.tangent
            return straight
        out: FloatArray = (
            self.start_mm + np.sin(k * s) / k * self.tangent + (1 - np.cos(k * s)) / k * self.towards
        )
        return out

    def tangent_at(self, s_mm: float) -> FloatArray:
        """(3,) unit tangent at arc length s."""
        a = self.curvature_per_mm * s_mm
        out: FloatArray = np.cos(a) * self.tangent + np.sin(a) * self.towards
        return out

    def distance(self, points: npt.ArrayLike) -> FloatArray:
        """(...,) signed distance in mm, negative inside (flat ends approximated by the end planes)."""
        x = np.asarray(points, float) - self.start_mm
        k = self.curvature_per_mm
        a, b = x @ self.tangent, x @ self.towards
        c = np.sqrt(np.maximum((x * x).sum(-1) - a * a - b * b, 0))
        if k == 0:
            s, off = np.asarray(a, float), np.asarray(b, float)
        else:
            angle = np.arctan2(a, 1 / k - b)
            s, off = angle / k, np.hypot(a, 1 / k - b) - 1 / k
        r = np.hypot(off, c) - self.radius_mm
        e = np.maximum(-s, s - self.length_mm)
        out: FloatArray = np.where((r > 0) & (e > 0), np.hypot(r, e), np.maximum(r, e))
        return out


Solid = Cylinder | Box | ArcRod


@dataclass(frozen=True)
class ImplantSolids:
    """One implant construct, ready to be meshed.

    solids: fused in order; "hole" cylinders are subtracted from plates and nails first.
    thread_roles: the roles whose lateral surface is tied to bone where it lies in bone.
    reamed_roles: the roles that displace bone without being tied to it (a nail in its canal).
    modulus_MPa, poisson, yield_MPa, endurance_MPa: of the material `material`, with its `source`
    and whether the values were `verified`.
    """

    name: str
    solids: tuple[Solid, ...]
    material: str
    modulus_MPa: float
    poisson: float
    yield_MPa: float
    endurance_MPa: float
    source: str
    verified: bool
    thread_roles: tuple[Role, ...] = ("screw", "bolt")
    reamed_roles: tuple[Role, ...] = ("nail",)

    def distance(self, points: npt.ArrayLike, roles: tuple[Role, ...] | None = None) -> FloatArray:
        """(...,) signed distance to the union of the solids (of the given roles), mm."""
        chosen = [s for s in self.solids if s.role != "hole" and (roles is None or s.role in roles)]
        if not chosen:
            return np.full(np.asarray(points).shape[:-1], np.inf)
        out: FloatArray = np.stack([solid.distance(points) for solid in chosen]).min(axis=0)
        return out
