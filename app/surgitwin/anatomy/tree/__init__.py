"""A tree of vessels from its segment: centrelines, branches, bifurcations, sections, narrowings."""

from surgitwin.anatomy.tree.judge import NEXT_STEP, findings, trunk_of, why_unusable
from surgitwin.anatomy.tree.measure import measure_tree
from surgitwin.anatomy.tree.types import Contact, Joint, TreeBranch, VesselTree

__all__ = [
    "NEXT_STEP",
    "Contact",
    "Joint",
    "TreeBranch",
    "VesselTree",
    "findings",
    "measure_tree",
    "trunk_of",
    "why_unusable",
]
