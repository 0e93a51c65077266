"""Tables that a file itself marks (CSV, sheets, HTML): columns by the words and types of their heads, rows as items."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.labels import is_total, labels_of, similarity, weight
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.scalars import choice_in
from chunkr_integrations.engine.fill.schema import words_of_name
from chunkr_integrations.engine.values import norm, read_boolean, read_date, read_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from chunkr_integrations.engine.document import Cell, Segment
    from chunkr_integrations.engine.draft import Scalar
    from chunkr_integrations.engine.fill.reading import Reading
    from chunkr_integrations.engine.fill.schema import Field

__all__ = ["Column", "Records", "matched", "record_tables", "row_items"]

_HEAD_ROWS = 8  # in which the header is looked for
_MOSTLY = 0.8  # share of a column's cells that have its type
_LEAST_LIKE = 0.53  # likeness of a head to a field
_LEAST_SHARE = 0.6  # of the fields that find a column


@dataclass
class Column:
    """One column: its head, its type (date, number, text), and its cells by row."""

    index: int
    head: str
    kind: str = "text"
    cells: dict[int, Cell] = field(default_factory=dict)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The words of the head as they are compared."""
        return tokens_of(words_of_name(self.head))

    def values(self) -> set[str]:
        """What the cells print, each once."""
        return {" ".join(cell.text.split()) for cell in self.cells.values()}


@dataclass
class Records:
    """A table with a header over rows that are each about one thing."""

    segment: Segment
    reading: Reading
    columns: list[Column]
    rows: list[int]

    def number(self, column: Column, row: int) -> Decimal | None:
        """The number in a cell."""
        cell = column.cells.get(row)
        return read_number(cell.text.strip(), self.reading.convention) if cell else None

    def day(self, column: Column, row: int) -> date | None:
        """The day in a cell."""
        cell = column.cells.get(row)
        return read_date(cell.text.strip(), self.reading.convention) if cell else None

    def runs_together(self, places: Iterable[Place]) -> bool:
        """Whether one of the places holds words of several rows of a column."""
        cells = self.segment.table.cells if self.segment.table else ()
        spot_of = {word: (cell.column, cell.row) for cell in cells for word in cell.words}
        for place in places:
            spots = {spot_of[word] for word in place.words if word in spot_of and place.page == self.segment.page}
            if len(spots) > len({column for column, _ in spots}):
                return True
        return False

    def place(self, column: Column, row: int) -> Place:
        """Where a cell stands."""
        return Place(self.segment.page, column.cells[row].words)


def record_tables(reading: Reading) -> list[Records]:
    """The tables of a document that have a header and rows under it."""
    found = (_records(reading, s) for s in reading.document.segments if s.table is not None and s.table.rows > 1)
    return [records for records in found if records is not None]


def _records(reading: Reading, segment: Segment) -> Records | None:
    table = segment.table
    if table is None or table.columns < 2:  # noqa: PLR2004 - a list
        return None
    by_row: dict[int, dict[int, Cell]] = {}
    for cell in table.cells:
        if cell.text.strip():
            by_row.setdefault(cell.row, {})[cell.column] = cell
    head = _header(by_row, table.columns, reading)
    if head is None:
        return None
    columns = {c: Column(c, " ".join(cell.text.split())) for c, cell in by_row[head].items()}
    rows = [
        row
        for row, cells in sorted(by_row.items())
        if row > head and _is_row(cells, columns) and not is_total(cells[min(cells)].text)
    ]
    for column in columns.values():
        column.cells = {row: by_row[row][column.index] for row in rows if column.index in by_row[row]}
    if not rows:
        return None
    for column in columns.values():
        column.kind = _type(column, reading)
    return Records(segment, reading, [columns[c] for c in sorted(columns)], rows)


def _is_row(cells: Mapping[int, Cell], columns: Mapping[int, Column]) -> bool:
    """Whether cells are those of one thing: most of them, or what it is and more. A heading is alone."""
    return len(cells) * 2 > len(columns) or (len(cells) > 1 and min(columns) in cells)


def _header(by_row: Mapping[int, Mapping[int, Cell]], count: int, reading: Reading) -> int | None:
    """The first of the full rows, when it holds words, each another."""
    top = sorted(by_row)[:_HEAD_ROWS]
    most = max((len(by_row[row]) for row in top), default=0)
    for row in top:
        texts = [cell.text for cell in by_row[row].values()]
        wordy = sum(any(c.isalpha() for c in t) and read_date(t, reading.convention) is None for t in texts)
        if len(texts) >= max(2, 0.8 * min(most, count)) and wordy == len(texts) == len({norm(t) for t in texts}):
            return row
    return None


def _type(column: Column, reading: Reading) -> str:
    texts = [cell.text.strip() for cell in column.cells.values()]
    if not texts:
        return "text"
    numbers = sum(read_number(t, reading.convention) is not None for t in texts)
    dates = sum(read_date(t, reading.convention) is not None for t in texts)
    if dates >= _MOSTLY * len(texts) and dates >= numbers:
        return "date"
    return "number" if numbers >= _MOSTLY * len(texts) else "text"


# ---------------------------------------------------------------------------------------------- matching
def matched(records: Records, fields: Sequence[Field]) -> dict[Field, tuple[Column, float]]:
    """The column of each field, with how alike its head is; empty where too few fields find one."""
    options = sorted(
        ((like(field, column), -column.index, n) for n, field in enumerate(fields) for column in records.columns),
        reverse=True,
    )
    by_index = {column.index: column for column in records.columns}
    chosen: dict[Field, tuple[Column, float]] = {}
    taken: set[int] = set()
    for score, place, number in options:
        field = fields[number]
        if score < _LEAST_LIKE or field in chosen or -place in taken:
            continue
        chosen[field] = (by_index[-place], score)
        taken.add(-place)
    for field in fields:
        if field not in chosen and (column := _telling(records, field)) is not None:
            chosen[field] = (column, _LEAST_LIKE)
    return chosen if len(chosen) >= max(2, _LEAST_SHARE * len(fields)) else {}


_TRUE_IF = re.compile(
    r"\b(?:true|yes)\s+(?:if|when|for|where)\s+(?:\w+\s+){0,4}?[\"'\u2018\u201c]?(?P<word>[\w-]+)[\"'\u2019\u201d]?"
    r"\s*(?:$|[,;.)])",
    re.IGNORECASE,
)


def _telling(records: Records, field: Field) -> Column | None:
    """The column whose cells say yes or no to a field that is "true if active"."""
    match = _TRUE_IF.search(field.description) if kinds.kind_of(field) == "boolean" else None
    found = [c for c in records.columns if match and match["word"].casefold() in {v.casefold() for v in c.values()}]
    return found[0] if len(found) == 1 else None


def like(field: Field, column: Column) -> float:
    """How alike a column's head is to what a field asks for; 0 where the types do not go together."""
    kind = kinds.kind_of(field)
    wants = "date" if kind == "date" else "number" if kind in kinds.NUMBERS else ""
    if wants and column.kind != wants and column.cells:
        return 0.0
    if not wants and column.kind == "date" and kind not in ("text", "prose"):
        return 0.0
    head = column.tokens
    own = max((label.worth * similarity(label.tokens, head) for label in labels_of(field)), default=0.0)
    return max(own, _told(field, head))


def _told(field: Field, head: tuple[str, ...]) -> float:
    """The share of a head's words that a field's name and description say, the earlier the more."""
    name = tokens_of(words_of_name(field.name))
    told = [*name, *tokens_of(field.description)]
    total = sum(weight(t) for t in head)
    got, last = 0.0, 0
    for token in head:
        at = next((i for i, t in enumerate(told) if t == token or _akin(t, token)), None)
        if at is not None:
            got += weight(token)
            last = max(last, at - len(name))
    late = 0.3 * min(1.0, max(0, last) / 20)
    return 0.86 * got / total * (1.0 - late) if total and got > 0.9 * total else 0.6 * got / total if total else 0.0


def _akin(a: str, b: str) -> bool:
    """Whether two words are forms of one ("posted", "posting"), or one is short for the other ("ref")."""
    short = min(len(a), len(b))
    if short > 2 and (a.startswith(b) or b.startswith(a)):  # noqa: PLR2004 - letters of an abbreviation
        return True
    return short > 3 and a[: max(4, short - 3)] == b[: max(4, short - 3)] and abs(len(a) - len(b)) < 4  # noqa: PLR2004 - endings


def leaf_in(records: Records, field: Field, column: Column, row: int, score: float) -> Leaf:
    """A cell as the field wants it; empty where it cannot be read so."""
    cell = column.cells.get(row)
    if cell is None:
        return Leaf(None)
    value = _value(records, field, " ".join(cell.text.split()))
    return Leaf(value, (records.place(column, row),), score) if value is not None else Leaf(None)


def _value(records: Records, field: Field, text: str) -> Scalar:
    kind = kinds.kind_of(field)
    if kind == "boolean":
        match = _TRUE_IF.search(field.description)
        answer = read_boolean(text)
        return text.casefold() == match["word"].casefold() if match and answer is None else answer
    if kind == "choice":
        return choice_in(field, text)
    if kind == "date":
        day = read_date(text, records.reading.convention)
        return day.isoformat() if day else None
    if kind in kinds.NUMBERS:
        number = read_number(text, records.reading.convention)
        if number is None:
            return None
        if set(tokens_of(field.description)) & {"positive", "absolute", "unsigned"}:
            number = abs(number)
        return int(number) if number == number.to_integral_value() else float(number)
    return text if norm(text) else None


def row_items(
    records: Records, columns: Mapping[Field, tuple[Column, float]], rows: Sequence[int], score: float
) -> Iterator[dict[Field, Leaf]]:
    """The leaves of each row."""
    for row in rows:
        yield {f: leaf_in(records, f, column, row, score) for f, (column, _) in columns.items()}
