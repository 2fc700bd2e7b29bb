"""Damage to the bytes of a file, whatever they mean."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

Rng = np.random.Generator
Damage = Callable[[bytes, Rng], bytes]

LENGTHS = (0, 1, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF)


def flip_bits(data: bytes, rng: Rng) -> bytes:
    out = bytearray(data)
    for at in rng.integers(0, len(out), size=int(rng.integers(1, 40))):
        out[at] ^= 1 << int(rng.integers(8))
    return bytes(out)


def flip_header_bytes(data: bytes, rng: Rng) -> bytes:
    """In the first 1500 bytes, where the tags are."""
    out = bytearray(data)
    for at in rng.integers(128, min(1500, len(out)), size=int(rng.integers(1, 12))):
        out[at] = int(rng.integers(256))
    return bytes(out)


def truncate(data: bytes, rng: Rng) -> bytes:
    return data[: int(rng.integers(0, len(data)))]


def repeat_part(data: bytes, rng: Rng) -> bytes:
    a, b = sorted(int(x) for x in rng.integers(0, len(data), size=2))
    return data[:b] + data[a:b] + data[b:]


def cut_part(data: bytes, rng: Rng) -> bytes:
    a = int(rng.integers(0, len(data)))
    return data[:a] + data[a + int(rng.integers(1, 200)) :]


def noise_from(data: bytes, rng: Rng) -> bytes:
    at = int(rng.integers(132, len(data)))
    return data[:at] + rng.bytes(len(data) - at)


def hostile_lengths(data: bytes, rng: Rng) -> bytes:
    """Lengths of elements set to the ends of their range."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        at = _element(data, rng)
        short = data[at + 4 : at + 6] in SHORT
        value = LENGTHS[int(rng.integers(len(LENGTHS)))]
        if short:
            out[at + 6 : at + 8] = struct.pack("<H", value & 0xFFFF)
        else:
            out[at + 8 : at + 12] = struct.pack("<I", value)
    return bytes(out)


def deep_sequences(data: bytes, rng: Rng) -> bytes:
    """Sequences in sequences, of undefined or of given length, before the pixels."""
    tag = (b"\x00\x52\x29\x92", b"\x00\x52\x30\x92", b"\x40\x00\x30\xa7")[int(rng.integers(3))]
    depth, inner = (5, 60, 400, 20_000)[int(rng.integers(4))], b""
    if rng.random() < 0.5:
        start = tag + b"SQ\0\0" + b"\xff" * 4 + b"\xfe\xff\x00\xe0" + b"\xff" * 4
        end = b"\xfe\xff\x0d\xe0" + bytes(4) + b"\xfe\xff\xdd\xe0" + bytes(4)
        inner = start * depth + end * (depth if rng.random() < 0.7 else 0)
    else:
        for _ in range(min(depth, 400)):
            item = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(inner)) + inner
            inner = tag + b"SQ\0\0" + struct.pack("<I", len(item)) + item
    at = data.rfind(b"\xe0\x7f\x10\x00")
    return data[:at] + inner + data[at:]


SHORT = (b"CS", b"UI", b"DS", b"IS", b"US", b"LO", b"SH", b"PN", b"DA", b"TM", b"UL", b"SS")


def wrong_kinds(data: bytes, rng: Rng) -> bytes:
    """Value representations exchanged: numbers called text, text called sequences."""
    out = bytearray(data)
    kinds = (b"SQ", b"UN", b"OB", b"FD", b"US", b"PN", b"AT", b"ZZ", b"\0\0")
    for _ in range(int(rng.integers(1, 4))):
        at = _element(data, rng)
        out[at + 4 : at + 6] = kinds[int(rng.integers(len(kinds)))]
    return bytes(out)


def _element(data: bytes, rng: Rng) -> int:
    """Where an element with an explicit VR starts; anywhere when there is none."""
    found = [n - 4 for kind in (*SHORT, b"SQ", b"OB", b"OW") for n in _places(data, kind) if n >= 136]
    return found[int(rng.integers(len(found)))] if found else int(rng.integers(0, max(1, len(data) - 12)))


def _places(data: bytes, word: bytes) -> list[int]:
    out, at = [], data.find(word)
    while at >= 0 and len(out) < 60:
        out.append(at)
        at = data.find(word, at + 1)
    return out


DAMAGES: dict[str, Damage] = {
    "bit flips": flip_bits,
    "header bytes": flip_header_bytes,
    "truncation": truncate,
    "repeated part": repeat_part,
    "missing part": cut_part,
    "noise": noise_from,
    "hostile lengths": hostile_lengths,
    "wrong kinds": wrong_kinds,
    "deep sequences": deep_sequences,
}
