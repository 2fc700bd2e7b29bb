"""Cases on disk: a folder with case.json and write-once blobs, replaced atomically."""

from surgitwin.storage.atomic import write_atomically
from surgitwin.storage.bundle import SCHEMA, CaseFolder

__all__ = ["SCHEMA", "CaseFolder", "write_atomically"]
