"""An open case: edited in memory with undo, kept safe by a draft on disk, saved when the user says so."""

from surgitwin.planning.session.draft import Draft, find_draft
from surgitwin.planning.session.history import Entry, History
from surgitwin.planning.session.session import Session

__all__ = ["Draft", "Entry", "History", "Session", "find_draft"]
