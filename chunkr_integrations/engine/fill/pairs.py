"""Fields that share one printed value: first and last day of a range, given and family name of a person."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill import kinds, lexicon
from chunkr_integrations.engine.fill.labels import Label, captions_like
from chunkr_integrations.engine.fill.legal import LEGAL
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.scalars import LEAST_LIKE, Candidate, Spot, spots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.fill.reading import Reading
    from chunkr_integrations.engine.fill.schema import Field, Node

__all__ = ["names", "ranges"]

_FIRST = frozenset(
    {
        "from",
        "start",
        "begin",
        "beginning",
        "first",
        "since",
        "von",
        "ab",
        "debut",
        "desde",
        "dal",
        "van",
        "effective",
        "opening",
        "inception",
        "commencement",
    }
)
_LAST = frozenset(
    {
        "to",
        "end",
        "until",
        "till",
        "through",
        "last",
        "bis",
        "fin",
        "hasta",
        "al",
        "tot",
        "expiry",
        "expiration",
        "closing",
        "termination",
        "ending",
        "thru",
    }
)
_EMPTY = frozenset({"date", "day", "of", "the", "valid", "on"})


def _sides(fields: Sequence[Field]) -> Iterator[tuple[Field, Field, tuple[str, ...]]]:
    """Pairs of date fields of one object that are the two ends of a range, and the words they share."""
    halves: dict[tuple[Node | None, tuple[str, ...]], dict[str, Field]] = {}
    for field in fields:
        if kinds.kind_of(field) != "date":
            continue
        name = tokens_of(field.called)
        side = "first" if set(name) & _FIRST else "last" if set(name) & _LAST else ""
        if side:
            base = tuple(t for t in name if t not in _FIRST | _LAST | _EMPTY)
            halves.setdefault((field.parent, base), {}).setdefault(side, field)
    for (_, base), both in halves.items():
        if len(both) == 2:  # noqa: PLR2004 - both ends
            yield both["first"], both["last"], base


def ranges(reading: Reading, fields: Sequence[Field]) -> dict[Field, list[Candidate]]:
    """Candidates for the ends of ranges that are printed together: "02/13/20 - 02/14/20"."""
    found: dict[Field, list[Candidate]] = {}
    for first, last, base in _sides(fields):
        labels = [Label(tokens_of(p), 0.96, own=False) for p in lexicon.RANGES.split(";")]
        for worth, words in (
            (1.0, base),
            (1.0, (*base, "date")),
            (0.99, (*base, "period")),
            (0.97, ("order", *base)),
            (0.97, (*base, "range")),
        ):
            if base:
                labels.append(Label(words, worth, own=True))
        labels += [Label(tokens_of(a), 1.0, own=True) for a in first.aliases]
        for match in captions_like(reading, labels, frozenset(), LEAST_LIKE + 0.1):
            for spot in spots(reading, match.caption, "date"):
                both = _two_dates(reading, spot)
                if both is None:
                    continue
                for field, candidate in zip((first, last), both, strict=True):
                    score = min(1.0, spot.worth * match.score + 0.03)
                    found.setdefault(field, []).append(
                        replace(candidate, score=score, match=match, relation=spot.relation)
                    )
    return found


def _two_dates(reading: Reading, spot: Spot) -> tuple[Candidate, Candidate] | None:
    texts = spot.run.texts[spot.start : spot.stop]
    one, two = (kinds.read("date", texts, reading.convention, nth=n) for n in (0, 1))
    words = spot.run.words
    if one is None:
        return None
    if two is not None and str(one.value) <= str(two.value):
        a, b = (
            Candidate(f.value, spot.run.page, words[spot.start + f.start : spot.start + f.stop], 0.0, spot.run)
            for f in (one, two)
        )
        return a, b
    line = reading.after(spot.run)[:1]  # the range goes on in the next run
    if two is None and line and texts[-1] in {"-", "\u2013", "to", "bis", "au", "tot"}:
        other = kinds.read("date", line[0].texts, reading.convention)
        if other is not None and str(other.value) >= str(one.value):
            a = Candidate(
                one.value, spot.run.page, words[spot.start + one.start : spot.start + one.stop], 0.0, spot.run
            )
            return a, Candidate(other.value, line[0].page, line[0].words[other.start : other.stop], 0.0, line[0])
    return None


_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof|sir|herr|frau|m|mme|dhr|mevr|professor)\.?$", re.IGNORECASE)
_SUFFIX = re.compile(r"^(?:jr|sr|ii|iii|iv|esq|phd|md)\.?,?$", re.IGNORECASE)
_NAME_WORDS = range(2, 6)  # of a whole name
_NAME_WORD = re.compile(r"^[^\W\d_][\w'\u2019.-]*,?$")


def names(reading: Reading, fields: Sequence[Field]) -> dict[Field, list[Candidate]]:
    """Candidates for the given and the family name of a person whose name is printed in one piece."""
    found: dict[Field, list[Candidate]] = {}
    by_parent: dict[Node | None, dict[str, Field]] = {}
    for field in fields:
        kind = kinds.kind_of(field)
        if kind in ("first_name", "last_name"):
            by_parent.setdefault(field.parent, {})[kind] = field
    for parent, both in by_parent.items():
        about = tokens_of(parent.called) if parent is not None else ()
        labels = [Label(("name",), 0.96, own=False), Label(("full", "name"), 1.0, own=False)]
        if about:
            labels += [Label(about, 0.97, own=True), Label((*about, "name"), 1.0, own=True)]
        for match in captions_like(reading, labels, frozenset(), 0.9):
            for spot in spots(reading, match.caption, "text"):
                parts = _name(spot)
                if parts is None:
                    continue
                for kind, (text, start, stop) in parts.items():
                    if kind in both:
                        words = spot.run.words[spot.start + start : spot.start + stop]
                        score = spot.worth * match.score
                        candidate = Candidate(text, spot.run.page, words, score, spot.run, match, spot.relation)
                        found.setdefault(both[kind], []).append(candidate)
    return found


def _name(spot: Spot) -> dict[str, tuple[str, int, int]] | None:
    """Given and family name, each with its place in the spot; None for what is no person's name."""
    texts = list(spot.run.texts[spot.start : spot.stop])
    start, stop = 0, len(texts)
    while start < stop and _TITLE.match(texts[start]):
        start += 1
    while stop > start and _SUFFIX.match(texts[stop - 1]):
        stop -= 1
    words = texts[start:stop]
    if len(words) not in _NAME_WORDS or not all(_NAME_WORD.match(w) for w in words) or LEGAL.search(" ".join(words)):
        return None
    if sum(w[:1].isupper() for w in words) < len(words) - 1 or not words[0][:1].isupper():
        return None
    if words[0].endswith(","):
        return {
            "last_name": (words[0].rstrip(","), start, start + 1),
            "first_name": (" ".join(words[1:]), start + 1, stop),
        }
    return {"first_name": (" ".join(words[:-1]), start, stop - 1), "last_name": (words[-1].rstrip(","), stop - 1, stop)}
