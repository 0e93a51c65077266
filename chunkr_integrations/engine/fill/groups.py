"""The groups that a document's rows stand in: what names each, in reading order, and the lines below it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.arrays import cell_leaf
from chunkr_integrations.engine.fill.labels import is_total
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.rows import ends_table
from chunkr_integrations.engine.values import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from chunkr_integrations.engine.draft import Leaf
    from chunkr_integrations.engine.fill.headers import Band
    from chunkr_integrations.engine.fill.reading import Reading, Run
    from chunkr_integrations.engine.fill.schema import Field

__all__ = ["Group", "Layout", "goes_on", "groups_of", "headings"]

_CONTINUED = re.compile(r"\W*\b(?:cont(?:inued|d|'d|\.)?|fortsetzung|forts\.|suite|continuaci[oó]n)\W*$", re.IGNORECASE)
_FAR = 4.0  # in heights of a line: what stands further below belongs to the table only if it fills its columns
_FOOT = 10.0  # the same, whatever it fills: the foot of the page
_AROUND = ("PageHeader", "PageFooter", "PageNumber")


@dataclass
class Group:
    """What names a group, and the lines of the table below it."""

    leaves: dict[Field, Leaf] = field(default_factory=dict)
    before: set[Field] = field(default_factory=set)  # those of `leaves` that stand over the rows
    lines: list[list[Run]] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """The lines of a document that matter to its groups, by their index in `Reading.lines`."""

    reading: Reading
    headers: Sequence[Band]  # the same heads each time, in reading order
    header_lines: Mapping[int, Band]

    @classmethod
    def of(cls, reading: Reading, headers: Sequence[Band]) -> Layout:
        """The layout of the pages with `headers` on them."""
        lines = {}
        for band in headers:
            words = {w for head in band.heads.values() for w in head.words}
            for index in reading.page_lines[band.page]:
                line = reading.lines[index]
                middle = (line[0].top + line[0].bottom) / 2
                if band.top < middle < band.bottom or any(words & set(run.words) for run in line):
                    lines[index] = band
        return cls(reading, headers, lines)

    def fits(self, line: Sequence[Run]) -> bool:
        """Whether a line has data under at least half of the heads, and under more than one."""
        heads = self.headers[0].heads.values()
        filled = sum(any(r.left < h.right + 4 and r.right > h.left - 4 for r in line) for h in heads)
        return filled > 1 and filled * 2 >= len(heads)

    def around(self) -> set[int]:
        """The lines of page headers and footers."""
        reading = self.reading
        found = set()
        for page in reading.document.pages:
            words = {w for s in page.segments if s.type in _AROUND for w in s.words}
            for index in reading.page_lines[page.number] if words else ():
                if all(words.issuperset(run.words) for run in reading.lines[index]):
                    found.add(index)
        return found - set(self.header_lines)  # repeated, too


def goes_on(first: Leaf, other: Leaf) -> bool:
    """Whether a label only says again whose rows follow, as over a page break: "Acme Ltd (continued)"."""
    return _plain(first) == _plain(other)


def _plain(leaf: Leaf) -> str:
    return fold(_CONTINUED.sub("", str(leaf.value))).strip()


def groups_of(layout: Layout, marks: Mapping[int, Mapping[Field, Leaf]]) -> list[Group]:
    """The groups with rows, in reading order; empty where rows stand in none, or in which is not clear.

    Args:
        layout: Where the heads of the rows' table are.
        marks: What names a group, by the index of the line it stands on.
    """
    walk = _Walk(layout, marks)
    clear = all(
        walk.line(page.number, index) for page in layout.reading.document.pages for index in walk.lines(page.number)
    )
    groups = [group for group in walk.groups if group.lines]
    if len(groups) == 1 < len(walk.groups):
        clear = False  # several names over the rows of one
    return _consistent(groups) if clear else []


def _consistent(groups: list[Group]) -> list[Group]:
    """The groups with the fields that stand at one side of the rows, and not in the first group only."""
    sides: dict[Field, set[bool]] = {}
    for group in groups:
        for asked in group.leaves:
            sides.setdefault(asked, set()).add(asked in group.before)
    for asked, several in sides.items():
        first_only = len(groups) > 1 and not any(asked in group.leaves for group in groups[1:])
        if len(several) > 1 or first_only:
            for group in groups:
                group.leaves.pop(asked, None)
    return groups


class _Walk:
    """Goes through the lines once and keeps what they belong to."""

    def __init__(self, layout: Layout, marks: Mapping[int, Mapping[Field, Leaf]]) -> None:
        self.layout = layout
        self.marks = marks
        self.groups: list[Group] = []
        self.around = layout.around()
        self.band: Band | None = None  # the last header that was passed
        self.open = False  # whether lines are read as rows
        self.fresh = True  # whether the group was named, or the page turned, since the last row
        self.summed = False  # whether a total was the last line
        self.page = 0
        self.bottom: float | None = None  # of the last line of the table on the page

    def lines(self, page: int) -> Iterator[int]:
        return (index for index in self.layout.reading.page_lines[page] if index not in self.around)

    def line(self, page: int, index: int) -> bool:
        """Takes a line; whether it is still clear whose the rows are."""
        if page != self.page:
            headed = any(band.page == page for band in self.layout.headers)
            self.page, self.bottom, self.fresh = page, None, True
            self.open = self.open and not headed
        if index in self.marks:
            self.named(index)
        band = self.layout.header_lines.get(index)
        if band is not None:
            return self.headed(band)
        return self.row(index) if self.open and index not in self.marks else True

    def headed(self, band: Band) -> bool:
        if band is self.band:
            self.bottom = band.bottom
            return True
        self.band, self.open, self.bottom = band, True, band.bottom
        return self.fresh or not self.groups  # a second table of the group, or one of nobody

    def named(self, index: int) -> None:
        for asked, leaf in self.marks[index].items():
            last = self.groups[-1] if self.groups else None
            known = last.leaves.get(asked) if last else None
            if last is None or (known is not None and not (self.turned(last) and goes_on(known, leaf))):
                last, known = Group(), None
                self.groups.append(last)
            if known is None:
                last.leaves[asked] = leaf
                if not last.lines:
                    last.before.add(asked)
        self.fresh = not self.groups[-1].lines or self.turned(self.groups[-1])
        if self.fresh:
            self.open = self.band is not None and not self.header_follows(index)
        self.bottom, self.summed = self.layout.reading.lines[index][0].bottom, False

    def turned(self, group: Group) -> bool:
        """Whether the rows of the group so far are all of earlier pages."""
        return bool(group.lines) and group.lines[-1][0].page < self.page

    def header_follows(self, index: int) -> bool:
        """Whether the heads are printed again below a label, before the next one of another line of labels."""
        for other in self.lines(self.page):
            if other > index and other in self.layout.header_lines:
                return True
            if other > index and self.layout.fits(self.layout.reading.lines[other]) and other not in self.marks:
                return False
        return False

    def row(self, index: int) -> bool:
        line = self.layout.reading.lines[index]
        top, height = min(r.top for r in line), max(line[0].height, 6.0)
        if any(is_total(run.text) for run in line[:2]):
            self.bottom, self.summed = max(r.bottom for r in line), True
            return True
        fits = self.layout.fits(line)
        if self.bottom is None and not fits:
            return True  # over the rows that go on from the page before
        gap = 0.0 if self.bottom is None else (top - self.bottom) / height
        if ((gap > _FAR or self.summed) and not fits) or gap > _FOOT or ends_table(line, self.layout.headers[0]):
            self.open = False
            return True
        if not self.groups:
            return not (fits and any(kinds.has_digit(run.text) for run in line))
        self.groups[-1].lines.append(line)
        self.fresh = self.summed = False
        self.bottom = max(r.bottom for r in line)
        return True


_SHORT = 8  # words of a heading
_NEAR = 3.0  # heights between a heading and what it is over
_FLUSH = 3.0  # points
_HEADING = 0.75  # score of a heading that nothing calls what is asked for


def headings(layout: Layout, asked: Field, labels: Iterable[tuple[str, ...]]) -> dict[int, dict[Field, Leaf]]:
    """The headings that name groups, by their lines: those over each header, or those between the rows of one table."""
    known = sorted(labels, key=len, reverse=True)
    worded = kinds.kind_of(asked) == "text"

    def heads(line: Sequence[Run]) -> bool:
        return _is_heading(line, worded=worded) and named(line).value is not None

    def named(line: Sequence[Run]) -> Leaf:
        return replace(cell_leaf(layout.reading, asked, [_unlabelled(line[0], known)], _HEADING), way="")

    for lines in (_over_headers(layout, heads), _between_rows(layout, heads)):
        found = {index: named(layout.reading.lines[index]) for index in lines}
        if len({_plain(leaf) for leaf in found.values()}) > 1:  # one for all is the table's
            return {index: {asked: leaf} for index, leaf in found.items()}
    return {}


def _over_headers(layout: Layout, heads: Callable[[list[Run]], bool]) -> list[int]:
    found = []
    around = layout.around()
    for band in layout.headers:
        first = min(index for index, other in layout.header_lines.items() if other is band)
        index = first - 1
        if index in layout.reading.page_lines[band.page] and index not in around:
            line = layout.reading.lines[index]
            if heads(line) and band.top - line[0].bottom < _NEAR * line[0].height:
                found.append(index)
    return found


def _between_rows(layout: Layout, heads: Callable[[list[Run]], bool]) -> list[int]:
    """Lines of one run, flush with the first, over a row each; the first of them over the first row."""
    reading = layout.reading
    found: list[int] = []
    begin = max(i for i, band in layout.header_lines.items() if band is layout.headers[0]) + 1
    last = max(lines.stop for lines in reading.page_lines.values())
    for index in range(begin, last - 1):
        line, below = reading.lines[index], reading.lines[index + 1]
        if index in layout.header_lines or not heads(line) or not layout.fits(below):
            if index == begin:
                return []
            continue
        if line[0].page != below[0].page or index + 1 in layout.header_lines:
            continue
        if found and abs(line[0].left - reading.lines[found[0]][0].left) > _FLUSH:
            continue
        if line[0].text[:1].islower():  # a cell that goes on: so may the others be
            return []
        found.append(index)
    return found


def _is_heading(line: Sequence[Run], *, worded: bool) -> bool:
    text = line[0].text
    short = len(line) == 1 and len(line[0].words) <= _SHORT
    letters = any(c.isalpha() for c in text)
    return short and (letters or not worded) and not is_total(text) and not text.endswith((".", ";", ",", ":"))


def _unlabelled(run: Run, labels: Sequence[tuple[str, ...]]) -> Run:
    """A heading without the words that say what it is: "Sales" of "Department Sales"."""
    for label in labels:
        count = len(label)
        if len(run.texts) > count and tokens_of(" ".join(run.texts[:count])) == label:
            return replace(run, words=run.words[count:], texts=run.texts[count:])
    return run
