"""A process of its own that decodes JPEG 2000 codestreams; run by its path, so that little is imported.

Reads (length of 8 bytes, codestream) from standard input until it ends, and answers each with (length of 8
bytes, samples) or, when the length is below 0, with that many bytes of what was wrong.
"""

import struct
import sys

from openjpeg.utils import decode_pixel_data

LENGTH = struct.Struct("<q")


def answer(stream: bytes) -> tuple[int, bytes | bytearray]:
    """Length to say and what follows it."""
    try:
        samples = decode_pixel_data(stream, version=2)
    except (RuntimeError, ValueError, TypeError, MemoryError) as error:  # damaged: told to who asked
        words = str(error).encode() or type(error).__name__.encode()
        return -len(words), words
    assert not hasattr(samples, "shape")  # version 2 gives bytes
    return len(samples), samples


def main() -> None:
    """Answer until the input ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        length, data = answer(source.read(LENGTH.unpack(head)[0]))
        sink.write(LENGTH.pack(length))
        sink.write(data)
        sink.flush()


if __name__ == "__main__":
    main()
