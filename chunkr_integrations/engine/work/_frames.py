"""Messages over a pipe between two processes: eight bytes of length, then so many bytes.

The streams have no buffers of their own: a buffer's lock that a daemon thread holds would abort an interpreter's end.
"""

from __future__ import annotations

import struct
from typing import IO

__all__ = ["receive", "send"]

_LENGTH = struct.Struct(">Q")
_AT_ONCE = 1 << 20


def send(stream: IO[bytes], message: bytes) -> None:
    """Write one message.

    Raises:
        OSError: Nobody reads any more.
    """
    rest = memoryview(_LENGTH.pack(len(message)) + message)
    while rest:
        rest = rest[stream.write(rest) :]


def receive(stream: IO[bytes]) -> bytes:
    """Read one message.

    Raises:
        EOFError, OSError: Nobody writes any more.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    parts = []
    while count:
        part = stream.read(min(count, _AT_ONCE))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
