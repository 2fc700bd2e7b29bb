"""One artery from a CT angiogram: centreline, lumen, narrowings, calcium, branches."""

from surgitwin.anatomy.artery.ends import propose_ends
from surgitwin.anatomy.artery.labels import artery_labels
from surgitwin.anatomy.artery.measure import measure_artery
from surgitwin.anatomy.artery.types import ArteryAnatomy, Branch, Lesion

__all__ = ["ArteryAnatomy", "Branch", "Lesion", "artery_labels", "measure_artery", "propose_ends"]
