"""The sections of a document under their headings, column by column, as lines with their bullets and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.values import norm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["Line", "Section", "Text", "joined", "outline", "printed_parts", "split"]

_BULLET = re.compile(r"^(?:[•‣◦▪●○■□❖➢➤✓*·\uf0b7\uf0a7\u2013\u2014-]|o|e|«|»|¢|°|>)$")
_COLUMN = 120.0  # points between the headings of two columns
_LONGEST_HEADING = 8  # words
_LEAST_LETTERS = 5  # of a heading in capitals
_SKIPPED = frozenset({"PageHeader", "PageFooter", "PageNumber"})


@dataclass(frozen=True)
class Text:
    """Some words of the pages, in reading order."""

    words: tuple[tuple[int, int, str], ...]  # page, index of the word, what it prints

    @property
    def text(self) -> str:
        """The words with one blank between them."""
        return " ".join(t for _, _, t in self.words)

    def part(self, start: int, stop: int) -> Text:
        """The words that characters `start` to `stop` of the text touch."""
        kept, at = [], 0
        for word in self.words:
            if at < stop and at + len(word[2]) > start:
                kept.append(word)
            at += len(word[2]) + 1
        return Text(tuple(kept))

    def places(self) -> tuple[Place, ...]:
        """Where the words stand, one place a page."""
        pages = sorted({page for page, _, _ in self.words})
        return tuple(Place(p, tuple(w for page, w, _ in self.words if page == p)) for p in pages)

    def leaf(self, score: float, value: str | None = None) -> Leaf:
        """The words as a value; empty where they have no letters or digits."""
        text = (self.text if value is None else value).strip(" ,;:|\u2013\u2014-")
        return Leaf(text, self.places(), score) if norm(text) and self.words else Leaf(None)


@dataclass(frozen=True)
class Line(Text):
    """A line of one column."""

    bullet: bool = False
    left: float = 0.0
    right: float = 0.0
    gaps: tuple[int, ...] = ()  # words before which there is a wide gap


@dataclass
class Section:
    """A heading and the lines under it."""

    heading: Line
    tokens: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)


def joined(parts: Iterable[Text]) -> Text:
    """Several stretches of words as one."""
    return Text(tuple(word for part in parts for word in part.words))


def split(text: Text, pattern: str) -> list[Text]:
    """The stretches of a text between marks."""
    return [part for part, _ in printed_parts(text, pattern)]


def printed_parts(text: Text, pattern: str) -> list[tuple[Text, str]]:
    """The stretches between marks with what each prints: "SQL,CSS" is one word and two stretches."""
    found, begin = [], 0
    whole = text.text
    for mark in re.finditer(pattern, whole):
        found.append((begin, mark.start()))
        begin = mark.end()
    found.append((begin, len(whole)))
    return [(text.part(a, b), whole[a:b]) for a, b in found if norm(whole[a:b])]


def outline(reading: Reading, known: Callable[[tuple[str, ...]], bool]) -> tuple[list[Line], list[Section]]:
    """The lines before the first heading, and the sections.

    Args:
        reading: The document.
        known: Whether words are a heading of such a document; headings that look like the known ones count, too.
    """
    runs = [run for line in reading.lines for run in line if _may_head(run)]
    headers = [s for s in reading.document.segments if s.type in {"SectionHeader", "Title"} and s.words]
    levels = {(s.page, s.words[0]): s.level for s in headers}
    found = [run for run in runs if known(tokens_of(run.text))]
    heads = {run.number for run in found}
    upper = sum(run.text.isupper() for run in found) * 2 > len(found)
    like = [level for run in found if (level := levels.get((run.page, run.words[0]))) is not None]
    usual = max(set(like), key=like.count) if like else None
    for run in runs:
        plain = not any(c.isdigit() or c == "|" for c in run.text)
        marked = usual is not None and levels.get((run.page, run.words[0])) == usual
        shouted = run.text.isupper() and sum(c.isalpha() for c in run.text) >= _LEAST_LETTERS
        if plain and (shouted if upper else marked) and (marked or len(reading.lines[run.line]) == 1):
            heads.add(run.number)
    lead: list[Line] = []
    sections: list[Section] = []
    for column in _columns(reading, heads):
        under = lead
        for runs_of in column:
            line = _line(runs_of)
            if any(run.number in heads for run in runs_of):
                sections.append(Section(line, tokens_of(line.text)))
                under = sections[-1].lines
            elif norm(line.text):
                under.append(line)
    return lead, [s for s in sections if s.lines]


def _may_head(run: Run) -> bool:
    return (
        len(run.texts) <= _LONGEST_HEADING
        and not run.text.endswith((".", ",", ";"))
        and any(c.isalpha() for c in run.text)
    )


def _columns(reading: Reading, heads: set[int]) -> list[list[list[Run]]]:
    """The runs of each line by column: two where headings start at two places of a page."""
    skipped = {(s.page, w) for s in reading.document.segments if s.type in _SKIPPED for w in s.words}
    streams: list[list[list[Run]]] = [[], []]
    for lines in reading.page_lines.values():
        here = [reading.lines[i] for i in lines]
        lefts = sorted(run.left for line in here for run in line if run.number in heads)
        cut = float("inf")
        if lefts and lefts[-1] - lefts[0] > _COLUMN:
            cut = min(x for x in lefts if x - lefts[0] > _COLUMN) - 6
            crossing = sum(r.left < cut - 6 and r.right > cut + 12 for line in here for r in line)
            if crossing > 0.2 * len(here):
                cut = float("inf")
        for line in here:
            kept = [r for r in line if (r.page, r.words[0]) not in skipped]
            for stream, runs in zip(
                streams, ([r for r in kept if r.left < cut], [r for r in kept if r.left >= cut]), strict=True
            ):
                if runs:
                    stream.append(runs)
    return streams


def _line(runs: Sequence[Run]) -> Line:
    """A line of a column; its bullet is set apart."""
    kept = list(runs)
    bullet = bool(_BULLET.match(kept[0].texts[0])) and (len(kept) > 1 or len(kept[0].texts) > 1)
    words = [(r.page, w, t) for r in kept for w, t in zip(r.words, r.texts, strict=True)]
    gaps, count = [], 0
    for run in kept:
        if count:
            gaps.append(count)
        count += len(run.words)
    if bullet:
        words, gaps = words[1:], [g - 1 for g in gaps if g > 1]
    return Line(tuple(words), bullet, kept[0].left, kept[-1].right, tuple(gaps))
