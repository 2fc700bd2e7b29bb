"""The aortic root: its wall, landmarks, planes, calcium and views."""

from surgitwin.anatomy.root.labels import root_labels
from surgitwin.anatomy.root.landmarks import with_landmark
from surgitwin.anatomy.root.measure import measure_root
from surgitwin.anatomy.root.seeds import propose_seeds

__all__ = ["measure_root", "propose_seeds", "root_labels", "with_landmark"]
