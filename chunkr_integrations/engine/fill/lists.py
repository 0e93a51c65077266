"""Plain lists: the bulleted or numbered lines under a heading, or the parts of a value between commas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.labels import captions_like, labels_of
from chunkr_integrations.engine.fill.schema import Field, Object
from chunkr_integrations.engine.values import norm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.labels import Match
    from chunkr_integrations.engine.fill.reading import Reading, Run
    from chunkr_integrations.engine.fill.schema import Array

__all__ = ["plain_list"]

_BULLET = re.compile(r"^(?:[•‣◦▪●○■□*·\u2013-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])$")
_LEAST = 0.8  # likeness of the heading
_LONGEST = 200  # items
_WORDS = 40  # of an item; longer is prose


def plain_list(reading: Reading, array: Array) -> list[Draft]:
    """The items of an array of texts, or of objects with one text; empty when no list stands under its name."""
    field = _text_field(array)
    if field is None:
        return []
    matches = captions_like(reading, labels_of(array), frozenset(), _LEAST)
    matches.sort(key=lambda m: (-round(m.score, 2), m.caption.run.number))
    for match in matches[:4]:
        items = _bulleted(reading, match) or _inline(reading, match)
        if items:
            return [{field.name: leaf} if isinstance(array.item, Object) else leaf for leaf in items]
    return []


def _text_field(array: Array) -> Field | None:
    item = array.item
    if isinstance(item, Object) and len(item.members) == 1 and isinstance(item.members[0], Field):
        item = item.members[0]
    if isinstance(item, Field) and "string" in item.types and kinds.kind_of(item) in ("text", "prose", "id"):
        return item
    return None


def _bulleted(reading: Reading, match: Match) -> list[Leaf]:
    """The lines with a bullet or a number right under the heading, each with the lines that go on."""
    heading = match.caption.run
    if match.caption.stop < len(heading.words) or reading.after(heading):
        return []
    groups: list[list[Run]] = []
    previous = heading
    for line in reading.lines[heading.line + 1 : heading.line + _LONGEST]:
        if line[0].page != heading.page and not groups:
            break
        inside = [r for r in line if r.left > heading.left - 2 * heading.height]
        if not inside:
            continue
        first = inside[0]
        if first.page == previous.page and first.top - previous.bottom > 2.6 * first.height:
            break
        if _BULLET.match(first.texts[0]) and (len(first.texts) > 1 or len(inside) > 1):
            groups.append(list(inside))
        elif groups and first.left > groups[-1][0].left + 1 and len(groups[-1]) < 12:  # noqa: PLR2004 - lines of an item
            groups[-1] += inside
        else:
            break
        previous = first
    leaves = [_leaf(group, 0.9 * match.score) for group in groups]
    return [leaf for leaf in leaves if leaf is not None]


def _leaf(runs: Sequence[Run], score: float) -> Leaf | None:
    words = [(run.page, word, text) for run in runs for word, text in zip(run.words, run.texts, strict=True)]
    while words and _BULLET.match(words[0][2]):
        words.pop(0)
    text = " ".join(t for _, _, t in words)
    if not norm(text) or len(words) > _WORDS:
        return None
    pages = sorted({page for page, _, _ in words})
    places = tuple(Place(page, tuple(w for p, w, _ in words if p == page)) for page in pages)
    return Leaf(text, places, round(score, 4))


def _inline(reading: Reading, match: Match) -> list[Leaf]:
    """The parts between commas of the words beside a label with a colon."""
    caption = match.caption
    if not caption.colon:
        return []
    run, start = caption.run, caption.stop
    if start >= len(run.words):
        after = reading.after(run)
        if not after:
            return []
        run, start = after[0], 0
    leaves = []
    begin = start
    for index in range(start, len(run.texts)):
        if run.texts[index].endswith((",", ";")) or index == len(run.texts) - 1:
            text = " ".join(run.texts[begin : index + 1]).rstrip(",;. ")
            if norm(text):
                leaves.append(
                    Leaf(text, (Place(run.page, run.words[begin : index + 1]),), round(0.78 * match.score, 4))
                )
            begin = index + 1
    return leaves if all(len(str(leaf.value).split()) <= 8 for leaf in leaves) else []  # noqa: PLR2004 - prose has commas too
