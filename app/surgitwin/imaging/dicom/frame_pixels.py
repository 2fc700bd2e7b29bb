"""Stored pixels of frames: each file is opened once, a multi-frame one is decoded frame by frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.utils import iter_pixels

from surgitwin.core.errors import InputError
from surgitwin.imaging.dicom.claims import check_claims
from surgitwin.imaging.dicom.decoding import PIXEL_TAGS, READ_TAGS, decode, decoder_for, used_bits, with_gdcm
from surgitwin.imaging.dicom.frames import Frame, PlainPixels
from surgitwin.imaging.dicom.header import MALFORMED, syntax_of
from surgitwin.imaging.dicom.pixel_extent import PIXEL_DATA
from surgitwin.imaging.dicom.source import Source

TAG_BYTES = 12
"""Read before the pixels, to see that they are still there: the tag and the length, of 8 bytes or of 12."""

Stored = npt.NDArray[Any]
"""(rows, columns) numbers as the file holds them."""


def stored_frames(frames: Sequence[Frame]) -> Iterator[tuple[int, Stored]]:
    """(index in `frames`, stored pixels) of every frame, file by file; frames of one file in their order
    there.

    At most one decoded frame is held. Raises InputError ("dicom.undecodable") naming the file.
    """
    by_file: dict[Source, list[int]] = {}
    for n, frame in enumerate(frames):
        by_file.setdefault(frame.source, []).append(n)
    for source, wanted in by_file.items():
        if frames[wanted[0]].count == 1:
            plain = frames[wanted[0]].plain
            stored = decode(source)[1] if plain is None else _read(source, plain)
            for n in wanted:
                yield n, stored
            continue
        wanted.sort(key=lambda n: frames[n].number)
        yield from zip(wanted, _frames(source, [frames[n].number for n in wanted]), strict=True)


def _read(source: Source, plain: PlainPixels) -> Stored:
    """Pixels that need no decoder, from their place in the file."""
    kind = np.dtype(plain.kind)
    length = plain.rows * plain.columns * kind.itemsize
    try:
        with source.open() as stream:
            stream.seek(plain.at - TAG_BYTES)
            data = stream.read(TAG_BYTES + length)
    except MALFORMED as error:
        raise _undecodable(source, error) from error
    if len(data) < TAG_BYTES + length:
        raise _undecodable(source, "it ends before its pixels do")
    if PIXEL_DATA[kind.str[0] == ">"] not in (data[:4], data[4:8]):
        raise changed(source.name)
    pixels = np.frombuffer(data, kind, offset=TAG_BYTES).reshape(plain.rows, plain.columns)
    return used_bits(plain.bits, pixels.astype(kind.newbyteorder("="), copy=False))


def _undecodable(source: Source, why: object) -> InputError:
    return InputError(
        "dicom.undecodable",
        f"The pixels of {source.name} cannot be decoded: {why}.",
        hint="Copy the file again from its source.",
        where=source.name,
    )


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
        raise _undecodable(source, error) from error


def _decoded(stream: BinaryIO, numbers: Sequence[int]) -> Iterator[Stored]:
    head = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(PIXEL_TAGS), force=True)
    syntax = syntax_of(head)
    stream.seek(0)
    check_claims(head)
    if decoder_for(syntax) == "gdcm" or "TransferSyntaxUID" not in head.file_meta:
        whole = pydicom.dcmread(stream, force=True, specific_tags=list(READ_TAGS))
        whole.file_meta.TransferSyntaxUID = syntax
        frames = (
            (_one_with_gdcm(whole, n) for n in numbers)
            if decoder_for(syntax) == "gdcm"
            else iter_pixels(whole, indices=list(numbers), raw=True)
        )
    else:
        frames = iter_pixels(stream, indices=list(numbers), raw=True)
    for pixels in frames:
        yield used_bits(int(head.BitsStored), np.asarray(pixels))


def _one_with_gdcm(whole: pydicom.Dataset, number: int) -> Stored:
    """One compressed frame, handed to GDCM as an image of its own."""
    count = int(whole.get("NumberOfFrames") or 1)
    bare = pydicom.Dataset()
    for name in PIXEL_TAGS:
        if name in whole and name != "PixelData":
            bare[name] = whole[name]
    bare.file_meta = whole.file_meta
    bare.PixelData = encapsulate([get_frame(whole.PixelData, number, number_of_frames=count)])
    return with_gdcm(bare)
