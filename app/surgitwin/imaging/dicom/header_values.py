"""Values of one header, converted once for all files of a scan that have the same bytes."""

from __future__ import annotations

import logging
import struct
import zipfile
import zlib
from typing import Any, BinaryIO

import pydicom
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import Tag
from pydicom.uid import UID

MALFORMED = (
    InvalidDicomError, BytesLengthException, EOFError, ValueError, TypeError, LookupError, AttributeError,
    ArithmeticError, RuntimeError, OSError, MemoryError, StopIteration,
    struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""What pydicom, SimpleITK and zipfile raise on damaged, locked or encrypted files."""


logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # repeats values, which may be names

Known = dict[tuple[Any, ...], Any]
"""Converted values by tag, type, bytes and what else decides about them. They are read, never changed."""

CHARACTERS, SIGN = Tag("SpecificCharacterSet"), Tag("PixelRepresentation")
"""Tags that decide how the bytes of others are read (PS3.5 6.1.2.3; types "US or SS")."""

ONE_EACH = frozenset(Tag(name) for name in ("SOPInstanceUID", "ImagePositionPatient", "InstanceNumber"))
LONGEST = 256
"""Numerical setting: longer values are not kept, as are those that differ from file to file."""

META_START = b"\x02\x00\x00\x00UL\x04\x00"
CLASS, SYNTAX = 0x0002, 0x0010
LONG_TYPES = frozenset((b"OB", b"OW", b"UN", b"SQ", b"UT"))
REGULAR = b"1.2.840.10008.1.2"
"""Transfer syntaxes of the standard start so; a deflated file comes inflated."""


def read_meta(stream: BinaryIO) -> tuple[UID, str] | None:
    """Transfer syntax and storage class from the meta header behind a preamble, the stream left behind it.

    None when it is in any way unusual: pydicom knows what to make of such files.
    """
    start = stream.read(144)
    if start[132:140] != META_START or len(start) < 144:
        return None
    size = struct.unpack("<I", start[140:])[0]
    data = stream.read(size) if size <= LONGEST_META else b""
    found: dict[int, bytes] = {}
    at = 0
    while at + 8 <= len(data):
        group, element, kind, length = struct.unpack("<HH2sH", data[at : at + 8])
        at += 8
        if kind in LONG_TYPES:
            length = int.from_bytes(data[at : at + 4], "little")
            at += 4
        if group != 2 or at + length > len(data):
            return None
        found[element] = data[at : at + length]
        at += length
    syntax = found.get(SYNTAX, b"").rstrip(b"\0 ")
    following = stream.read(2)
    stream.seek(-len(following), 1)
    if at != len(data) or not syntax.startswith(REGULAR) or following in (b"", b"\x02\x00", b"\0\0"):
        return None
    known = UID(syntax.decode("ascii"))
    if not known.is_transfer_syntax or known.is_deflated:
        return None
    return known, found.get(CLASS, b"").rstrip(b"\0 ").decode("ascii")


LONGEST_META = 65536
"""Numerical setting: a longer meta header (private information in it) is left to pydicom."""


def converted(dataset: pydicom.Dataset, known: Known) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Values by tag name, and the names of those that cannot be converted (a wrong length, letters in a
    number), which count as absent."""
    values: dict[str, Any] = {}
    damaged = []
    about = tuple(_bytes(dataset, tag) for tag in (CHARACTERS, SIGN))
    for element in list(dataset.values()):
        tag = element.tag
        name = keyword_for_tag(tag) or str(tag)
        key: tuple[Any, ...] = ()
        if isinstance(element, RawDataElement) and tag not in ONE_EACH and element.length <= LONGEST:
            key = (tag, element.VR, element.value, element.is_little_endian, about)
            if key in known:
                values[name] = known[key]
                continue
        try:
            values[name] = dataset[tag].value
        except MALFORMED:
            damaged.append(name)
            continue
        if key and not isinstance(values[name], pydicom.Sequence):
            known[key] = values[name]
    return values, tuple(damaged)


def _bytes(dataset: pydicom.Dataset, tag: int) -> Any:
    found = dataset.get_item(tag)
    return found.value if isinstance(found, RawDataElement) else None
