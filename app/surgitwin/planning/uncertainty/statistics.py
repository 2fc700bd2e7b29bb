"""What samples of one number say: mean, band, confidence, probability of a limit, what it depends on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from surgitwin.core.arrays import FloatArray
from surgitwin.planning.uncertainty.design import unit_cube
from surgitwin.planning.uncertainty.inputs import UncertainInput

Interval = tuple[float, float]


@dataclass(frozen=True)
class Spread:
    """n: samples that gave the number. low, high: percentiles; each *_ci: bootstrap confidence interval."""

    n: int
    mean: float
    sd: float
    low: float
    high: float
    mean_ci: Interval
    low_ci: Interval
    high_ci: Interval


def spread(values: FloatArray, percentiles: Interval, confidence: float, resamples: int, seed: int) -> Spread:
    """Statistics of values (n,), n >= 2."""
    n = len(values)
    chosen = np.random.default_rng(seed).integers(0, n, (resamples, n))
    again = values[chosen]
    tail = 100 * (1 - confidence) / 2
    ends = np.percentile(again, percentiles, axis=1)

    def interval(x: FloatArray) -> Interval:
        low, high = np.percentile(x, [tail, 100 - tail])
        return float(low), float(high)

    low, high = np.percentile(values, percentiles)
    return Spread(
        n, float(values.mean()), float(values.std(ddof=1)), float(low), float(high),
        interval(again.mean(axis=1)), interval(ends[0]), interval(ends[1]),
    )  # fmt: skip


def proportion(hits: float, n: int, confidence: float) -> tuple[float, Interval]:
    """Share of hits and Wilson's confidence interval (J Am Stat Assoc 22:209), which holds at 0 and 1 too."""
    z = float(ndtri((1 + confidence) / 2))
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return p, (max(middle - half, 0.0), min(middle + half, 1.0))


@dataclass(frozen=True)
class LinearFit:
    """The number as a sum of effects, one an input: a tornado. effects: input -> (value at the input's low
    end, at its high end; for a choice its lowest and highest). q2: share of the variance that the fit
    predicts for samples it has not seen (leave one out); not to be believed when it is low."""

    effects: Mapping[str, Interval]
    q2: float


def linear_fit(shares: FloatArray, values: FloatArray, inputs: Sequence[UncertainInput]) -> LinearFit | None:
    """Least squares over the drawn inputs' shares (n, d); None with too few samples or a constant number."""
    columns, owner = _columns(shares, inputs)
    design = np.column_stack([np.ones(len(values)), columns])
    free = len(values) - design.shape[1]
    total = float(((values - values.mean()) ** 2).sum())
    if (
        free < 2
        or total <= 1e-24 * float((values**2).sum())
        or np.linalg.matrix_rank(design) < design.shape[1]
    ):
        return None
    solved, *_ = np.linalg.lstsq(design, values, rcond=None)
    leverage = np.einsum("ij,ji->i", design, np.linalg.pinv(design))
    missed = (values - design @ solved) / np.maximum(1 - leverage, 1e-9)
    # Against the mean of the others, which is what knows nothing of the inputs.
    others = (values - values.mean()) * len(values) / (len(values) - 1)
    q2 = 1 - float((missed**2).sum()) / float((others**2).sum())
    middle = float(values.mean())
    effects = {}
    for k, one in enumerate(inputs):
        mine = solved[1:][owner == k]
        if one.distribution == "choice":
            levels = np.array([0.0, *mine]) - np.mean([0.0, *mine])
            effects[one.name] = (middle + float(levels.min()), middle + float(levels.max()))
        else:
            effects[one.name] = (middle - float(mine[0]) / 2, middle + float(mine[0]) / 2)
    return LinearFit(effects, q2)


def _columns(shares: FloatArray, inputs: Sequence[UncertainInput]) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Centred shares; a choice of k names gives k - 1 columns. And which input each column belongs to."""
    out, owner = [], []
    for k, (share, one) in enumerate(zip(shares.T, inputs, strict=True)):
        if one.distribution == "choice":
            level = np.minimum((share * len(one.choices)).astype(int), len(one.choices) - 1)
            out += [(level == n).astype(float) for n in range(1, len(one.choices))]
            owner += [k] * (len(one.choices) - 1)
        else:
            out.append(share - 0.5)
            owner.append(k)
    return np.column_stack(out), np.array(owner)


@dataclass(frozen=True)
class Sobol:
    """Shares of the variance: first order and total, each with the half-width of its confidence interval.

    enough: whether every half-width is small enough to believe them.
    """

    first: Mapping[str, tuple[float, float]]
    total: Mapping[str, tuple[float, float]]
    enough: bool


def sobol_indices(
    values: FloatArray, names: Sequence[str], confidence: float, resamples: int, seed: int, half_width: float
) -> Sobol | None:
    """Indices of values (N (d + 2),) in Saltelli's order.

    A row that failed (nan) takes its base sample with it. None when fewer than 2 base samples are whole, or
    the number does not vary.
    """
    blocks = values.reshape(-1, len(names) + 2)
    whole = blocks[np.isfinite(blocks).all(axis=1)]
    if len(whole) < 2 or np.ptp(whole) <= 1e-12 * np.abs(whole).max():
        return None
    from SALib.analyze import sobol  # brings pandas and matplotlib

    found: dict[str, Any] = sobol.analyze(
        unit_cube(names), whole.ravel(), calc_second_order=False, num_resamples=resamples,
        conf_level=confidence, seed=seed,
    )  # fmt: skip
    if not np.isfinite([found[k] for k in ("S1", "S1_conf", "ST", "ST_conf")]).all():
        return None  # so few base samples that some resample of them does not vary

    def pairs(key: str) -> dict[str, tuple[float, float]]:
        return {
            n: (float(v), float(c)) for n, v, c in zip(names, found[key], found[f"{key}_conf"], strict=True)
        }

    widest = max(float(np.max(found["S1_conf"])), float(np.max(found["ST_conf"])))
    return Sobol(pairs("S1"), pairs("ST"), widest <= half_width)
