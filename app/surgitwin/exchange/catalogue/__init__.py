"""Catalogue of studies on this computer: what was added, found again by words, opened from its files."""

from surgitwin.exchange.catalogue.adding import Added, Mode, add
from surgitwin.exchange.catalogue.database import Catalogue, catalogue_folder
from surgitwin.exchange.catalogue.opening import Checked, check, open_series, paths_of
from surgitwin.exchange.catalogue.queries import (
    Filter,
    Listed,
    counts,
    details,
    directions,
    modalities,
    one,
    people,
    search,
    thumbnails,
)
from surgitwin.exchange.catalogue.removal import KEPT, Removed, forget, forget_patient, tidy

__all__ = [
    "KEPT",
    "Added",
    "Catalogue",
    "Checked",
    "Filter",
    "Listed",
    "Mode",
    "Removed",
    "add",
    "catalogue_folder",
    "check",
    "counts",
    "details",
    "directions",
    "forget",
    "forget_patient",
    "modalities",
    "one",
    "open_series",
    "paths_of",
    "people",
    "search",
    "thumbnails",
    "tidy",
]
