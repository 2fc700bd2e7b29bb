"""What an effect starts from: labels, image, the segment table and the chosen segment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from surgitwin.core.arrays import FloatArray
from surgitwin.core.errors import UsageError
from surgitwin.core.image import ImageGrid, Segment
from surgitwin.segmentation.edit.ink import Ink, Overwrite, States, painting, require_open
from surgitwin.segmentation.edit.mask import EditMask
from surgitwin.segmentation.edit.region import label_box
from surgitwin.segmentation.morphology import Box, Mask
from surgitwin.segmentation.patch import Labels


@dataclass(frozen=True, eq=False)
class EditSource:
    """labels: uint8 [k, j, i] on `grid`; effects never write into it. image: [k, j, i], None without one.

    states: of all segments. target: label of the chosen segment. segments: the table, for effects that add a
    segment. overwrite: what an effect may paint over. mask: where voxels may change; `run_effect` keeps to it
    whatever an effect does, effects that spread do not spread through what it shuts out.
    """

    labels: Labels
    grid: ImageGrid
    states: States
    target: int
    image: npt.NDArray[Any] | None = None
    segments: tuple[Segment, ...] = field(default_factory=tuple)
    overwrite: Overwrite = "visible"
    mask: EditMask | None = None

    @property
    def title(self) -> str:
        """The chosen segment in a sentence."""
        return self.states[self.target].title

    @property
    def spacing_kji(self) -> FloatArray:
        """Voxel size in mm along k, j, i."""
        return np.asarray(self.grid.spacing_mm)[::-1]

    @property
    def ink(self) -> Ink:
        """Ink of the chosen segment under the overwrite rule."""
        return painting(self.target, self.states, self.overwrite)

    def ink_over(self, over: str) -> Ink:
        """Ink that keeps all other segments ("background"), or follows the overwrite rule ("shown")."""
        return painting(self.target, self.states, "background" if over == "background" else self.overwrite)

    def require_target(self) -> None:
        """UsageError "edit.no_segment", "edit.hidden", "edit.locked"."""
        require_open(self.target, self.states)

    def require_image(self) -> npt.NDArray[Any]:
        """The image. UsageError "edit.no_image"."""
        if self.image is None:
            raise UsageError(
                "edit.no_image",
                "This effect reads the image, and there is none.",
                hint="Open the case with its image.",
                where="image",
            )
        return self.image

    def box(self, margin_mm: float = 0.0, extra: int = 0) -> Box:
        """Box round the chosen segment, wider by margin_mm and `extra` voxels. UsageError "edit.empty"."""
        margin = np.ceil(margin_mm / self.spacing_kji).astype(int) + extra
        return label_box(self.labels, self.target, self.states[self.target].name, margin)

    def closed(self, before: Labels) -> Mask:
        """Voxels of a box that belong to hidden or locked segments, or to labels without a segment."""
        table = np.ones(256, bool)
        table[[0, *(n for n, s in self.states.items() if s.visible and not s.locked)]] = False
        out: Mask = table[before]
        return out


def nothing(reason: str, hint: str, where: str) -> UsageError:
    """UsageError "edit.nothing": an effect that would change nothing, with the reason ("because ...")."""
    return UsageError("edit.nothing", f"Nothing to do, because {reason}.", hint=hint, where=where)
