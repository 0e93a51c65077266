"""Finding the header of a table by the names of the columns asked for, also where it is stacked over several lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill.labels import labels_of, weight
from chunkr_integrations.engine.fill.reading import tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.document import Page
    from chunkr_integrations.engine.fill.labels import Label
    from chunkr_integrations.engine.fill.schema import Field

__all__ = ["Band", "Head", "Header", "WordIndex", "bands"]

_BAND = 5.0  # heights of a line: the heads of one table end within this distance
_LOOSE = 1.6  # heights: the next line of a stacked head is not further below
_WORST = 0.72  # share of a label's weight that a head must print


@dataclass(frozen=True, slots=True)
class Head:
    """The words over a column."""

    column: int  # which of the columns asked for
    score: float
    left: float
    top: float
    right: float
    bottom: float
    words: tuple[int, ...]
    own: bool  # matched by the schema's own words


@dataclass(frozen=True)
class Band:
    """The heads of one table that were found."""

    page: int
    heads: dict[int, Head]
    score: float  # sum over the heads
    top: float
    bottom: float
    near: tuple[Head, ...] = ()  # all heads at its height, also those that were not chosen


@dataclass
class WordIndex:
    """Words of one page by token, and by line."""

    page: Page
    tokens: list[tuple[str, ...]] = field(default_factory=list)
    by_token: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    order: dict[int, tuple[int, int]] = field(default_factory=dict)  # word -> line and place in it

    @classmethod
    def of(cls, page: Page) -> WordIndex:
        """The index of `page`."""
        index = cls(page)
        for number, word in enumerate(page.words):
            tokens = tokens_of(word.text)
            index.tokens.append(tokens)
            for token in dict.fromkeys(tokens):
                index.by_token[token].append(number)
        for number, line in enumerate(page.lines):
            for place, word_index in enumerate(line):
                index.order[word_index] = (number, place)
        return index

    def heads(self, column: int, label: Label) -> Iterator[Head]:
        """All places where the label's words stand after or under each other."""
        wanted = list(label.tokens)
        total = sum(weight(t) for t in wanted)
        for begin in range(min(2, len(wanted))):  # the first word may be missing or spelled otherwise
            for start in self.by_token.get(wanted[begin], ()):
                words, matched = self._chain(start, wanted[begin:])
                share = matched / total if total else 0.0
                if share >= _WORST:
                    extra = self._extra(words, wanted)
                    score = label.worth * share * (1.0 - 0.12 * extra)
                    if score > 0.5:  # noqa: PLR2004 - more likely another column
                        yield self._head(column, words, score, label.own)
            if len(wanted) == 1 or self.by_token.get(wanted[0]):
                break

    def _head(self, column: int, words: Sequence[int], score: float, own: bool) -> Head:
        boxes = [self.page.words[w].box for w in words]
        return Head(
            column,
            score,
            min(b.left for b in boxes),
            min(b.top for b in boxes),
            max(b.right for b in boxes),
            max(b.bottom for b in boxes),
            tuple(words),
            own,
        )

    def _chain(self, start: int, wanted: Sequence[str]) -> tuple[list[int], float]:
        """Words from `start` on that print `wanted`, along the line or down the column."""
        words = [start]
        todo = list(wanted)
        matched = _strike(self.tokens[start], todo)
        while todo:
            following = self._next(words, todo)
            if following is None:
                break
            words.append(following)
            matched += _strike(self.tokens[following], todo)
        return words, matched

    def _next(self, words: Sequence[int], todo: Sequence[str]) -> int | None:
        last = words[-1]
        line, place = self.order[last]
        lines = self.page.lines
        box = self.page.words[last].box
        if place + 1 < len(lines[line]):
            candidate = lines[line][place + 1]
            other = self.page.words[candidate].box
            near = other.left - box.right < 1.0 * max(box.height, 1.0)
            if near and (set(self.tokens[candidate]) & set(todo) or not self.tokens[candidate]):
                return candidate
        left = min(self.page.words[w].box.left for w in words)
        right = max(self.page.words[w].box.right for w in words)
        margin = 0.8 * box.height
        for below in range(line + 1, min(line + 3, len(lines))):
            for candidate in lines[below]:
                other = self.page.words[candidate].box
                if other.top > box.bottom + _LOOSE * box.height:
                    return None
                if other.left > right + margin or other.right < left - margin or other.top < box.top + 0.3 * box.height:
                    continue
                if set(self.tokens[candidate]) & set(todo):
                    return candidate
        return None

    def _extra(self, words: Sequence[int], wanted: Sequence[str]) -> int:
        """How many other words touch the head on its lines: it is then a part of something longer."""
        count = 0
        known = set(wanted)
        for word, step in ((words[0], -1), (words[-1], 1)):
            line, place = self.order[word]
            box, beside = self.page.words[word].box, place + step
            if 0 <= beside < len(self.page.lines[line]):
                other = self.page.words[self.page.lines[line][beside]]
                gap = other.box.left - box.right if step > 0 else box.left - other.box.right
                tokens = self.tokens[self.page.lines[line][beside]]
                if gap < 0.62 * box.height and any(t not in known and weight(t) > 0.1 for t in tokens):  # noqa: PLR2004 - spaces
                    count += 1
        return count


def _strike(tokens: Sequence[str], todo: list[str]) -> float:
    """Takes the tokens out of what is still to find; the weight of those that were there."""
    matched = 0.0
    for token in tokens:
        if token in todo:
            todo.remove(token)
            matched += weight(token)
    return matched


@dataclass(frozen=True)
class Header:
    """The labels of an array's columns, made once."""

    fields: tuple[Field, ...]
    labels: tuple[tuple[Label, ...], ...]

    @classmethod
    def of(cls, fields: Sequence[Field]) -> Header:
        """The labels of `fields`, those with a slash also by their last part, which stands nearest to the data."""
        return cls(tuple(fields), tuple(_head_labels(f) for f in fields))


def _head_labels(field_: Field) -> tuple[Label, ...]:
    found = {label.tokens: label for label in labels_of(field_)}
    text = field_.description
    if " / " in text and ":" in text:
        part = tokens_of(text.rsplit(" / ", 1)[1])
        if part:
            base = next(iter(found.values()))
            found[part] = type(base)(part, 0.97, own=True)
    return tuple(found.values())


def bands(index: WordIndex, header: Header) -> list[Band]:
    """Groups of heads at one height that may be the header asked for, best first."""
    heads: list[Head] = []
    for column, labels in enumerate(header.labels):
        best: dict[tuple[int, ...], Head] = {}
        for label in labels:
            for head in index.heads(column, label):
                key = head.words[:1]
                if key not in best or best[key].score < head.score:
                    best[key] = head
        heads += best.values()
    heads.sort(key=lambda h: h.bottom)
    found = []
    for anchor in heads:
        height = max(anchor.bottom - anchor.top, 6.0)
        unit = min(height, 14.0)
        near = [h for h in heads if abs(h.bottom - anchor.bottom) <= _BAND / 2 * unit]
        band = _band(index.page.number, near, anchor)
        if band is not None:
            found.append(band)
    found.sort(key=lambda b: -b.score)
    return _apart(found)


def _band(page: int, near: list[Head], anchor: Head) -> Band | None:
    """The best non-overlapping heads, one a column."""
    chosen: dict[int, Head] = {}
    for head in sorted(near, key=lambda h: (-round(h.score, 2), abs(h.bottom - anchor.bottom), h.left)):
        if head.column in chosen:
            continue
        if any(set(head.words) & set(other.words) for other in chosen.values()):
            continue
        if any(_same_place(head, other) for other in chosen.values()):
            continue
        chosen[head.column] = head
    if not chosen:
        return None
    ordered = sorted(chosen.items())
    rising = sum(a[1].left < b[1].left for a, b in pairwise(ordered))
    score = sum(h.score for h in chosen.values()) + 0.05 * rising
    top, bottom = min(h.top for h in chosen.values()), max(h.bottom for h in chosen.values())
    return Band(page, chosen, score, top, bottom, tuple(h for h in near if h.bottom <= bottom + 1))


def _same_place(a: Head, b: Head) -> bool:
    """Whether one stands over the other: then they head one column."""
    shared = min(a.right, b.right) - max(a.left, b.left)
    return shared > 0.6 * min(a.right - a.left, b.right - b.left)


def _apart(found: list[Band]) -> list[Band]:
    """Bands without those that mostly repeat a better one."""
    kept: list[Band] = []
    for band in found:
        words = {w for h in band.heads.values() for w in h.words}
        if all(not words & {w for h in other.heads.values() for w in h.words} for other in kept):
            kept.append(band)
    return kept
