"""A document as windows that fit a model: pieces of segments with short ids, each window with the end of the last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chunkr_integrations.engine.document import Document, Segment

__all__ = ["CountTokens", "Piece", "Window", "approximate_tokens", "windows_of"]

CountTokens: TypeAlias = "Callable[[str], int]"

_LETTERS_A_TOKEN = 4
_ID_TOKENS = 5  # of "[s123] " and the line end
_PIECES_A_WINDOW = 4  # at least, so that windows can end near their limit
_OVERLAP = 0.1  # of a window, given again to the next one, so that what goes on over its end is seen whole
_HEAD = 400  # letters; a longer first line is no head of a table


def approximate_tokens(text: str) -> int:
    """About how many tokens a text has: a fourth of its letters, each letter of what is not Latin script one."""
    wide = sum(ord(letter) > 0x2E80 for letter in text) if not text.isascii() else 0  # noqa: PLR2004 - CJK and beyond
    return wide + (len(text) - wide + _LETTERS_A_TOKEN - 1) // _LETTERS_A_TOKEN


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment, or a part of a long one."""

    id: str  # short, as the model sees it: "s12", "s12b"
    segment_id: str
    page: int  # from 1
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Window:
    """What one question shows of the document."""

    pieces: tuple[Piece, ...]


def windows_of(document: Document, *, limit: int, count: CountTokens = approximate_tokens) -> tuple[Window, ...]:
    """All text of the document in windows of at most `limit` tokens; none when there is no text."""
    pieces = [piece for piece in _pieces(document, max(1, limit // _PIECES_A_WINDOW), count) if piece.text]
    windows: list[Window] = []
    start = 0
    while start < len(pieces):
        stop, total = start, 0
        while stop < len(pieces) and (stop == start or total + pieces[stop].tokens <= limit):
            total += pieces[stop].tokens
            stop += 1
        windows.append(Window(tuple(pieces[start:stop])))
        if stop == len(pieces):
            break
        start = _overlapping(pieces, start, stop, limit)
    return tuple(windows)


def _overlapping(pieces: Sequence[Piece], start: int, stop: int, limit: int) -> int:
    """Where the next window starts: before `stop` by what the overlap holds, yet always further than `start`."""
    begin, total = stop, 0
    while begin - 1 > start and total + pieces[begin - 1].tokens <= limit * _OVERLAP:
        begin -= 1
        total += pieces[begin].tokens
    # What is given again and the piece that was too much have to fit together, or nothing would be new.
    return begin if total + pieces[stop].tokens <= limit else stop


def _pieces(document: Document, limit: int, count: CountTokens) -> Iterator[Piece]:
    for number, segment in enumerate(document.segments, 1):
        for part, text in enumerate(_parts(segment, limit, count)):
            yield Piece(f"s{number}{_suffix(part)}", segment.id, segment.page, text, count(text) + _ID_TOKENS)


def _suffix(part: int) -> str:
    """What follows the number: nothing, b, c, ... and from the 27th part on -27."""
    return "" if part == 0 else chr(ord("a") + part) if part < 26 else f"-{part + 1}"  # noqa: PLR2004 - letters


def _parts(segment: Segment, limit: int, count: CountTokens) -> Iterator[str]:
    """The segment's text in parts at line ends; each part of a table begins with the table's head."""
    text = segment.text.strip()
    if count(text) <= limit:
        yield text
        return
    lines = [part for line in text.split("\n") for part in _cut(line, limit, count)]
    head = f"{lines[0]}\n" if segment.table is not None and len(lines[0]) <= _HEAD else ""
    taken: list[str] = []
    total = 0
    first = True
    for line in lines:
        tokens = count(line) + 1
        if taken and total + tokens > limit:
            yield ("" if first else head) + "\n".join(taken)
            taken, total, first = [], count(head), False
        taken.append(line)
        total += tokens
    yield ("" if first else head) + "\n".join(taken)


def _cut(line: str, limit: int, count: CountTokens) -> Iterator[str]:
    """A line that is too long by itself, in parts; between words where it has some."""
    while count(line) > limit:
        most = max(1, len(line) * limit // count(line))
        blank = line.rfind(" ", most // 2, most)
        end = blank if blank > 0 else most
        yield line[:end]
        line = line[end:].lstrip()
    if line:
        yield line
