"""Damage to real files, the same for the same number: bits, blocks, figures, mixtures, and the parts inside zips."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence

_FIGURES = (b"0", b"-1", b"65536", b"2147483647", b"4294967296", b"99999999999999999999", b"1e308", b"NaN", b"")
_BYTES = (0, 0x7F, 0x80, 0xFF)
_MOST = 4  # changes of one file


def mutated(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """`data` with a few changes; zips are changed inside as often as outside."""
    if data.startswith(b"PK") and chance.random() < 0.7:
        return _rezipped(data, chance, others)
    for _ in range(chance.randint(1, _MOST)):
        data = chance.choice(_CHANGES)(data, chance, others)
    return data


def _rezipped(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([name for name in parts if name.endswith((".xml", ".rels"))] or list(parts))
    deed = chance.random()
    if deed < 0.1:
        del parts[name]
    elif deed < 0.2:
        parts[name] = parts[chance.choice(list(parts))]
    else:
        for _ in range(chance.randint(1, _MOST)):
            parts[name] = chance.choice((*_CHANGES, _elements, _elements, _figures))(parts[name], chance, others)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return stream.getvalue()


def _place(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 2, 4, 16, 64, 512, 4096)))


def _flip(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _times in range(chance.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = _place(data, chance)
    return data[:start] + bytes([chance.choice(_BYTES)]) * (end - start) + data[end:]


def _delete(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = _place(data, chance)
    return data[:start] + data[end:]


def _repeat(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = _place(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 16, 200)) + data[end:]


def _truncate(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _figures(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    place = chance.choice(found)
    return data[: place.start()] + chance.choice(_FIGURES) + data[place.end() :]


def _elements(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Removes, repeats or nests a tag of markup."""
    found = list(re.finditer(rb"<[^<>]{1,200}>", data))
    if not found:
        return data
    place = chance.choice(found)
    tag = place[0] * chance.choice((0, 2, 3, 40, 3000))
    return data[: place.start()] + tag + data[place.end() :]


def _spliced(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others)
    start, end = _place(other, chance)
    at = chance.randrange(len(data) + 1)
    return data[:at] + other[start:end] + data[at:]


_CHANGES: tuple[Callable[[bytes, random.Random, Sequence[bytes]], bytes], ...] = (
    _flip,
    _flip,
    _overwrite,
    _delete,
    _repeat,
    _truncate,
    _figures,
    _figures,
    _spliced,
)
