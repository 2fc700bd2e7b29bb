"""Images without identity: DICOM PS3.15 Annex E, with a report, a key of one's own, and cut-out faces."""

from surgitwin.exchange.deidentify.keyfile import Key
from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.preview import preview
from surgitwin.exchange.deidentify.report import Report
from surgitwin.exchange.deidentify.run import deidentify

__all__ = ["Key", "Options", "Report", "deidentify", "preview"]
