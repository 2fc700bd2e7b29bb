"""Ties, contacts, foundations and bolts of a model as interactions on its displacement nodes."""

from __future__ import annotations

from surgitwin.mechanics.contact.interaction import Interaction
from surgitwin.mechanics.fenicsx.solids.body import Assembly
from surgitwin.mechanics.model.model import Model


def interactions(model: Model, assembly: Assembly) -> list[Interaction]:
    """One for each coupling of the model."""
    wanted = [*model.ties, *model.contacts, *model.foundations, *model.bolts]
    if wanted:
        raise NotImplementedError(wanted[0].name)
    return []
