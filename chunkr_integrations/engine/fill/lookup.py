"""Numbers looked up by row and column: questions to a grid, and rows with a column for each period."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.labels import captions_like, labels_of, weight
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import Field, Object
from chunkr_integrations.engine.values import read_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.document import Cell, Segment
    from chunkr_integrations.engine.fill.labels import Match
    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["Lookup", "is_question", "period_rows"]

_QUESTION = re.compile(
    r"\?\s*$|^(?:what|how|which|how many|how much|when|who|wie|welche|was|combien|quel|hoeveel|cuant|quant)\b",
    re.IGNORECASE,
)
_LIKE = {
    "percentage": "percent",
    "proportion": "percent",
    "rate": "percent",
    "share": "percent",
    "increased": "change",
    "increase": "change",
    "decrease": "change",
    "decreased": "change",
    "grew": "change",
    "all": "total",
    "overall": "total",
    "altogether": "total",
    "mean": "average",
    "avg": "average",
    "died": "death",
    "die": "death",
    "seniors": "senior",
    "men": "male",
    "women": "female",
    "boys": "male",
    "girls": "female",
    "man": "male",
    "woman": "female",
}
_UNIT_WORDS = frozenset({"percent", "number", "average", "total"})
_NOISE = frozenset(
    tokens_of(
        "what is was were are did do does how much many has have had been of the in among for that they said those "
        "reported report reporting"
    )
)


def is_question(field: Field) -> bool:
    """Whether a field's description asks something of a table, rather than naming a label."""
    return bool(_QUESTION.search(field.description)) and len(field.description.split()) > 4  # noqa: PLR2004 - words


def _stem(token: str) -> str:
    token = _LIKE.get(token, token)
    for ending in ("ization", "ation", "ized", "ised", "ing", "ed", "er", "or"):
        if token.endswith(ending) and len(token) - len(ending) >= 5:  # noqa: PLR2004 - "number" is none
            return token[: -len(ending)]
    return token


def _words(text: str) -> tuple[str, ...]:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return tuple(_stem(t) for t in tokens_of(text))


_PERCENT = _stem("percent")


def _spelled(asked: Sequence[str], known: dict[str, float]) -> list[str]:
    """The words asked as the table spells them: "gosseberries" are its gooseberries."""
    found = []
    for word in asked:
        if word not in known and len(word) > 4:  # noqa: PLR2004 - short words have too many neighbours
            near = process.extractOne(word, known.keys(), scorer=fuzz.ratio, score_cutoff=84)
            found.append(near[0] if near else word)
        else:
            found.append(word)
    return found


@dataclass
class _Grid:
    """A table with the words that head its rows and columns."""

    segment: Segment
    numbers: dict[tuple[int, int], Cell]
    rows: dict[int, list[tuple[str, ...]]]  # headings over a row, outermost first; the last is its own
    columns: dict[int, list[tuple[str, ...]]]
    idf: dict[str, float]


class Lookup:
    """The grids of a document."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.grids = [g for s in reading.document.segments if s.table is not None and (g := self._grid(s)) is not None]

    def _grid(self, segment: Segment) -> _Grid | None:
        table = segment.table
        if table is None or table.rows < 2 or table.columns < 2:  # noqa: PLR2004 - no grid
            return None
        cells = {(c.row, c.column): c for c in table.cells if c.text.strip()}
        first = min((c.column for c in cells.values()), default=0)
        numeric = {
            at: c
            for at, c in cells.items()
            if c.column > first and read_number(" ".join(c.text.split()), self.reading.convention) is not None
        }
        body = [r for r in range(table.rows) if self._is_data(r, cells, numeric, first)]
        if not body:
            return None
        top = body[0]
        while top > 0 and (top - 1, first) in cells and not any(r == top - 1 and c > first for r, c in cells):
            top -= 1  # headings of groups over the first row of data
        rows = _row_headings(table.rows, top, cells, set(body), first)
        columns = {c: _column_headings(c, top, cells, first) for c in {c for _, c in numeric}}
        texts = [set().union(*levels) for levels in (*rows.values(), *columns.values()) if levels]
        counts: Counter[str] = Counter(t for words in texts for t in words)
        idf = {t: log(1 + len(texts) / n) for t, n in counts.items()}
        values = {at: c for at, c in numeric.items() if at[0] in rows}
        return _Grid(segment, values, rows, columns, idf)

    @staticmethod
    def _is_data(
        row: int, cells: dict[tuple[int, int], Cell], numeric: dict[tuple[int, int], Cell], first: int
    ) -> bool:
        filled = [at for at in cells if at[0] == row and at[1] > first]
        numbers = [at for at in filled if at in numeric]
        if not numbers or (row, first) not in cells:
            return False
        years = sum(bool(re.fullmatch(r"(?:19|20)\d\d", numeric[at].text.strip())) for at in numbers)
        return years < len(numbers) or len(numbers) == 0

    def answer(self, field: Field) -> Leaf:
        """The cell that the field's question speaks of; empty where no cell or several fit."""
        asked = [t for t in _words(field.description) if t not in _NOISE]
        best: list[tuple[float, float, _Grid, tuple[int, int]]] = []
        for grid in self.grids:
            wanted = _spelled(asked, grid.idf)
            rows = {r: self._fit(levels, wanted, grid) for r, levels in grid.rows.items()}
            columns = {c: self._fit(levels, wanted, grid) for c, levels in grid.columns.items()}
            units = {c for c, levels in grid.columns.items() if any(_PERCENT in level for level in levels)}
            if units and _PERCENT in asked:  # a share is asked for: a column of numbers does not answer
                columns = {c: fit if c in units else (fit[0] - 2.0, 0.0) for c, fit in columns.items()}
            for at in grid.numbers:
                (row, row_cover), (column, column_cover) = rows[at[0]], columns[at[1]]
                best.append((row + column, min(row_cover, 1.0) * 0.6 + 0.4 * column_cover, grid, at))
        if not best:
            return Leaf(None)
        best.sort(key=lambda e: -e[0])
        score, cover, grid, at = best[0]
        margin = score - best[1][0] if len(best) > 1 else score
        if score <= 0.5 or cover < 0.3 or margin < 0.02:  # noqa: PLR2004 - no cell, or two
            return Leaf(None)
        cell = grid.numbers[at]
        number = read_number(" ".join(cell.text.split()), self.reading.convention)
        if number is None:
            return Leaf(None)
        value: int | float | str = int(number) if number == number.to_integral_value() else float(number)
        if not field.types & {"number", "integer"}:
            value = " ".join(cell.text.split())
        sure = min(0.88, 0.55 + 0.25 * cover + 0.15 * min(1.0, margin))
        return Leaf(value, (Place(grid.segment.page, cell.words),), sure)

    @staticmethod
    def _fit(levels: Sequence[tuple[str, ...]], asked: Sequence[str], grid: _Grid) -> tuple[float, float]:
        """How well headings fit the words asked: what they share counts for them, what they say besides against."""
        wanted = set(asked)
        score, cover = 0.0, 0.0
        for depth, level in enumerate(reversed(levels)):
            total = sum(grid.idf.get(t, 1.0) * weight(t) for t in level)
            if not total:
                continue
            hit = sum(grid.idf.get(t, 1.0) * weight(t) for t in level if t in wanted)
            share = 0.7**depth
            plain = set(level) <= _UNIT_WORDS
            missed = (total - hit) * (0.12 if plain else 0.35)
            score += share * (hit - missed)
            cover = max(cover, hit / total if depth == 0 else 0.8 * hit / total)
        return score, cover


def _row_headings(
    count: int, top: int, cells: dict[tuple[int, int], Cell], body: set[int], first: int
) -> dict[int, list[tuple[str, ...]]]:
    """For each row of data the headings of its groups and its own."""
    stack: list[tuple[str, ...]] = []
    group: list[tuple[str, ...]] = []
    found = {}
    for row in range(top, count):
        own = cells.get((row, first))
        if own is None:
            continue
        words = _words(own.text)
        if row not in body:
            group.append(words)
            continue
        if group:
            stack = [*stack[: max(0, len(stack) - len(group))], *group]
            group = []
        found[row] = [*stack, words]
    return found


def _column_headings(column: int, top: int, cells: dict[tuple[int, int], Cell], first: int) -> list[tuple[str, ...]]:
    """The heads over a column, those that span it from the left included."""
    found: list[tuple[str, ...]] = []
    for row in range(top):
        cell = cells.get((row, column))
        if cell is None:
            for left in range(column - 1, first, -1):
                above = row > 0 and any((r, left + 1) in cells for r in range(row))
                if above and (row, left) not in cells:
                    break
                spanning = cells.get((row, left))
                if spanning is not None:
                    begins = any((r, c) in cells for r in range(row) for c in range(left + 1, column + 1))
                    cell = None if begins else spanning
                    break
        if cell is not None and len(cell.text) < 160:  # noqa: PLR2004 - longer is the title
            found.append(_words(cell.text))
    return found


# ---------------------------------------------------------------------------------------------- periods
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
_LONGEST_HEAD = 24  # characters over a column with a period: "as of 31 December 2019"
_CURRENT = frozenset({"current", "this", "now", "latest", "actual", "present"})
_PREVIOUS = frozenset({"previous", "prior", "last", "comparative", "preceding"})


def _period(field: Field) -> str:
    """Which column of a row a field speaks of: current, previous, a year, or none."""
    name = set(tokens_of(field.called))
    year = re.search(r"(?:19|20)\d\d", field.name)
    if year:
        return year[0]
    return "current" if name & _CURRENT else "previous" if name & _PREVIOUS else ""


def _period_objects(node: object) -> Iterator[tuple[Object, dict[str, Field]]]:
    if not isinstance(node, Object):
        return
    members = {_period(m): m for m in node.members if isinstance(m, Field) and kinds.kind_of(m) in kinds.NUMBERS}
    if len(members) == len(node.members) >= 2 and "" not in members:  # noqa: PLR2004 - a row has two periods
        yield node, members
    for member in node.members:
        yield from _period_objects(member)


def period_rows(reading: Reading, root: object) -> dict[Field, Leaf]:
    """Leaves for objects whose members are one row's numbers in the columns of this and the previous period."""
    found: dict[Field, Leaf] = {}
    for node, members in _period_objects(root):
        options = []
        for match in captions_like(reading, labels_of(node), frozenset(), 0.7):
            run = match.caption.run
            if match.caption.stop < len(run.words):
                continue
            numbers = _numbers_after(reading, run) or _subtotal(reading, run)
            if numbers:
                options.append((match.score - (0.1 if len(numbers) < 2 else 0.0), -run.number, match, numbers))  # noqa: PLR2004 - one period
        if not options:
            continue
        options.sort(key=lambda o: (-round(o[0], 2), -o[1]))
        score, _, match, numbers = options[0]
        for period, (run, value, words) in _by_period(reading, match, numbers, members).items():
            if period in members:
                found[members[period]] = Leaf(value, (Place(run.page, words),), round(min(0.94, 0.92 * score), 4))
    return found


_Number = tuple["Run", "int | float", tuple[int, ...]]


def _numbers_after(reading: Reading, run: Run) -> list[_Number]:
    found: list[_Number] = []
    for other in reading.after(run):
        numbers = kinds.numbers_in(other.texts, reading.convention)
        if len(numbers) == 1:
            hit = numbers[0]
            if isinstance(hit.value, (int, float)):
                found.append((other, hit.value, tuple(other.words[hit.start : hit.stop])))
        elif other.text.strip() in {"-", "\u2013", "\u2014", "nil", "Nil"}:
            found.append((other, 0, other.words))
        elif sum(c.isalpha() for c in other.text) > 3:  # noqa: PLR2004 - the next label
            break
    return found


def _subtotal(reading: Reading, heading: Run) -> list[_Number]:
    """The numbers of the first line without words under a heading: the sum of its group."""
    pages = reading.page_lines[heading.page]
    if reading.after(heading):
        return []
    for index in range(heading.line + 1, min(heading.line + 9, pages.stop)):
        line = reading.lines[index]
        wordy = [r for r in line if sum(c.isalpha() for c in r.text) > 1]
        if not wordy:
            numbers = [
                (r, n.value, tuple(r.words[n.start : n.stop]))
                for r in line
                for n in kinds.numbers_in(r.texts, reading.convention)
            ]
            return [(r, v, w) for r, v, w in numbers if isinstance(v, (int, float))] if index > heading.line + 1 else []
        if len(line) == 1 and not kinds.has_digit(line[0].text):
            return []  # the next heading
    return []


def _by_period(reading: Reading, match: Match, numbers: list[_Number], members: dict[str, Field]) -> dict[str, _Number]:
    """Numbers of a row by period, newest first unless the heads over the columns say otherwise."""
    years = _years_above(reading, match.caption.run)
    count = len(years) or min(len(members), 2)
    row = numbers[-count:] if len(numbers) > count else numbers
    if years and len(row) == len(years):
        by_year = {str(year): number for year, number in zip(years, row, strict=True)}
        newest = sorted(set(years), reverse=True)
        named = dict(by_year)
        for period, year in zip(("current", "previous"), newest, strict=False):
            named[period] = by_year[str(year)]
        return named
    if len(row) == len(members) or len(row) == 2:  # noqa: PLR2004 - this year and the last
        return dict(zip(("current", "previous"), row, strict=False))
    return {"current": row[0]} if len(row) == 1 and len(numbers) == 1 else {}


def _years_above(reading: Reading, run: Run) -> list[int]:
    """The years in the nearest line above that heads columns."""
    lines = reading.page_lines[run.page]
    start = run.line - 1
    for index in range(start, max(lines.start - 45, -1), -1):
        line = reading.lines[index]
        heads = [r for r in line if len(r.texts) <= 4]  # noqa: PLR2004 - "31 March 2019"
        found = [_YEAR.search(r.text) for r in heads if len(r.text) < _LONGEST_HEAD]
        years = [int(match[1]) for match in found if match]
        if len(years) >= 2 and len(years) == len(set(years)):  # noqa: PLR2004 - one heads nothing
            return years
    return []
