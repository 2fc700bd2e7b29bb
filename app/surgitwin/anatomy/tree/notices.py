"""What must be known of a tree, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surgitwin.anatomy.tree.judge import THIN_VOXELS
from surgitwin.anatomy.tree.lumen import Lumen
from surgitwin.anatomy.tree.types import Contact, TreeBranch
from surgitwin.core.vessel import Notice

_MOST_NAMED = 12  # contacts and branches named in notices; all contacts are in the tree


def notices_of(
    lumen: Lumen, proposed: bool, contacts: Sequence[Contact], loops: int, branches: Sequence[TreeBranch]
) -> tuple[Notice, ...]:
    """proposed: the root was. loops: of the segment."""
    out = []
    if proposed:
        words = "The root was proposed at the free end of the widest branch. Check it."
        out.append(Notice("tree.root_proposed", words))
    if lumen.left_out:
        words = f"{lumen.left_out} voxels of the segment lie in other pieces and are not in the tree."
        out.append(Notice("tree.pieces", words))
    pairs = {(c.kind, c.branches): c for c in reversed(contacts)}
    for one in list(pairs.values())[:_MOST_NAMED]:
        words = "come together in a loop" if one.kind == "loop" else "touch away from their bifurcation"
        a, b = one.branches
        out.append(Notice(f"tree.{one.kind}", f"Branches {a} and {b} {words}.", one.point_mm))
    if loops > len(contacts):
        words = f"The segment has {loops} loops, of which {len(contacts)} were placed."
        out.append(Notice("tree.loops", words))
    half = 0.5 * THIN_VOXELS * float(lumen.grid.spacing_mm.max())  # as the table and `judge` count
    thin = [b.id for b in branches if float(np.median(b.radius_mm)) < half]
    if thin:
        named = ", ".join(str(n) for n in thin[:_MOST_NAMED])
        named += f" and {len(thin) - _MOST_NAMED} more" if len(thin) > _MOST_NAMED else ""
        out.append(Notice("tree.thin", f"Branches under three voxels across, widths are uncertain: {named}."))
    return tuple(out)
