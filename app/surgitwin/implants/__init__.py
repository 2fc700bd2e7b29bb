"""Implants: the catalogue, their parametric geometry and what the theatre must lay out."""

from surgitwin.implants.geometry import build, nail_rod
from surgitwin.implants.items import Item, Material, NailItem, PlateItem, ScrewItem
from surgitwin.implants.operative import OperativeEntry, operative_list
from surgitwin.implants.tables import catalogue, item, material, nail, plate, screw

__all__ = [
    "Item",
    "Material",
    "NailItem",
    "OperativeEntry",
    "PlateItem",
    "ScrewItem",
    "build",
    "catalogue",
    "item",
    "material",
    "nail",
    "nail_rod",
    "operative_list",
    "plate",
    "screw",
]
