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
from chunkr_integrations.engine.fill.periods import fiscal_label, month_of_year_end
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import Array, Field, Object, words_of_name
from chunkr_integrations.engine.fill.statements import Column, cover_period, label_tokens, statements
from chunkr_integrations.engine.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.accounts import Line
    from chunkr_integrations.engine.fill.reading import Reading
    from chunkr_integrations.engine.fill.schema import Node
    from chunkr_integrations.engine.fill.statements import Amount, Row, Statement

__all__ = ["Facts", "facts_of", "is_fact"]

_LIKE = 0.9  # likeness of a row's label to a name of the schema
_SURE, _RATHER, _NOTED = 0.93, 0.86, 0.7  # in the statement itself; by a near name; in another table
_VALUE, _UNIT, _SCALE = ({"value", "amount", "figure"}, {"unit", "currency"}, {"scale", "multiplier", "magnitude"})
_PERIOD = frozenset({"period", "quarter", "year"})
_REPORT = frozenset({"report", "reporting", "fiscal", "financial"})
_PER_SHARE = frozenset({"eps", "share"})
_PART = 0.68  # score of what is of a part of the company
_MOST_SEGMENTS = 10
_LONGEST_SEGMENT = 6  # words of its name
_PARTS = frozenset(tokens_of("segment segments geographic geography region regions division divisions"))
_SEGMENT = frozenset({"segment", "region", "division"})
_GROWTH = frozenset({"growth", "change", "increase"})
_YEARLY = re.compile(r"(?:yoy|y/y|year[- ]over[- ]year|annual|%)\s*(?:growth|change|increase)?", re.IGNORECASE)
_PLACES = frozenset(
    tokens_of(
        "america americas north south latin europe asia africa pacific china japan india international domestic "
        "foreign "
        "united states kingdom germany france canada mexico brazil korea taiwan emea apac apj region world rest "
        "middle east"
    )
)
_FISCAL = re.compile(r"\bFY\s?\d{4}\s?(?:Q\d|H\d)?")
_QUOTED_FOR = re.compile(
    r"['\"\u2018\u201c]([^'\"\u2019\u201d]{1,40})['\"\u2019\u201d]\s+(?:for|if|when)\s+([^,.;'\"]+)"
)


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


@dataclass(frozen=True)
class _Hit:
    statement: Statement
    row: Row
    score: float
    segment: bool = False  # of a part of the company


class Facts:
    """The statements of one document, and facts taken from them."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.statements = statements(reading)
        self.year_end = month_of_year_end(" ".join(r.text for r in line) for line in reading.lines)
        if self.year_end is None:
            ends = {c.period.end.month for s in self.statements for c in s.columns if c.period.months == 12}  # noqa: PLR2004 - a year
            self.year_end = ends.pop() if len(ends) == 1 else None

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
            if any(_names_segment(field) for field in parts.rest):
                facts += [fact for other in self._segments(array) for fact in self._columns(array, parts, other)]
        return [item_of(array.item, fact) for fact in facts if fact]

    def _columns(self, node: Node, parts: _Parts, hit: _Hit) -> list[dict[Field, Leaf]]:
        columns = hit.statement.columns
        return [self._fact(node, parts, hit, columns[c], amount) for c, amount in sorted(hit.row.amounts.items())]

    def _segments(self, array: Array) -> Iterator[_Hit]:
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
            places = all(set(tokens_of(r.label)) & _PLACES for r in rows)
            if not (places or statement.about & _PARTS):
                continue
            if _MOST_SEGMENTS >= len(rows) > 1 and not any(a.percent for r in rows for a in r.amounts.values()):
                yield from (_Hit(statement, row, _PART, segment=True) for row in rows)
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
                    and _YEARLY.fullmatch(under.label.strip())
                    and all(a.percent for a in under.amounts.values())
                ):
                    row = under  # noqa: PLW2901 - the growth stands there
                    amounts = {k: (statement.columns[k], a) for k, a in under.amounts.items()}
                else:
                    continue
                for column, amount in amounts.values():
                    fact = self._fact(array, parts, _Hit(statement, row, _NOTED), column, amount)
                    yield {**fact, **_compared(parts.rest, statement, row, column)}
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

    def _row(self, node: Node) -> _Hit | None:
        """The row that is called as the node, of the statement that is asked for first."""
        line = _line(node)
        wanted = _kind_asked(node) or (line.kind if line else "")
        own = [(label.tokens, label.worth) for label in labels_of(node) if label.own]
        known = [tokens_of(p) for p in line.labels.split(";")] if line else []
        best: tuple[tuple[float, int, int], _Hit] | None = None
        for place, statement in enumerate(self.statements):
            main = bool(statement.kind) and statement.kind == wanted
            other = bool(statement.kind) and not main
            if other and not (line is not None and statement.kind == line.kind):
                continue
            for number, row in enumerate(statement.rows):
                score = _like(row, own, known)
                if score < _LIKE or any(a.percent for a in row.amounts.values()) != _asks_percent(node):
                    continue
                if not statement.kind and score < 0.97:  # noqa: PLR2004 - notes call many things alike
                    continue
                sure = (_SURE if score > 0.96 else _RATHER) if statement.kind else _NOTED  # noqa: PLR2004 - its very name
                key = (round(score, 3) + (2 if main else 1 if statement.kind else 0), -place, -number)
                if best is None or key > best[0]:
                    best = (key, _Hit(statement, row, sure))
        return best[1] if best else None

    def _fact(self, node: Node, parts: _Parts, hit: _Hit, column: Column, amount: Amount) -> dict[Field, Leaf]:
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
        per_share = (
            bool(set(tokens_of(f"{hit.row.label} {words_of_name(node.name)}")) & _PER_SHARE) and not amount.percent
        )
        if parts.unit is not None:
            if amount.percent:
                leaves[parts.unit] = Leaf("%", (Place(page, amount.words),), score)
            elif statement.currency and statement.currency_place:
                leaves[parts.unit] = Leaf(statement.currency, (statement.currency_place,), min(score, 0.88))
        if parts.scale is not None and statement.scale_place is not None and statement.scale and not amount.percent:
            scale: int | None = statement.scale if not per_share else 1 if statement.unscaled else None
            if scale is not None and parts.scale.types & {"integer", "number"}:
                leaves[parts.scale] = Leaf(scale, (statement.scale_place,), min(score, 0.88))
        leaves.update(_of_segment(parts.rest, hit, column) if hit.segment else _said(parts.rest, hit, column))
        return leaves

    def _period(self, field: Field, column: Column) -> str | int | None:
        """The period of a column as the field wants it; None where it cannot be said so."""
        if kinds.kind_of(field) == "date":
            return column.period.end.isoformat()
        if _FISCAL.search(field.description):
            return fiscal_label(column.period, self.year_end) if self.year_end else None
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
            if not _whole(row.label) and label_tokens(row.label) not in known:
                yield row


def _names_segment(field: Field) -> bool:
    name = set(tokens_of(words_of_name(field.name)))
    return not field.choices and "string" in field.types and bool(name & _SEGMENT)


def _whole(label: str) -> bool:
    return bool(set(tokens_of(label)) & {"total", "consolidated", "elimination", "other", "corporate", "company"})


def _of_segment(fields: Sequence[Field], hit: _Hit, column: Column) -> dict[Field, Leaf]:
    """Name and kind of the part of the company that a row is of."""
    leaves: dict[Field, Leaf] = {}
    place = Place(hit.row.page, hit.row.words)
    for field in fields:
        if _names_segment(field):
            leaves[field] = Leaf(re.sub(r"\s*\(\w\)$", "", hit.row.label), (place,), hit.score)
        elif field.choices and "actual" in field.choices:
            leaves[field] = Leaf("actual", column.places, hit.score)
        elif field.choices:
            of_place = bool(set(tokens_of(hit.row.label)) & _PLACES)
            asked = "geograph" if of_place else "business"
            chosen = [
                c for c in field.choices if asked in str(c).lower() or (not of_place and str(c).lower() == "segment")
            ]
            if len(chosen) == 1:
                leaves[field] = Leaf(chosen[0], (place,), hit.score)
    return leaves


def _compared(fields: Sequence[Field], statement: Statement, row: Row, column: Column) -> dict[Field, Leaf]:
    """What a change is against: the same months of the year before."""
    same = [
        c
        for c in statement.columns
        if c.period.months == column.period.months and c.period.end.year == column.period.end.year - 1
    ]
    earlier = same or _YEARLY.match(row.label.strip())
    for field in fields:
        yearly = [c for c in field.choices if str(c).lower() in {"yoy", "year over year", "year-over-year", "yearly"}]
        if yearly and earlier:
            return {
                field: Leaf(
                    yearly[0], (*column.places, *(same[0].places if same else (Place(row.page, row.words),))), 0.7
                )
            }
    return {}


def _said(fields: Sequence[Field], hit: _Hit, column: Column) -> dict[Field, Leaf]:
    """What a title, or a row of totals, says of its facts: that they are of the whole group, and of the past."""
    leaves: dict[Field, Leaf] = {}
    statement, row = hit.statement, hit.row
    title, place = set(tokens_of(statement.title)) - _PLAIN, statement.title_place
    if place is None and "total" in tokens_of(row.label):
        title, place = {"total"}, Place(row.page, row.words)
    chosen: list[str] = []
    for field in sorted(fields, key=lambda f: not f.choices):
        if field.choices and set(field.choices) & {"actual", "reported", "historical"} and column.places:
            value = next(c for c in ("actual", "reported", "historical") if c in field.choices)
            leaves[field] = Leaf(value, column.places, 0.75)
            continue
        for value, when in _QUOTED_FOR.findall(field.description):
            if field.choices and value not in field.choices:
                continue
            said = set(tokens_of(when))
            if place is not None and (said & title or said & set(chosen)):
                leaves[field] = Leaf(value, (place,), 0.75)
                chosen.append(value)
                break
    return leaves


_PLAIN = frozenset(tokens_of("statement statements of and the level metrics value values"))


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
    for rank, name in enumerate(known):
        if tokens == name:
            best = max(best, 1.0 - 0.001 * rank)
    for name, worth in own:
        if tokens == name:
            best = max(best, worth)
        elif len(name) > 1:
            best = max(best, 0.97 * worth * similarity(name, tokens))
    return best


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
