"""Rows without heads, as tills print them: what it is on the left, what it costs on the right, the total below."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.arrays import columns_of, item_of
from chunkr_integrations.engine.fill.labels import concepts_of, is_part, is_total
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.values import read_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.reading import Reading, Run
    from chunkr_integrations.engine.fill.schema import Array, Field

__all__ = ["slip_items"]

_AMOUNT = re.compile(r"[-+]?\W?\d[\d.,' ]*[.,]\d{2}-?\W{0,2}[A-Z*€]?")
_TIMES = re.compile(r"(\d{1,3})(?:[xX*]|(?:pcs|stk)\.?)?")
_PROVED, _LIKELY = 0.93, 0.72  # scores of rows that add up to a printed total, and of those that do not
_UNPROVED = 0.87
_CENTS = 0.011
_LEAST_ROWS = 2  # where nothing proves them
_TOTAL_WORDS = frozenset(tokens_of("total totaal totale summe sum gesamt subtotal subtotaal zwischensumme due payer"))


@dataclass(frozen=True)
class _Row:
    """A line that says what and how much."""

    line: Sequence[Run]
    words: tuple[int, ...]  # of the page, all of the line
    texts: tuple[str, ...]
    amount: float
    start: int  # of the amount's words
    right: float


def slip_items(reading: Reading, array: Array) -> list[Draft]:
    """The lines over a total that end in an amount, as items; empty where other columns are asked for."""
    asked = _asked(array)
    if asked is None:
        return []
    name, amount, quantity = asked
    for numbers in reading.page_lines.values():
        rows, total = _rows(reading, numbers)
        proved = bool(rows) and abs(sum(row.amount for row in rows) - total) <= _CENTS
        if not rows or not (proved or len(rows) >= _LEAST_ROWS):
            continue
        score = _PROVED if proved else _LIKELY
        return [item_of(array.item, _leaves(row, name, amount, quantity, score)) for row in rows]
    return []


def _asked(array: Array) -> tuple[Field, Field, Field | None] | None:
    """The columns for what, how much and how many; None where others are asked for."""
    columns = columns_of(array)
    texts = [f for f in columns if kinds.kind_of(f) == "text"]
    amounts = [f for f in columns if kinds.kind_of(f) == "money"]
    counts = [f for f in columns if "quantity" in concepts_of(f)]
    amounts = [f for f in amounts if f not in counts]
    if len(amounts) > 1:  # the price of one is printed where there are several
        amounts = [f for f in amounts if "unit_price" not in concepts_of(f)]
    if len(texts) != 1 or len(amounts) != 1:
        return None
    return texts[0], amounts[0], counts[0] if counts else None


def _rows(reading: Reading, numbers: range) -> tuple[list[_Row], float]:
    """The lines with an amount over the first total of a page, and that total."""
    rows: list[_Row] = []
    for index in numbers:
        row = _row(reading, reading.lines[index])
        if row is None:
            continue
        said = " ".join(row.texts[: row.start])
        if is_total(said) or is_part(said) or set(tokens_of(said)) & _TOTAL_WORDS:
            return _aligned(rows, row), row.amount
        rows.append(row)
    return [], 0.0


def _aligned(rows: list[_Row], total: _Row) -> list[_Row]:
    """The rows whose amounts end where most do, near where the total ends."""
    if not rows:
        return []
    edge = median(row.right for row in rows)
    height = total.line[0].height
    return [row for row in rows if abs(row.right - edge) < 2.5 * height and abs(edge - total.right) < 8 * height]


def _row(reading: Reading, line: Sequence[Run]) -> _Row | None:
    words = tuple(word for run in line for word in run.words)
    texts = tuple(text for run in line for text in run.texts)
    begin = len(texts) - len(line[-1].texts)  # a number that stands apart on its left is of the name
    start = next((i for i in range(begin, len(texts)) if _AMOUNT.fullmatch(" ".join(texts[i:]))), None)
    if not start or sum(c.isalpha() for text in texts[:start] for c in text) < 2:  # noqa: PLR2004 - letters of a name
        return None
    number = read_number(" ".join(texts[start:]).rstrip("ABCDEF*"), reading.convention)
    return None if number is None else _Row(line, words, texts, float(number), start, line[-1].right)


def _leaves(row: _Row, name: Field, amount: Field, quantity: Field | None, score: float) -> dict[Field, Leaf]:
    page, begin = row.line[0].page, 0
    leaves = {}
    times = _TIMES.fullmatch(row.texts[0])
    if quantity is not None and times is not None and row.start > 1:
        begin = 1
        leaves[quantity] = Leaf(int(times[1]), (Place(page, row.words[:1]),), score)
    what = " ".join(row.texts[begin : row.start])  # which no sum proves
    leaves[name] = Leaf(what, (Place(page, row.words[begin : row.start]),), min(score, _UNPROVED))
    leaves[amount] = Leaf(row.amount, (Place(page, row.words[row.start :]),), score)
    return leaves
