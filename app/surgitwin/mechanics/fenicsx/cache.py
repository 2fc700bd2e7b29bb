"""Assembled bone matrices on disk, so that a plan with a moved implant reuses them."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from surgitwin.mechanics.fenicsx.runtime import DOLFINX_VERSION

_log = logging.getLogger(__name__)
VERSION = 1
"""Raise when the numbering of unknowns or the forms change: older files are then not found."""


class MatrixCache:
    """One uncompressed .npy per array in `folder`; names carry the bone's hash, factor and degree."""

    def __init__(self, folder: Path | None, key: str) -> None:
        self.folder, self.key = folder, key

    def load(self, factor: float, degree: int) -> sp.bsr_matrix | None:
        """The stored matrix, or None when there is none that can be read."""
        if self.folder is None:
            return None
        stem = self._stem(factor, degree)
        try:
            parts = [np.load(self.folder / f"{stem}-{k}.npy", allow_pickle=False) for k in range(3)]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError) as error:
            _log.warning("The stored matrix %s cannot be read (%s): assembled again.", stem, error)
            return None
        n = 3 * (len(parts[2]) - 1)
        return sp.bsr_matrix((parts[0], parts[1], parts[2]), shape=(n, n))

    def save(self, factor: float, degree: int, matrix: sp.bsr_matrix) -> None:
        """Store; a full disk only costs the reuse and is logged."""
        if self.folder is None:
            return
        stem = self._stem(factor, degree)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for k, array in enumerate((matrix.data, matrix.indices, matrix.indptr)):
                part = self.folder / f"{stem}-{k}.{os.getpid()}.part.npy"
                np.save(part, array)
                part.replace(self.folder / f"{stem}-{k}.npy")
        except OSError as error:
            _log.warning("The matrix %s was not stored (%s).", stem, error)
            for leftover in self.folder.glob(f"{stem}-*.{os.getpid()}.part.npy"):
                with contextlib.suppress(OSError):
                    leftover.unlink()

    def _stem(self, factor: float, degree: int) -> str:
        return f"matrix{VERSION}-{DOLFINX_VERSION}-{self.key[:32]}-{factor:g}-p{degree}"
