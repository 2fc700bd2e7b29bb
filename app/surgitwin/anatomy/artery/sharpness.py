"""How sharp the image is, from the lumen's own edge in healthy parts of the vessel."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.optimize import least_squares

from surgitwin.anatomy.artery import blur
from surgitwin.anatomy.artery import settings as st
from surgitwin.anatomy.artery.edges import Edges, Flags
from surgitwin.core.arrays import FloatArray
from surgitwin.core.image import Volume

_OFFSETS_MM = np.arange(-1.3, 0.21, 0.05)  # of the profile; farther out lies fat
_BELIEVED_MM = (0.3, 2.0)
_UNKNOWN_MM = 1.15  # soft kernel of a CT angiogram (dimensions.md C5, GK)
_WALL_HU, _WALL_SD_HU, _SAMPLE_SD_HU = 60.0, 30.0, 4.0
_HARMONICS, _ALONG_MM = (
    2,
    3.0,
)  # a wall so smooth that it does not follow noise
_LEAST_RAYS = 300
_LEAST_VOXELS = 0.7  # no image is sharper than that many voxels, its finest side


def find_sigma(
    volume: Volume,
    spacing: FloatArray,
    edges: Edges,
    seen: FloatArray,
    calcified: Flags,
    fwhm_mm: float | None,
) -> tuple[float, str]:
    """Blur mm (standard deviation) of the samples, and where it is known from.

    spacing: as `blur.spacing_across`. "given" by the caller, the "edge" of the lumen, the "kernel" named in
    the header, or "assumed".
    """
    if fwhm_mm is not None:
        return blur.sampled_sigma(fwhm_mm, spacing), "given"
    found = edge_sigma(edges, seen, calcified)
    finest = float(volume.grid.spacing_mm.min())
    if found is not None and blur.image_fwhm(found, spacing) > _LEAST_VOXELS * finest:
        return found, "edge"
    by_kernel = blur.kernel_fwhm(str(volume.meta.get("kernel", "") or ""))
    guess = max(by_kernel or _UNKNOWN_MM, float(spacing[0]))
    return blur.sampled_sigma(guess, spacing), "kernel" if by_kernel else "assumed"


def edge_sigma(edges: Edges, seen: FloatArray, calcified: Flags) -> float | None:
    """Blur mm from the mean profile of plain rays in wide, straight stations; None when not believable."""
    radius = seen.mean(1)
    wide = radius > max(0.85 * float(np.median(radius)), 1.0)
    wide &= np.abs(blur.bend(seen, st.STEP_MM)) < 0.03
    smooth = _smooth_wall(seen)
    plain = wide[:, None] & ~edges.calcium & ~edges.shadowed & ~calcified & np.isfinite(edges.radius_mm)
    plain &= np.abs(np.where(np.isfinite(edges.radius_mm), edges.radius_mm, smooth) - smooth) < 0.5
    if np.count_nonzero(plain) < _LEAST_RAYS:
        return None
    rho = np.maximum(smooth[plain][:, None] + _OFFSETS_MM, 0) / st.RAY_STEP_MM
    k = np.clip(rho.astype(int), 0, edges.profiles.shape[-1] - 2)
    rows = edges.profiles[plain]
    low = np.take_along_axis(rows, k, -1)
    profile = (low + (np.take_along_axis(rows, k + 1, -1) - low) * (rho - k)).mean(0)
    lumen = float(np.broadcast_to(edges.lumen_HU[:, None], plain.shape)[plain].mean())
    return _fitted(profile, float(smooth[plain].mean()), lumen)


def _smooth_wall(seen: FloatArray) -> FloatArray:
    """seen (n, m) with its first harmonics only, smoothed along the course."""
    waves = np.fft.rfft(seen, axis=1)
    waves[:, _HARMONICS + 1 :] = 0
    out: FloatArray = ndimage.gaussian_filter1d(
        np.fft.irfft(waves, seen.shape[1], axis=1), _ALONG_MM / st.STEP_MM, axis=0, mode="nearest"
    )
    return out


def _fitted(profile: FloatArray, radius: float, lumen: float) -> float | None:
    """Blur mm for which a blurred disc of about `radius` matches the profile (k,)."""

    def miss(q: FloatArray) -> FloatArray:
        sigma, shift, wall = q
        share = blur.blurred_disc((radius + shift) / sigma, np.maximum(radius + _OFFSETS_MM, 0) / sigma)
        away = (wall + (lumen - wall) * share - profile) / _SAMPLE_SD_HU
        return np.append(away, (wall - _WALL_HU) / _WALL_SD_HU)

    bounds = ([0.1, -0.4, -50.0], [1.2, 0.6, 150.0])
    sigma = float(least_squares(miss, [0.4, 0.05, _WALL_HU], bounds=bounds).x[0])
    low, high = (st.SIGMA_PER_FWHM * v for v in _BELIEVED_MM)
    return sigma if low < sigma < high else None
