"""Implants: the catalogue, their parametric geometry and what the theatre must lay out."""

from surgitwin.implants.geometry import build, locked_holes, nail_rod
from surgitwin.implants.items import Item, Material, NailItem, PlateItem, ScrewItem
from surgitwin.implants.operative import OperativeEntry, nail_place, operative_list
from surgitwin.implants.stents import StentItem, stents
from surgitwin.implants.tables import catalogue, item, material, nail, plate, screw, stent, valve
from surgitwin.implants.valves import ValveItem

__all__ = [
    "Item",
    "Material",
    "NailItem",
    "OperativeEntry",
    "PlateItem",
    "ScrewItem",
    "StentItem",
    "ValveItem",
    "build",
    "catalogue",
    "item",
    "locked_holes",
    "material",
    "nail",
    "nail_place",
    "nail_rod",
    "operative_list",
    "plate",
    "screw",
    "stent",
    "stents",
    "valve",
]
