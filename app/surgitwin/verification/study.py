"""The same case on meshes that get finer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from surgitwin.verification.case import Measured


def study(
    meshes: Iterable[int], solve: Callable[[int], tuple[float, Mapping[str, float]]]
) -> dict[str, Measured]:
    """Measured values of the finest mesh, with those of all meshes as their study.

    meshes: numbers of cells, coarse to fine. solve: cells -> (mesh size or unknowns, {id: value}).
    """
    rows = [solve(cells) for cells in meshes]
    finest = rows[-1][1]
    return {name: Measured(v, tuple((h, found[name]) for h, found in rows)) for name, v in finest.items()}
