"""Agreements as running text: who is party in which role, when they were made, what their terms are defined as."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.outline import Text
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import Array, Field, words_of_name
from chunkr_integrations.engine.fill.signatories import listed_under, names_before
from chunkr_integrations.engine.values import norm, read_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from chunkr_integrations.engine.fill.reading import Reading

__all__ = ["Clauses"]

_FRONT = 60_000  # characters in which an agreement says who makes it
_SKIPPED = frozenset({"PageHeader", "PageFooter", "PageNumber"})
_AGREEMENT = re.compile(
    r"\bthis\s+(?:[\w&,'\u2019()-]+\s+){0,8}?(?:agreement|lease|contract|deed|indenture|amendment|guaranty|note)\b"
    r"(?:.{0,120}?)\b(?:made|entered|dated|effective|between|among|executed)\b",
    re.IGNORECASE | re.DOTALL,
)
_DATE = (
    r"(?:(?:the\s+)?\d{1,2}(?:st|nd|rd|th)?\s+(?:day\s+of\s+)?[A-Z][a-z]+,?\s+\d{4}|[A-Z][a-z]+\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|"
    r"\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}-\d{2}-\d{2})"
)
_MADE = re.compile(
    rf"\b(?:dated\s+(?:as\s+of|for\s+reference)?|(?:made|entered\s+into|executed|effective|made\s+effective)(?:\s+and\s+\w+(?:\s+into)?)?\s+"
    rf"(?:as\s+of|on|this|effective)(?:\s+as\s+of|\s+this)?)\s*(?P<date>{_DATE})",
    re.IGNORECASE,
)
_MADE_NAMES = frozenset(
    tokens_of("agreement effective execution executed signing signed contract dated made start commencement")
)
_LAW = re.compile(
    r"\b(?i:governed\s+by|construed\s+in\s+accordance\s+with|subject\s+to)\b[^.;]{0,80}?\b(?i:laws?|legislation)\s+"
    r"(?i:of\s+(?:the\s+)?)(?P<law>(?:(?i:State|Commonwealth|Province|Federal Republic|Republic|Kingdom)\s+(?i:of)\s+"
    r"(?i:the\s+)?)?[A-Z][\w'\u2019-]*(?:\s+(?:and|of|of\s+the|AND|OF)\s+[A-Z][\w'\u2019-]*|\s+[A-Z][\w'\u2019-]*){0,3})"
)
_DEFINED = re.compile(
    r"[\"\u201c](?P<term>[A-Z][^\"\u201d\u201c]{1,60}?)[\"\u201d]\s*(?:means?|shall\s+mean|is\s+defined|refers\s+to|:)"
)
_LONGEST_DEFINITION = 900  # characters that are looked at
_MONEY = re.compile(
    r"(?:US\$|[$€£]|\b(?:USD|EUR|GBP)\s?)\s?(?P<number>\d{1,3}(?:[,.]\d{3})+(?:\.\d{2})?|\d+(?:\.\d+)?)(?:\s+(?P<scale>million|billion))?",
    re.IGNORECASE,
)
_SCORE = 0.86
_COVER = 4  # pages on which an amount alone says what an agreement is about
_LARGE = 100_000
_ANY_MONTH = 28  # days that every month has
_FACILITY = frozenset(tokens_of("commitment loan facility principal credit"))
_ENDS = frozenset(tokens_of("expiration expiry end termination maturity"))
_ORDINAL = re.compile(r"\b(?:day|the)\b|(?<=\d)(?:st|nd|rd|th)\b")
_RECKON = re.compile(r"\bcalculat|\bcomput|\bderive|\bwork(?:ed)? out", re.IGNORECASE)
_COUNTS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "twelve": 12, "eighteen": 18, "364": 0,
}  # fmt: skip
_AFTER = re.compile(
    r"\b(?:(?P<count>one|two|three|four|five|six|seven|eight|nine|ten|twelve|eighteen)(?:\s*\(\d+\))?\s+(?P<unit>years?|months?)"
    r"\s+(?:after|from|following)|(?P<nth>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?:\s*\(\w+\))?"
    r"\s+anniversary\s+of)\s+(?:the\s+)?(?:Closing\s+Date|Effective\s+Date|date\s+hereof|date\s+of\s+this)",
    re.IGNORECASE,
)
_WHOLE = frozenset(tokens_of("aggregate total facility initial maximum revolving loan amount term credit"))
_REQUIRED = frozenset(
    tokens_of("required requirement included present applicable has have is includes contains provided clause")
)
_ROLE_REST = frozenset(tokens_of("name party entity legal the full parties names"))


class Clauses:
    """The text of one document in reading order."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        skipped = {(s.page, w) for s in reading.document.segments if s.type in _SKIPPED for w in s.words}
        self.words = [
            (run.page, w, t)
            for run in reading.runs
            for w, t in zip(run.words, run.texts, strict=True)
            if (run.page, w) not in skipped
        ]
        self.offsets, at = [], 0
        for _, _, text in self.words:
            self.offsets.append(at)
            at += len(text) + 1
        self.text = " ".join(t for _, _, t in self.words)
        self.front = self.text[:_FRONT]

    @cached_property
    def valid(self) -> bool:
        """Whether the document is an agreement."""
        return _AGREEMENT.search(self.front) is not None

    def part(self, start: int, stop: int) -> Text:
        """The words that characters `start` to `stop` touch."""
        first = max(0, bisect_right(self.offsets, start) - 1)
        last = bisect_right(self.offsets, max(start, stop - 1))
        return Text(tuple(self.words[first:last]))

    # --------------------------------------------------------------------------------------------- scalars
    def field(self, field: Field) -> Leaf | None:
        """What an agreement says of a field in its own ways; None where labels may say it."""
        kind = kinds.kind_of(field)
        name = tokens_of(words_of_name(field.name))
        if kind == "date" or ("date" in name and "string" in field.types):
            return self._day(field, set(name))
        if kind in kinds.NUMBERS:
            money = self._money(field)
            return Leaf(money[0], money[1].places(), _SCORE) if money else None
        if kind in ("currency", "boolean"):
            return self._currency(field) if kind == "currency" else self._mentioned(name)
        if {"law", "jurisdiction"} & set(name) and {"governing", "applicable"} & set(name):
            return self._law()
        role = tuple(t for t in name if t not in _ROLE_REST)
        names = self.parties(role) if "string" in field.types and role else []
        long = kind in ("text", "prose") and len(self.text) > 2 * _FRONT  # what looks like a label there is a clause
        return names[0] if names else Leaf(None) if long else None

    def _day(self, field: Field, name: set[str]) -> Leaf | None:
        if name & _MADE_NAMES and not name & _ENDS:
            match, day = self._made()
            if match is not None and day is not None:
                return Leaf(day.isoformat(), self.part(*match.span("date")).places(), 0.93)
        defined = self._in_definition(tokens_of(words_of_name(field.name)), "date")
        return defined or (self._reckoned(field) if _RECKON.search(field.description) else None)

    def _made(self) -> tuple[re.Match[str] | None, date | None]:
        """Where and when the agreement says that it was made."""
        match = _MADE.search(self.front)
        return match, read_date(_ORDINAL.sub(" ", match["date"])) if match else None

    def _reckoned(self, field: Field) -> Leaf | None:
        """A day some years or months after the agreement was made, for a field that allows to work it out."""
        _, made = self._made()
        for start, stop in self.definitions.get(frozenset(tokens_of(words_of_name(field.name))), ()):
            match = _AFTER.search(self.text, start, min(stop, start + 200))
            if match is None or made is None:
                continue
            count = _COUNTS.get((match["count"] or match["nth"]).lower(), 0)
            months = made.month - 1 + count * (1 if (match["unit"] or "").lower().startswith("month") else 12)
            if count:
                day = made.replace(year=made.year + months // 12, month=months % 12 + 1, day=min(made.day, 28))
                return Leaf(
                    day.replace(day=made.day).isoformat() if made.day <= _ANY_MONTH else day.isoformat(),
                    self.part(*match.span()).places(),
                    0.66,
                )
        return None

    def _in_definition(self, name: tuple[str, ...], kind: str) -> Leaf | None:
        """The first value of a kind in the definition of a term that is called as a field."""
        for start, stop in self.definitions.get(frozenset(name), ()):
            part = self.part(start, stop)
            found = kinds.read(kind, [t for _, _, t in part.words][:60], self.reading.convention)
            if found is not None:
                return Leaf(found.value, Text(part.words[found.start : found.stop]).places(), 0.88)
        return None

    @cached_property
    def definitions(self) -> dict[frozenset[str], list[tuple[int, int]]]:
        """Where each term is defined."""
        found: dict[frozenset[str], list[tuple[int, int]]] = {}
        matches = list(_DEFINED.finditer(self.text))
        for at, match in enumerate(matches):
            following = matches[at + 1].start() if at + 1 < len(matches) else len(self.text)
            stop = min(following, match.end() + _LONGEST_DEFINITION)
            found.setdefault(frozenset(tokens_of(match["term"])), []).append((match.end(), stop))
        return found

    def _money(self, field: Field) -> tuple[int | float, Text, re.Match[str]] | None:
        own = tokens_of(words_of_name(field.name))
        around = tokens_of(words_of_name(field.parent.name)) if field.parent is not None else ()
        asked = {t for t in (*own, *around) if t not in _WHOLE and t not in {"currency", "term", "value"}}
        if not asked:
            return None
        amounts = []
        for term, places in self.definitions.items():
            if not asked <= term or not term - asked <= _WHOLE:
                continue
            for start, stop in places:
                match = _MONEY.search(self.text, start, stop)
                if match is not None:
                    amounts.append((_number(match), self.part(*match.span()), match))
        if not amounts and asked & _FACILITY:
            amounts = list(self._on_the_cover())
        return amounts[0] if amounts and len({a[0] for a in amounts}) == 1 else None

    def _on_the_cover(self) -> Iterator[tuple[int | float, Text, re.Match[str]]]:
        """Amounts that stand alone on a line of the first pages: what the facility is of."""
        for run in self.reading.runs:
            if run.page > _COVER:
                return
            match = _MONEY.fullmatch(run.text)
            if match is not None and _number(match) >= _LARGE and len(self.reading.lines[run.line]) == 1:
                yield (
                    _number(match),
                    Text(tuple((run.page, w, t) for w, t in zip(run.words, run.texts, strict=True))),
                    match,
                )

    def _currency(self, field: Field) -> Leaf | None:
        money = self._money(field)
        if money is None:
            return None
        found = kinds.read("currency", [re.sub(r"[\d.,]+.*", "", money[1].text).strip()], self.reading.convention)
        return Leaf(found.value, money[1].places(), _SCORE) if found else None

    def _law(self) -> Leaf:
        votes: dict[str, tuple[int, re.Match[str]]] = {}
        for match in _LAW.finditer(self.text):
            law = match["law"].strip(" .,")
            if law[:1].isupper():
                count, first = votes.get(norm(law), (0, match))
                votes[norm(law)] = (count + 1, first)
        if not votes:
            return Leaf(None)
        ranked = sorted(votes.values(), key=lambda v: (-v[0], v[1].start()))
        match = ranked[0][1]
        sure = len(ranked) == 1 or ranked[0][0] > ranked[1][0]
        law = (
            re.sub(r"\b(?:AND|OF|THE)\b", lambda m: m[0].lower(), match["law"].strip(" .,"))
            if match["law"].isupper()
            else match["law"]
        )
        return self.part(*match.span("law")).leaf(0.88 if sure else 0.7, law.title() if law.isupper() else law)

    def _mentioned(self, name: tuple[str, ...]) -> Leaf | None:
        """Yes, where what is said to be required or included is a defined term."""
        if not set(name) & _REQUIRED:
            return None
        asked = frozenset(t for t in name if t not in _REQUIRED)
        places = self.definitions.get(asked) if len(asked) > 1 else None
        if not places:
            return Leaf(None)
        begin = self.text.rfind('"', 0, places[0][0] - 2) if '"' in self.text else places[0][0] - 40
        return Leaf(True, self.part(max(0, begin), places[0][0]).places(), 0.72)

    # --------------------------------------------------------------------------------------------- parties
    def parties(self, role: tuple[str, ...]) -> list[Leaf]:
        """Who acts in a role: "X, as Borrower" or "X, a Delaware corporation (the "Borrower")"."""
        for match in self._roles(role, self.front):
            names = names_before(self.front, match)
            if names:
                return [self.part(a, b).leaf(0.88, self.text[a:b]) for a, b in names]
        return []

    def array(self, array: Array) -> list[Leaf] | None:
        """The parties that a list of names asks for."""
        if not isinstance(array.item, Field) or kinds.kind_of(array.item) not in ("text", "prose"):
            return None
        role = tuple(t for t in tokens_of(words_of_name(array.name)) if t not in _ROLE_REST)
        if not role:
            return None
        listed = listed_under(self.reading, role)
        if listed:
            return listed
        names = self.parties(role)
        seen = {norm(str(leaf.value)) for leaf in names}
        for match in self._roles(role, self.text[len(self.front) :]) if len(self.text) > len(self.front) else ():
            shift = len(self.front)
            for a, b in names_before(self.text[shift:], match):
                leaf = self.part(a + shift, b + shift).leaf(0.8, self.text[a + shift : b + shift])
                if norm(str(leaf.value)) not in seen:
                    seen.add(norm(str(leaf.value)))
                    names.append(leaf)
        return names or None

    @staticmethod
    def _roles(role: tuple[str, ...], text: str) -> Iterator[re.Match[str]]:
        """Where a text gives somebody the role."""
        for match in _AS.finditer(text):
            said = tokens_of(match["role"] or match["named"])
            if set(role) <= set(said[: len(role) + _MORE]):
                yield match


_MORE = 4  # words that the name of a role may have besides: "Joint ... and Joint Bookrunner"
_ROLE = r"[A-Z][\w/-]*(?:\s+(?:[A-Z][\w/-]*|and|of)){0,6}"
_AS = re.compile(
    rf"(?:,?\s+as\s+(?:the\s+|an?\s+|initial\s+)?(?P<role>{_ROLE}))|"
    rf"(?:\s*\((?:[^()\"\u201c]{{0,60}}?)[\"\u201c](?P<named>{_ROLE})[\"\u201d])"
)


def _number(match: re.Match[str]) -> int | float:
    number = float(match["number"].replace(",", "")) * {"million": 1e6, "billion": 1e9}.get(
        (match["scale"] or "").lower(), 1
    )
    return int(number) if number.is_integer() else number
