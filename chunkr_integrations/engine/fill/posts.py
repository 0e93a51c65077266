"""What an entry of a curriculum vitae was and where: the post or degree, and the organisation."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill.addresses import is_country
from chunkr_integrations.engine.fill.outline import Line, Text, joined, split
from chunkr_integrations.engine.fill.vitae_words import DEGREE, ORGANISATION, POST
from chunkr_integrations.engine.values import norm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.fill.entries import Entry

__all__ = ["GUESS", "SCORE", "what_and_where"]

SCORE, GUESS = 0.85, 0.72  # by a word that marks it; by being what is left
_MARKS = r"\s[|\u2013\u2014•·@-]\s|\s[|•·]|\|"
_LINES = 2  # of the body that may still belong to the head
_HEAD_WORDS = 10  # of such a line


def what_and_where(entry: Entry, *, studies: bool) -> tuple[Leaf, Leaf, int]:
    """What an entry was and where, and how many lines of its body said so."""
    pattern = DEGREE if studies else POST
    pieces: list[Text] = []
    for line in entry.head:
        pieces += _pieces(line, entry.span.whole if line is entry.dated else None)
    used = 0
    what, where = _told_apart(pieces, pattern)
    while (what.value is None or where.value is None) and used < min(_LINES, len(entry.body)):
        line = entry.body[used]
        if line.bullet or len(line.words) > _HEAD_WORDS or line.text.endswith((".", ":")):
            break
        more = [*pieces, *_pieces(line, None)]
        better = _told_apart(more, pattern)
        if sum(leaf.value is not None for leaf in better) <= (what.value is not None) + (where.value is not None):
            break
        pieces, (what, where), used = more, better, used + 1
    return what, where, used


def _pieces(line: Line, dated: tuple[int, int] | None) -> list[Text]:
    """The parts of a line between gaps and marks, without its date."""
    text = line.text
    cuts = [0, *(len(" ".join(t for _, _, t in line.words[:gap])) + 1 for gap in line.gaps)]
    for mark in re.finditer(_MARKS, text):
        cuts += [mark.start(), mark.end()]
    if dated is not None:
        cuts += [*dated]
    edges = [*sorted(set(cuts)), len(text)]
    found = []
    for a, b in pairwise(edges):
        if dated is not None and a >= dated[0] and b <= dated[1]:
            continue
        piece = text[a:b].strip(" |,;()\u2013\u2014-•·@")
        if norm(piece):
            begin = a + text[a:b].index(piece)
            found.append(line.part(begin, begin + len(piece)))
    return found


def _told_apart(pieces: Sequence[Text], pattern: re.Pattern[str]) -> tuple[Leaf, Leaf]:
    """The piece that names the post or degree, and the one that names the organisation."""
    marked = [(bool(pattern.search(p.text)), bool(ORGANISATION.search(p.text))) for p in pieces]
    what = next((i for i, (w, o) in enumerate(marked) if w and not o), None)
    where = next((i for i, (w, o) in enumerate(marked) if o and not w), None)
    if what is None and where is None:
        both = next((i for i, (w, o) in enumerate(marked) if w and o), None)
        return _parted(pieces[both], pattern) if both is not None else (Leaf(None), Leaf(None))
    if what is not None and where is not None:
        short = len(pieces[what].words) <= 2 and "," in pieces[where].text  # noqa: PLR2004 - "BSc" alone
        if short and where == what + 1:
            return _subject(pieces[what], pieces[where])
        return pieces[what].leaf(SCORE), pieces[where].leaf(SCORE)
    rest = [p for i, p in enumerate(pieces) if i not in (what, where) and not _is_place(p.text)]
    left = rest[0].leaf(GUESS) if rest else Leaf(None)
    if where is None and what is not None:
        if left.value is None and "," in pieces[what].text:
            return _parted(pieces[what], pattern)
        return pieces[what].leaf(SCORE), left
    return left, pieces[where].leaf(SCORE) if where is not None else Leaf(None)


def _subject(degree: Text, rest: Text) -> tuple[Leaf, Leaf]:
    """A degree with its subject, which stands before the organisation: "BS", "Computer Science, Norwood Institute"."""
    parts = split(rest, r",(?![^()]*\))")
    first = next((i for i, part in enumerate(parts) if ORGANISATION.search(part.text)), 0)
    if not first:
        return degree.leaf(SCORE), rest.leaf(SCORE)
    return joined([degree, *parts[:first]]).leaf(SCORE), joined(parts[first:]).leaf(SCORE)


def _parted(piece: Text, pattern: re.Pattern[str]) -> tuple[Leaf, Leaf]:
    """Post and organisation of one stretch: "Visiting Professor, Stanford University"."""
    parts = split(piece, r",(?![^()]*\))| at (?=[A-Z])")
    whole = piece.text
    what = [i for i, p in enumerate(parts) if pattern.search(p.text) and not ORGANISATION.search(p.text)]
    where = [i for i, p in enumerate(parts) if ORGANISATION.search(p.text)]
    if not what or not where:
        if len(parts) > 1 and what and what[0] == 0:
            return parts[0].leaf(SCORE), parts[1].leaf(GUESS)
        return Leaf(None), Leaf(None)
    if what[0] < where[0]:
        first = parts[where[0]] if what[0] + 1 != where[0] else parts[what[0] + 1]
        stop = len(whole)
        begin = whole.index(first.text)
        return joined(parts[: where[0]]).leaf(SCORE), piece.part(begin, stop).leaf(SCORE)
    return parts[what[0]].leaf(SCORE), joined(parts[: what[0]]).leaf(SCORE)


def _is_place(text: str) -> bool:
    return is_country(text) or bool(re.fullmatch(r"[A-Z][\w .'-]+, (?:[A-Z]{2}|[A-Z][a-z]+)|[Rr]emote", text))
