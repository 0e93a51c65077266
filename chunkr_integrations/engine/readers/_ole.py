"""A check of OLE files (the container of .xls): chains of sectors that run in a circle are read for ever elsewhere."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["has_circles"]

_LAST = 0xFFFFFFFA  # larger numbers are marks ([MS-CFB] 2.1, Compound File Sector Numbers and Types)
_HEADER = 512
_SIZES = {9: 512, 12: 4096}  # bytes of a sector, by its shift
_IN_HEADER = 109  # sectors of the allocation table that the header names


def has_circles(data: bytes) -> bool:
    """Whether a chain of the file's allocation tables comes back to itself; true for what cannot be followed, too."""
    try:
        size = _SIZES[struct.unpack_from("<H", data, 30)[0]]
        first_small, _, first_more, _ = struct.unpack_from("<4I", data, 60)
        table = _table(data, size, first_more)
        small = [number for sector in _chain(table, first_small) for number in _sector(data, size, sector)]
    except (struct.error, KeyError, _CircleError):
        return True
    return _runs_in_circles(table) or _runs_in_circles(small)


class _CircleError(Exception):
    pass


def _table(data: bytes, size: int, more: int) -> list[int]:
    """The allocation table: for each sector the one that follows it."""
    named = list(struct.unpack_from(f"<{_IN_HEADER}I", data, 76))
    seen: set[int] = set()
    while more < _LAST:
        if more in seen:
            raise _CircleError
        seen.add(more)
        *numbers, more = _sector(data, size, more)
        named += numbers
    return [number for sector in named if sector < _LAST for number in _sector(data, size, sector)]


def _sector(data: bytes, size: int, number: int) -> Sequence[int]:
    return struct.unpack_from(f"<{size // 4}I", data, max(size, _HEADER) + number * size)


def _chain(table: Sequence[int], sector: int) -> Iterator[int]:
    left = len(table)
    while sector < len(table):
        if not left:
            raise _CircleError
        left -= 1
        yield sector
        sector = table[sector]


def _runs_in_circles(table: Sequence[int]) -> bool:
    """Each sector is looked at once: those already known to end are not followed again."""
    ends = bytearray(len(table))
    for start in range(len(table)):
        trail = []
        sector = start
        while sector < len(table) and not ends[sector]:
            ends[sector] = 2  # on the trail
            trail.append(sector)
            sector = table[sector]
        if sector < len(table) and ends[sector] == 2:  # noqa: PLR2004 - as above
            return True
        for each in trail:
            ends[each] = 1
    return False
