"""Facts of accounts: objects that ask for a value with its period, unit and scale, one a column of a statement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.accounts import LINES
from chunkr_integrations.engine.fill.arrays import item_of
from chunkr_integrations.engine.fill.labels import labels_of, similarity
from chunkr_integrations.engine.fill.periods import fiscal_label, month_of_year_end, year_is_called
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.reported import (
    PLACES,
    YEARLY,
    Hit,
    compared,
    is_whole,
    names_segment,
    of_segment,
    said,
)
from chunkr_integrations.engine.fill.schema import Array, Field, Object, words_of_name
from chunkr_integrations.engine.fill.statements import Column, cover_period, label_tokens, statements
from chunkr_integrations.engine.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.accounts import Line
    from chunkr_integrations.engine.fill.reading import Reading
    from chunkr_integrations.engine.fill.schema import Node
    from chunkr_integrations.engine.fill.statements import Amount, Row

__all__ = ["Facts", "facts_of", "is_fact"]

_LIKE = 0.9  # likeness of a row's label to a name of the schema
_SURE, _RATHER, _NOTED = 0.93, 0.86, 0.7  # in the statement itself; by a near name; in another table
_VALUE, _UNIT, _SCALE = ({"value", "amount", "figure"}, {"unit", "currency"}, {"scale", "multiplier", "magnitude"})
_PERIOD = frozenset({"period", "quarter", "year"})
_REPORT = frozenset({"report", "reporting", "fiscal", "financial"})
_YEAR = 12  # months
_PART = 0.68  # score of what is of a part of the company
_MOST_SEGMENTS = 10
_LONGEST_SEGMENT = 6  # words of its name
_PARTS = frozenset(tokens_of("segment segments geographic geography region regions division divisions"))
_GROWTH = frozenset({"growth", "change", "increase"})
_FISCAL = re.compile(r"\bFY\s?\d{4}\s?(?:Q\d|H\d)?")


@dataclass(frozen=True)
class _Parts:
    """The members of a fact by what they ask for."""

    value: Field
    period: Field
    unit: Field | None
    scale: Field | None
    rest: tuple[Field, ...]


def is_fact(node: Node | None) -> bool:
    """Whether an object asks for a number and the period it is of."""
    return _parts(node) is not None


def _parts(node: Node | None) -> _Parts | None:
    if not isinstance(node, Object) or not all(isinstance(m, Field) for m in node.members):
        return None
    roles: dict[str, Field] = {}
    rest = []
    for member in node.fields():
        name = set(tokens_of(words_of_name(member.name)))
        role = (
            "value" if name & _VALUE and member.types & {"number", "integer"} else
            "unit" if name & _UNIT and not member.choices else
            "scale" if name & _SCALE else
            "period" if name & _PERIOD and not member.choices else ""
        )  # fmt: skip
        if role and role not in roles:
            roles[role] = member
        else:
            rest.append(member)
    if "value" not in roles or "period" not in roles:
        return None
    return _Parts(roles["value"], roles["period"], roles.get("unit"), roles.get("scale"), tuple(rest))


class Facts:
    """The statements of one document, and facts taken from them."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.statements = statements(reading)
        pages = [" ".join(r.text for i in lines for r in reading.lines[i]) for lines in reading.page_lines.values()]
        self.year_end = month_of_year_end(pages) or self._last_of_year()
        self.called = year_is_called(pages)

    def _last_of_year(self) -> int | None:
        """The month in which years end, by the columns: of whole years, else the older balance."""
        ends = {c.period.end.month for s in self.statements for c in s.columns if c.period.months == _YEAR}
        if len(ends) != 1:
            sheets = [s for s in self.statements if s.kind == "balance"]
            ends = {min(c.period.end for c in s.columns).month for s in sheets if len(s.columns) == 2}  # noqa: PLR2004 - now, then
        return ends.pop() if len(ends) == 1 else None

    def of(self, array: Array) -> list[Draft]:
        """The facts of an array, one for each column of the statement; empty when no row is called so."""
        parts = _parts(array.item)
        if parts is None:
            return []
        if set(tokens_of(words_of_name(array.name))) & _GROWTH:
            facts = list(self._grown(array, parts))
        else:
            hit = self._row(array)
            facts = self._columns(array, parts, hit) if hit else []
            if any(names_segment(field) for field in parts.rest):
                facts += [fact for other in self._segments(array) for fact in self._columns(array, parts, other)]
        return [item_of(array.item, fact) for fact in facts if fact]

    def _columns(self, node: Node, parts: _Parts, hit: Hit) -> list[dict[Field, Leaf]]:
        columns = hit.statement.columns
        return [self._fact(node, parts, hit, columns[c], amount) for c, amount in sorted(hit.row.amounts.items())]

    def _segments(self, array: Array) -> Iterator[Hit]:
        """Rows for parts of the company: in a table that is called as the array, or under a heading that is."""
        line = _line(array)
        if line is None:
            return
        known = {tokens_of(p) for p in line.labels.split(";")}
        for statement in self.statements:
            if statement.kind:
                continue
            named = [place for text, place in statement.captions[:2] if label_tokens(text) in known]
            rows = list(_under(statement.rows, known, anywhere=bool(named)))
            rows = [r for r in rows if len(r.words) <= _LONGEST_SEGMENT]
            places = all(set(tokens_of(r.label)) & PLACES for r in rows)
            if not (places or statement.about & _PARTS):
                continue
            if _MOST_SEGMENTS >= len(rows) > 1 and not any(a.percent for r in rows for a in r.amounts.values()):
                yield from (Hit(statement, row, _PART, segment=True) for row in rows)
                return

    def _grown(self, array: Array, parts: _Parts) -> Iterator[dict[Field, Leaf]]:
        """Changes in percent of the row that an array is the growth of: in columns of their own, else under it."""
        base = tuple(t for t in tokens_of(words_of_name(array.name)) if t not in _GROWTH)
        concept = _names().get(base)
        if concept is None:
            return
        known = {tokens_of(p) for p in LINES[concept].labels.split(";")}
        for statement in self.statements:
            for at, row in enumerate(statement.rows):
                if label_tokens(row.label) not in known:
                    continue
                under = statement.rows[at + 1] if at + 1 < len(statement.rows) else None
                if row.changes:
                    amounts = {k: (statement.changes[k], a) for k, a in row.changes.items()}
                elif (
                    under is not None
                    and YEARLY.fullmatch(under.label.strip())
                    and all(a.percent for a in under.amounts.values())
                ):
                    row = under  # noqa: PLW2901 - the growth stands there
                    amounts = {k: (statement.columns[k], a) for k, a in under.amounts.items()}
                else:
                    continue
                for column, amount in amounts.values():
                    fact = self._fact(array, parts, Hit(statement, row, _NOTED), column, amount)
                    yield {**fact, **compared(parts.rest, statement, row, column)}
                return

    def newest(self, node: Object) -> dict[Field, Leaf]:
        """The fact of an object: that of the first column."""
        parts = _parts(node)
        hit = self._row(node) if parts is not None else None
        if parts is None or hit is None or 0 not in hit.row.amounts:
            return {}
        return self._fact(node, parts, hit, hit.statement.columns[0], hit.row.amounts[0])

    def cover(self, fields: Sequence[Field]) -> dict[Field, Leaf]:
        """What the first pages of a report say of itself: the period that it is for."""
        asked = [f for f in fields if (n := set(tokens_of(words_of_name(f.name)))) & _PERIOD and n & _REPORT]
        found = cover_period(self.reading) if asked else None
        if found is None:
            return {}
        period, place = found
        column = Column(period, 0.0, (place,))
        leaves = {}
        for field in asked:
            value = self._period(field, column)
            if value is not None:
                leaves[field] = Leaf(value, (place,), 0.93)
        return leaves

    def _row(self, node: Node) -> Hit | None:
        """The row that is called as the node, of the statement that is asked for first."""
        line = _line(node)
        wanted = _kind_asked(node) or (line.kind if line else "")
        own = [(label.tokens, label.worth) for label in labels_of(node) if label.own]
        known = [tokens_of(p) for p in line.labels.split(";")] if line else []
        best: tuple[tuple[float, int, int], Hit] | None = None
        for place, statement in enumerate(self.statements):
            main = bool(statement.kind) and statement.kind == wanted
            other = bool(statement.kind) and not main
            if other and not (line is not None and statement.kind == line.kind):
                continue
            for number, row in enumerate(statement.rows):
                score = _like(row, own, known)
                if (
                    score < _LIKE
                    or _contrary(node, row)
                    or any(a.percent for a in row.amounts.values()) != _asks_percent(node)
                ):
                    continue
                if not statement.kind and score < 0.97:  # noqa: PLR2004 - notes call many things alike
                    continue
                sure = (_SURE if score > 0.96 else _RATHER) if statement.kind else _NOTED  # noqa: PLR2004 - its very name
                key = (round(score, 3) + (2 if main else 1 if statement.kind else 0), -place, -number)
                if best is None or key > best[0]:
                    best = (key, Hit(statement, row, sure))
        return best[1] if best else None

    def _fact(self, node: Node, parts: _Parts, hit: Hit, column: Column, amount: Amount) -> dict[Field, Leaf]:
        statement, page, score = hit.statement, hit.statement.page, hit.score
        period = self._period(parts.period, column)
        if period is None:
            return {}
        line = _line(node)
        value = (
            abs(amount.value)
            if line is not None and line.outflow and "benefit" not in hit.row.label.lower()
            else amount.value
        )
        leaves = {
            parts.value: Leaf(value, (Place(page, amount.words),), score),
            parts.period: Leaf(period, column.places, min(score, 0.88)),
        }
        per_share = _is_per_share(node, hit.row) and not amount.percent
        if parts.unit is not None:
            if amount.percent:
                leaves[parts.unit] = Leaf("%", (Place(page, amount.words),), score)
            elif statement.currency and statement.currency_place:
                leaves[parts.unit] = Leaf(statement.currency, (statement.currency_place,), min(score, 0.88))
        if parts.scale is not None and statement.scale_place is not None and statement.scale and not amount.percent:
            scale: int | None = statement.scale if not per_share else 1 if statement.unscaled else None
            if scale is not None and parts.scale.types & {"integer", "number"}:
                leaves[parts.scale] = Leaf(scale, (statement.scale_place,), min(score, 0.88))
        leaves.update(of_segment(parts.rest, hit, column) if hit.segment else said(parts.rest, hit, column))
        return leaves

    def _period(self, field: Field, column: Column) -> str | int | None:
        """The period of a column as the field wants it; None where it cannot be said so."""
        if kinds.kind_of(field) == "date":
            return column.period.end.isoformat()
        if _FISCAL.search(field.description):
            return fiscal_label(column.period, self.year_end, self.called) if self.year_end else None
        if field.types <= {"integer", "number"}:
            return column.period.end.year
        words = [self.reading.document.page(p.page).words[w].text for p in column.places for w in p.words]
        return " ".join(words) or None


def _under(rows: Sequence[Row], known: set[tuple[str, ...]], *, anywhere: bool) -> Iterator[Row]:
    """The rows under a heading that is known, up to their sum."""
    begun = False
    for row in rows:
        if begun and "total" in tokens_of(row.label):
            return
        if (anywhere or label_tokens(row.heading) in known) and row.label:
            begun = True
            if not is_whole(row.label) and label_tokens(row.label) not in known:
                yield row


def _is_per_share(node: Node, row: Row) -> bool:
    words = {*tokens_of(row.label), *(tokens_of(row.heading) if label_tokens(row.label) in _BARE else ())}
    return "eps" in tokens_of(words_of_name(node.name)) or {"per", "share"} <= words


_CONTRARY = {
    "long": re.compile(r"^(?:total )?current\b", re.IGNORECASE),
    "short": re.compile(r"\bnon-?current\b", re.IGNORECASE),
}


def _contrary(node: Node, row: Row) -> bool:
    """Whether a row stands among what is due sooner, or later, than what is asked for."""
    name = tokens_of(words_of_name(node.name))
    return any(term in name and pattern.search(row.heading) for term, pattern in _CONTRARY.items())


def _kind_asked(node: Node) -> str:
    """The statement that an object around a node is named for."""
    for parent in node.ancestors():
        words = fold(words_of_name(parent.name))
        for kind, names in (
            ("balance", ("balance sheet", "financial position")),
            ("cash flow", ("cash flow",)),
            ("income", ("income statement", "profit and loss", "statement of operation", "statement of income")),
        ):
            if any(name in words for name in names):
                return kind
    return ""


def _asks_percent(node: Node) -> bool:
    return bool(set(node.words) & {"percent", "rate", "margin", "growth"} - {"%"}) and "expense" not in tokens_of(
        words_of_name(node.name)
    )


@lru_cache(maxsize=1)
def _names() -> dict[tuple[str, ...], str]:
    return {tokens_of(name): concept for concept, line in LINES.items() for name in line.names.split(";")}


def _line(node: Node) -> Line | None:
    """The line of a statement that a node's name means."""
    tokens = tokens_of(words_of_name(node.name))
    concept = _names().get(tokens) or _names().get(tuple(t for t in tokens if t not in {"total", "net"}))
    return LINES[concept] if concept else None


def _like(row: Row, own: Sequence[tuple[tuple[str, ...], float]], known: Sequence[tuple[str, ...]]) -> float:
    """How much a row's label is a name of what is asked for: the schema's own, or a known one."""
    tokens = label_tokens(row.label)
    if not tokens or len(tokens) > 14:  # noqa: PLR2004 - a sentence
        return 0.0
    best = 0.0
    solid = _solid(tokens)
    for rank, name in enumerate(known):
        if solid == _solid(name) and not (name in _BARE and not _of_earnings(row.heading)):
            best = max(best, 1.0 - 0.001 * rank)
        elif len(name) > 1 and tokens[: len(name)] == name and tokens[len(name)] == "attributable":
            best = max(best, 0.92)
    if (
        known
        and known[0][1:] == _EARNINGS
        and {known[0][0], "per", "share"} <= set(tokens)
        and not set(tokens) & _COUNTS
    ):
        best = max(best, 0.965)
    for name, worth in own:
        if tokens == name:
            best = max(best, worth)
        elif len(name) > 1:
            best = max(best, 0.97 * worth * similarity(name, tokens))
    return best


def _of_earnings(heading: str) -> bool:
    words = set(tokens_of(heading))
    return "share" in words and not words & _COUNTS


_BARE = frozenset({("basic",), ("diluted",)})  # of earnings only under a heading that says so
_EARNINGS = ("earning", "per", "share")
_COUNTS = frozenset(tokens_of("weighted average outstanding dividend used number continuing discontinued"))
_ONE = {"taxe": "tax", "losse": "loss"}  # what is left of "taxes", "losses"
_LITTLE = frozenset(tokens_of("the of and for from by in to a on"))


@lru_cache(maxsize=4096)
def _solid(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_ONE.get(t, t) for t in tokens if t not in _LITTLE)


def facts_of(node: Node) -> Iterator[Array | Object]:
    """The arrays of facts, and the facts in no array, of a schema."""
    if isinstance(node, Array):
        if is_fact(node.item):
            yield node
    elif isinstance(node, Object):
        if is_fact(node) and node.name:
            yield node
            return
        for member in node.members:
            yield from facts_of(member)
