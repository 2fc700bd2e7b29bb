"""A tree of vessels from its segment: centrelines, branches, bifurcations, sections, narrowings."""

from surgitwin.anatomy.tree.measure import measure_tree
from surgitwin.anatomy.tree.types import Contact, Joint, TreeBranch, VesselTree

__all__ = ["Contact", "Joint", "TreeBranch", "VesselTree", "measure_tree"]
