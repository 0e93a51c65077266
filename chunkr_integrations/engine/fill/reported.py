"""What a report says of a fact besides its number: of the whole company or a part, of the past, against what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import words_of_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.fill.schema import Field
    from chunkr_integrations.engine.fill.statements import Column, Row, Statement

__all__ = ["PLACES", "YEARLY", "Hit", "compared", "is_whole", "names_segment", "of_segment", "said"]

_SEGMENT = frozenset({"segment", "region", "division"})
YEARLY = re.compile(r"(?:yoy|y/y|year[- ]over[- ]year|annual|%)\s*(?:growth|change|increase)?", re.IGNORECASE)
PLACES = frozenset(
    tokens_of(
        "america americas north south latin europe asia africa pacific china japan india international domestic "
        "foreign "
        "united states kingdom germany france canada mexico brazil korea taiwan emea apac apj region world rest "
        "middle east"
    )
)
_QUOTED_FOR = re.compile(
    r"['\"\u2018\u201c]([^'\"\u2019\u201d]{1,40})['\"\u2019\u201d]\s+(?:for|if|when)\s+([^,.;'\"]+)"
)
_PLAIN = frozenset(tokens_of("statement statements of and the level metrics value values"))


@dataclass(frozen=True)
class Hit:
    """A row of a statement that is what is asked for, and how sure."""

    statement: Statement
    row: Row
    score: float
    segment: bool = False  # of a part of the company


def names_segment(field: Field) -> bool:
    """Whether a field asks for the name of a part of the company."""
    name = set(tokens_of(words_of_name(field.name)))
    return not field.choices and "string" in field.types and bool(name & _SEGMENT)


def is_whole(label: str) -> bool:
    """Whether a row is of the whole company, or of what is no part of its own."""
    return bool(set(tokens_of(label)) & {"total", "consolidated", "elimination", "other", "corporate", "company"})


def of_segment(fields: Sequence[Field], hit: Hit, column: Column) -> dict[Field, Leaf]:
    """Name and kind of the part of the company that a row is of."""
    leaves: dict[Field, Leaf] = {}
    place = Place(hit.row.page, hit.row.words)
    for field in fields:
        if names_segment(field):
            leaves[field] = Leaf(re.sub(r"\s*\(\w\)$", "", hit.row.label), (place,), hit.score)
        elif field.choices and "actual" in field.choices:
            leaves[field] = Leaf("actual", column.places, hit.score)
        elif field.choices:
            of_place = bool(set(tokens_of(hit.row.label)) & PLACES)
            asked = "geograph" if of_place else "business"
            chosen = [
                c for c in field.choices if asked in str(c).lower() or (not of_place and str(c).lower() == "segment")
            ]
            if len(chosen) == 1:
                leaves[field] = Leaf(chosen[0], (place,), hit.score)
    return leaves


def compared(fields: Sequence[Field], statement: Statement, row: Row, column: Column) -> dict[Field, Leaf]:
    """What a change is against: the same months of the year before."""
    same = [
        c
        for c in statement.columns
        if c.period.months == column.period.months and c.period.end.year == column.period.end.year - 1
    ]
    earlier = same or YEARLY.match(row.label.strip())
    for field in fields:
        yearly = [c for c in field.choices if str(c).lower() in {"yoy", "year over year", "year-over-year", "yearly"}]
        if yearly and earlier:
            return {
                field: Leaf(
                    yearly[0], (*column.places, *(same[0].places if same else (Place(row.page, row.words),))), 0.7
                )
            }
    return {}


def said(fields: Sequence[Field], hit: Hit, column: Column) -> dict[Field, Leaf]:
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
            words = set(tokens_of(when))
            if place is not None and (words & title or words & set(chosen)):
                leaves[field] = Leaf(value, (place,), 0.75)
                chosen.append(value)
                break
    return leaves
