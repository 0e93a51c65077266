"""Single values that are worked out from the rows of a table: counts, sums, the first, the last, the highest."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.conditions import rows_asked
from chunkr_integrations.engine.fill.reading import tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.fill.records import Column, Records
    from chunkr_integrations.engine.fill.schema import Field

__all__ = ["is_tally", "tally"]

_COUNT = re.compile(r"^(?:the\s+)?(?:total\s+)?(?:count|number) of\s+(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_SUM = re.compile(r"^(?:the\s+)?(?:sum|total) of\s+(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_END = re.compile(
    r"^(?:the\s+)?(?P<what>.{2,40}?)\s+(?:after|of|at|on|in|for|from)\s+the\s+(?P<end>first|opening|last|final|closing|latest)\s+"
    r"(?:transaction|row|record|entry|line|reading|day|date|period|order)s?\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_OF_MOST = re.compile(
    r"^(?:the\s+)?(?P<what>.{2,40}?)\s+of the\s+(?:single\s+|one\s+)?\w+\s+(?:at which|with|where|having)\s+(?:the\s+)?"
    r"(?P<by>.*?\b(?P<most>highest|largest|greatest|maximum|peak|lowest|smallest|least|minimum)\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_MOST = re.compile(
    r"^(?:the\s+)?(?P<most>highest|largest|maximum|latest|most recent|lowest|smallest|minimum|earliest)\s+"
    r"(?P<what>[^,;()]{2,40})",
    re.IGNORECASE,
)
_LOW = frozenset({"lowest", "smallest", "least", "minimum", "earliest"})
_ROWS = frozenset(tokens_of("line item row entry entries record transaction all the in table"))
_WORKED = re.compile(
    r"\b(?:minus|difference|divided|ratio|percent\w*|average|mean|median|net of|weighted|per|plus|times|multiplied|"
    r"immediately before|distinct|unique|different)\b",
    re.IGNORECASE,
)
_SCORE = 0.75


def is_tally(field: Field) -> bool:
    """Whether a field's description asks for something worked out from rows."""
    text = field.description
    return any(pattern.match(text) for pattern in (_COUNT, _SUM, _END, _OF_MOST, _MOST))


def tally(records: Records, field: Field) -> Leaf:
    """What a field asks of the rows; empty where its description is not wholly understood."""
    text = field.description
    if _WORKED.search(text):
        return Leaf(None)
    number = kinds.kind_of(field) in kinds.NUMBERS
    for pattern, take in ((_OF_MOST, _of_most), (_END, _at_end), (_COUNT, _count), (_SUM, _sum), (_MOST, _extreme)):
        match = pattern.match(text)
        if match is not None and (number or pattern not in (_COUNT, _SUM)):
            return take(records, field, match)
    return Leaf(None)


def _count(records: Records, field: Field, match: re.Match[str]) -> Leaf:
    del field
    rows = rows_asked(records, match["rest"])
    every = set(tokens_of(match["rest"])) <= _ROWS
    if not rows or (len(rows) == len(records.rows) and not every):
        return Leaf(None)  # of what kind was not understood
    return Leaf(len(rows), _places(records, [(records.columns[0], row) for row in rows]), _SCORE)


def _sum(records: Records, field: Field, match: re.Match[str]) -> Leaf:
    rows = rows_asked(records, match["rest"])
    column = _named(records, match["rest"], "number")
    if not rows or column is None:
        return Leaf(None)
    numbers = [(row, n) for row in rows if (n := records.number(column, row)) is not None]
    total = sum((n for _, n in numbers), Decimal(0))
    if "positive number" in field.description.lower() or "absolute" in field.description.lower():
        total = abs(total)
    value = int(total) if total == total.to_integral_value() else float(total)
    return Leaf(value, _places(records, [(column, row) for row, _ in numbers]), _SCORE)


def _at_end(records: Records, field: Field, match: re.Match[str]) -> Leaf:
    first = match["end"].lower() in {"first", "opening"}
    row = records.rows[0 if first else -1]
    return _cell(records, field, match["what"], row) if not match["rest"].strip(" .") else Leaf(None)


def _of_most(records: Records, field: Field, match: re.Match[str]) -> Leaf:
    by = _named(records, match["by"], "number")
    if by is None:
        return Leaf(None)
    low = match["most"].lower() in _LOW
    ranked = sorted((n, row) for row in records.rows if (n := records.number(by, row)) is not None)
    if len(ranked) < 2:  # noqa: PLR2004 - nothing to compare
        return Leaf(None)
    best, second = (ranked[0], ranked[1]) if low else (ranked[-1], ranked[-2])
    if best[0] == second[0]:
        return Leaf(None)
    return _cell(records, field, match["what"], best[1])


def _extreme(records: Records, field: Field, match: re.Match[str]) -> Leaf:
    """The highest number, or the first or last day, of a column."""
    day = kinds.kind_of(field) == "date" or match["most"].lower() in {"earliest", "latest", "most recent"}
    column = _named(records, match["what"], "date" if day else "number")
    if column is None:
        return Leaf(None)
    read = records.day if day else records.number
    ranked = sorted((value, row) for row in records.rows if (value := read(column, row)) is not None)
    if not ranked:
        return Leaf(None)
    _, row = ranked[0 if match["most"].lower() in _LOW else -1]
    found = records.day(column, row)
    if day:
        return Leaf(found.isoformat(), (records.place(column, row),), _SCORE) if found else Leaf(None)
    return _cell(records, field, match["what"], row)


def _cell(records: Records, field: Field, what: str, row: int) -> Leaf:
    number = kinds.kind_of(field) in kinds.NUMBERS
    column = _named(records, what, "number" if number else "text")
    if column is None or row not in column.cells:
        return Leaf(None)
    if not number:
        return Leaf(" ".join(column.cells[row].text.split()), (records.place(column, row),), _SCORE)
    found = records.number(column, row)
    if found is None:
        return Leaf(None)
    value = int(found) if found == found.to_integral_value() else float(found)
    return Leaf(value, (records.place(column, row),), _SCORE)


def _named(records: Records, text: str, kind: str) -> Column | None:
    """The one column of a type whose head the words name best."""
    said = set(tokens_of(text))
    scored = sorted(
        ((len(said & set(c.tokens)) / max(1, len(c.tokens)), -c.index, c) for c in records.columns if c.kind == kind),
        key=lambda entry: entry[:2],
    )
    if not scored or not scored[-1][0]:
        return None
    if len(scored) > 1 and scored[-2][0] == scored[-1][0]:
        return None
    return scored[-1][2]


def _places(records: Records, cells: Sequence[tuple[Column, int]]) -> tuple[Place, ...]:
    words = sorted({w for column, row in cells if row in column.cells for w in column.cells[row].words})
    return (Place(records.segment.page, tuple(words)),) if words else ()
