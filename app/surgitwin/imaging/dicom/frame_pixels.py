"""Stored pixels of frames: each file is opened once, a multi-frame one is decoded frame by frame."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.encaps import get_frame
from pydicom.pixels.utils import iter_pixels

from surgitwin.core.errors import InputError
from surgitwin.imaging.dicom.claims import check_claims
from surgitwin.imaging.dicom.coded.beside import Beside, processors
from surgitwin.imaging.dicom.coded.pictures import (
    JPEG_2000,
    Coding,
    codestream,
    decode_picture,
    of_codestream,
    used_bits,
)
from surgitwin.imaging.dicom.decoding import PIXEL_TAGS, READ_TAGS, decode, decoder_for, undecodable
from surgitwin.imaging.dicom.frames import CodedPixels, Frame, PlainPixels
from surgitwin.imaging.dicom.header import syntax_of
from surgitwin.imaging.dicom.header_values import MALFORMED
from surgitwin.imaging.dicom.pixel_extent import PIXEL_DATA
from surgitwin.imaging.dicom.source import Source

TAG_BYTES = 12
"""Read before the pixels, to see that they are still there: the tag and the length, of 8 bytes or of 12."""

MANY = 24
"""Numerical setting: from so many JPEG 2000 files on it pays to start processes (0.1 s) that decode them."""

Stored = npt.NDArray[Any]
"""(rows, columns) numbers as the file holds them."""


def stored_frames(frames: Sequence[Frame]) -> Generator[tuple[int, Stored]]:
    """(index in `frames`, stored pixels) of every frame, file by file; frames of one file in their order
    there.

    At most one decoded frame is held (a few where processes decode side by side). Raises InputError
    ("dicom.undecodable") naming the file.
    """
    by_file: dict[Source, list[int]] = {}
    for n, frame in enumerate(frames):
        by_file.setdefault(frame.source, []).append(n)
    if len(by_file) >= MANY and processors() > 1 and all(_is_jpeg_2000(f) for f in frames):
        yield from _side_by_side([(frames[wanted[0]], wanted) for wanted in by_file.values()])
        return
    for source, wanted in by_file.items():
        if frames[wanted[0]].count == 1:
            stored = _one(frames[wanted[0]])
            for n in wanted:
                yield n, stored
            continue
        wanted.sort(key=lambda n: frames[n].number)
        yield from zip(wanted, _frames(source, [frames[n].number for n in wanted]), strict=True)


def _one(frame: Frame) -> Stored:
    """Pixels of a file with one image: from where the scan saw them, else by reading all of it."""
    if frame.plain is not None:
        return _read_plain(frame.source, frame.plain)
    if frame.coded is not None:
        return _read_coded(frame.source, frame.coded)
    return decode(frame.source)[1]


def _is_jpeg_2000(frame: Frame) -> bool:
    return frame.count == 1 and frame.coded is not None and frame.coded.coding.syntax in JPEG_2000


def _side_by_side(files: Sequence[tuple[Frame, list[int]]]) -> Iterator[tuple[int, Stored]]:
    """Each file's picture for each of its indices; some pictures are decoded ahead."""
    ahead: deque[tuple[Frame, list[int], bytes, Future[bytes]]] = deque()
    left = iter(files)
    with Beside(processors()) as beside:
        while True:
            while len(ahead) < 2 * beside.count and (file := next(left, None)) is not None:
                stream = _codestream(file[0])
                ahead.append((*file, stream, beside.put(stream)))
            if not ahead:
                return
            frame, wanted, stream, data = ahead.popleft()
            assert frame.coded is not None
            try:
                stored = of_codestream(stream, data.result(), frame.coded.coding)
            except MALFORMED as error:
                raise undecodable(frame.source, error) from error
            for n in wanted:
                yield n, stored


def _codestream(frame: Frame) -> bytes:
    """The JPEG 2000 codestream of a file with one image."""
    assert frame.coded is not None
    data = _bytes(frame.source, frame.coded.at, frame.coded.length, big=False)
    try:
        return codestream(_first_picture(data), frame.coded.coding)
    except MALFORMED as error:
        raise undecodable(frame.source, error) from error


def _read_plain(source: Source, plain: PlainPixels) -> Stored:
    """Pixels that need no decoder."""
    kind = np.dtype(plain.kind)
    data = _bytes(source, plain.at, plain.rows * plain.columns * kind.itemsize, big=kind.str[0] == ">")
    pixels = np.frombuffer(data, kind, offset=TAG_BYTES).reshape(plain.rows, plain.columns)
    return used_bits(plain.bits, pixels.astype(kind.newbyteorder("="), copy=False))


def _read_coded(source: Source, coded: CodedPixels) -> Stored:
    """One compressed picture."""
    data = _bytes(source, coded.at, coded.length, big=False)
    try:
        return decode_picture(_first_picture(data), coded.coding)
    except MALFORMED as error:
        raise undecodable(source, error) from error


def _first_picture(data: bytes) -> bytes:
    """The picture in the items that follow the tag (PS3.5 A.4)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom, about offsets that are not used
        return get_frame(data[TAG_BYTES:], 0, number_of_frames=1)


def _bytes(source: Source, at: int, length: int, *, big: bool) -> bytes:
    """The tag in front of the pixels and `length` bytes from `at`. Raises InputError ("dicom.undecodable",
    "dicom.changed")."""
    try:
        with source.open() as stream:
            stream.seek(at - TAG_BYTES)
            data = stream.read(TAG_BYTES + length)
    except MALFORMED as error:
        raise undecodable(source, error) from error
    if len(data) < TAG_BYTES + length:
        raise undecodable(source, "it ends before its pixels do")
    if PIXEL_DATA[big] not in (data[:4], data[4:8]):
        raise changed(source.name)
    return data


def changed(name: str) -> InputError:
    """A file that was replaced between the scan and the load."""
    return InputError(
        "dicom.changed",
        f"{name} is not the image that the scan saw.",
        hint="Scan the folder again.",
        where=name,
    )


def stored_frame(frame: Frame) -> Stored:
    """Stored pixels of one frame. Raises InputError ("dicom.undecodable")."""
    return next(stored_frames([frame]))[1]


def _frames(source: Source, numbers: Sequence[int]) -> Iterator[Stored]:
    """Decoded frames of one file by their numbers, which rise."""
    try:
        with warnings.catch_warnings(), source.open() as stream:
            warnings.simplefilter("ignore")  # odd values were judged by the scan
            yield from _decoded(stream, numbers)
    except MALFORMED as error:
        raise undecodable(source, error) from error


def _decoded(stream: BinaryIO, numbers: Sequence[int]) -> Iterator[Stored]:
    head = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(PIXEL_TAGS), force=True)
    syntax = syntax_of(head)
    stream.seek(0)
    check_claims(head)
    coded = decoder_for(syntax) == "coded"
    if not coded and "TransferSyntaxUID" in head.file_meta:
        whole: pydicom.Dataset | BinaryIO = stream
    else:
        whole = pydicom.dcmread(stream, force=True, specific_tags=list(READ_TAGS))
        whole.file_meta.TransferSyntaxUID = syntax
    if coded and isinstance(whole, pydicom.Dataset):
        yield from _pictures(whole, numbers)
        return
    for pixels in iter_pixels(whole, indices=list(numbers), raw=True):
        yield used_bits(int(head.BitsStored), np.asarray(pixels))


def _pictures(whole: pydicom.Dataset, numbers: Sequence[int]) -> Iterator[Stored]:
    """Compressed frames of one data set."""
    coding, count = Coding.of(whole), int(whole.get("NumberOfFrames") or 1)
    offsets = (whole.get("ExtendedOffsetTable"), whole.get("ExtendedOffsetTableLengths"))
    known = offsets if all(isinstance(part, bytes) for part in offsets) else None
    for number in numbers:
        code = get_frame(whole.PixelData, number, number_of_frames=count, extended_offsets=known)
        yield decode_picture(code, coding)
