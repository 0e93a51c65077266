"""Statements of accounts: tables whose columns are periods, with their rows, scale and currency."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Place
from chunkr_integrations.engine.fill.periods import MONTH_DAY, YEAR, Period, day_in, months_of
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.values import read_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.document import Page
    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["Amount", "Column", "Row", "Statement", "cover_period", "kind_of_title", "statements"]

_ABOVE = 9  # lines over the years that may name the statement, its scale and its periods
_HEADS = 4  # lines of stacked heads over the years
_LONGEST_TITLE = 10  # words
_LONGEST_CAPTION = 6
_NEAR = 30.0  # points between the parts of one head
_GAP = 6.0  # heights of a line: a wider one ends a table
_NONE = frozenset("-\u2013\u2014")
_SCALE = re.compile(
    r"\b(?:in\s+(?:\w+\.?\s+){0,4}?(?P<word>thousand|million|billion)s?|(?P<mio>in\s+mio|tsd|teur|k\u20ac)\b|"
    r"[$£€]\s?(?P<zeros>000|m|million|bn|billion)\b)|[$£€]\s?['\u2019]\s?(?P<quoted>000)",
    re.IGNORECASE,
)
_SCALES = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "in mio": 10**6, "tsd": 10**3, "teur": 10**3,
    "k\u20ac": 10**3, "000": 10**3, "m": 10**6, "bn": 10**9,
}  # fmt: skip
_UNSCALED = re.compile(r"except|other than|ausser|außer", re.IGNORECASE)
_CURRENCY = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "C$": "CAD", "A$": "AUD", "CHF": "CHF",
}  # fmt: skip
_KINDS = (
    (
        "other",
        re.compile(
            r"comprehensive|(?:stock|share)holders.? equity|changes? in equity|parent company|"
            r"condensed financial information",
            re.IGNORECASE,
        ),
    ),
    ("cash flow", re.compile(r"\bcash\s*flows?\b", re.IGNORECASE)),
    ("balance", re.compile(r"\bbalance sheets?\b|\bfinancial (?:position|condition)\b", re.IGNORECASE)),
    (
        "income",
        re.compile(
            r"\bstatements? of (?:\(?\w+\)? ){0,2}(?:income|earnings|operations|profit)|\bincome statements?\b|"
            r"\bprofit and loss\b|\b(?:earnings|operations) statements?\b",
            re.IGNORECASE,
        ),
    ),
)
_MIXED = re.compile(r"\b(?:income|operations|earnings|loss)\b.*\bcomprehensive\b", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """A period, and the words of its heads."""

    period: Period
    centre: float
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Amount:
    """A printed number of a row."""

    value: int | float
    words: tuple[int, ...]
    bracketed: bool
    percent: bool


@dataclass(frozen=True)
class Row:
    """A line with numbers: its label, the heading over it, and its number in each column that has one."""

    page: int
    label: str
    heading: str
    words: tuple[int, ...]  # of the label
    amounts: dict[int, Amount]
    changes: dict[int, Amount] = field(default_factory=dict)  # by the newer period's column


@dataclass
class Statement:
    """One table."""

    page: int
    title: str
    kind: str  # income, balance, cash flow, other, or "" for a table that is none of the statements
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    scale: int | None = None
    scale_place: Place | None = None
    unscaled: bool = False  # says that amounts per share are not scaled
    currency: str | None = None
    currency_place: Place | None = None
    title_place: Place | None = None
    about: frozenset[str] = frozenset()  # words of the lines over the heads
    captions: tuple[tuple[str, Place], ...] = ()  # short lines over the heads, nearest first
    changes: dict[int, Column] = field(default_factory=dict)  # columns of changes in percent, by the newer period


_FOR = re.compile(
    r"^(?:annual report\s+|quarterly report\s+)?for the (?:.{0,30}\b)?"
    r"(?:period|quarter|year|months|weeks)\b.{0,12}\bend(?:ed|ing)\b",
    re.IGNORECASE,
)


def cover_period(reading: Reading) -> tuple[Period, Place] | None:
    """The period that a report says it is for: "For the quarterly period ended March 31, 2024"."""
    for page in reading.document.pages[:3]:
        for index in reading.page_lines.get(page.number, ()):
            for run in reading.lines[index]:
                head = _FOR.match(run.text)
                after = head and (MONTH_DAY.search(run.text, head.end() - 1))
                year = after and re.match(r"[\s,.]*((?:19|20)\d\d)\b", run.text[after.end() :])
                if head and after and year and (day := day_in(after[0], year[1])) is not None:
                    return Period(day, months_of(head[0])), Place(page.number, run.words)
    return None


def kind_of_title(text: str) -> str:
    """Which statement a title names; empty for none."""
    if _MIXED.search(text):
        return "income"
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), "")


def statements(reading: Reading) -> list[Statement]:
    """All tables with periods over their columns, in reading order."""
    found: list[Statement] = []
    for page in reading.document.pages:
        lines = reading.page_lines.get(page.number, range(0))
        tops: list[tuple[int, Statement]] = []
        index = lines.start
        while index < lines.stop:
            years = _years(reading.lines[index])
            if years:
                statement = _headed(reading, page, index, years, tops[-1][0] + 1 if tops else lines.start)
                if statement is not None:
                    tops.append((index, statement))
            index += 1
        for place, (index, statement) in enumerate(tops):
            stop = tops[place + 1][0] - 1 if place + 1 < len(tops) else lines.stop
            statement.rows = list(_rows(reading, page, range(index + 1, stop), statement))
            if statement.rows:
                _with_currency(reading, page, range(index + 1, stop), statement)
                if statement.scale is None and index + 1 < lines.stop:
                    _scaled(page, reading.lines[index + 1], statement)
                found.append(statement)
    return found


# ------------------------------------------------------------------------------------------------- heads
def _years(line: Sequence[Run]) -> list[tuple[int, str]]:
    """The words that are years in a line that holds nothing but heads."""
    found = []
    for place, run in enumerate(line):
        beside = place == 0 and len(line) > 2 and len(run.texts) <= _LONGEST_TITLE  # noqa: PLR2004 - "(In millions ...)"
        if len(run.texts) > 5 and not beside:  # noqa: PLR2004 - "As of December 31, 2024" is a head, a sentence is none
            return []
        for word, text in zip(run.words, run.texts, strict=True):
            match = YEAR.fullmatch(text)
            if match:
                found.append((word, match[1]))
            elif "," in text.strip(",") or "." in text.strip(".*,") or text in _NONE or re.match(r"\$.", text):
                return []  # a row of numbers
    return found


def _headed(reading: Reading, page: Page, index: int, years: list[tuple[int, str]], first: int) -> Statement | None:
    """The statement whose years are in line `index`, its columns dated by the heads over and beside them."""
    own = reading.lines[index]
    over: list[list[Run]] = []
    for at in range(index - 1, max(first, index - _HEADS) - 1, -1):
        line = reading.lines[at]
        if line[0].page != page.number or any(len(r.texts) > 8 for r in line):  # noqa: PLR2004 - prose
            break
        over.append(line)
    title = [reading.lines[at] for at in range(max(first, index - _ABOVE), index)]
    beside = [own[:1], *reversed(title)]  # "Year ended December 31," may stand where the labels do
    columns = []
    for number, (word, year) in enumerate(years):
        box = page.words[word].box
        centre = (box.left + box.right) / 2
        heads = [*_beside(page, own, word), *filter(None, (_over(line, centre, number, len(years)) for line in over))]
        heads += [(" ".join(r.text for r in line), tuple(w for r in line for w in r.words)) for line in beside]
        column = _column(page, heads, word, year)
        if column is None:
            return None
        columns.append(column)
    if len(columns) == 1 and not months_of(" ".join(r.text for line in beside for r in line)):
        return None  # a single year proves no table
    statement = Statement(page.number, "", "", columns)
    statement.about = frozenset(tokens_of(" ".join(r.text for line in title for r in line)))
    _titled(reading, page, title, index, statement)
    statement.changes = _changes(page, [own, *over], columns)
    if statement.kind == "balance":
        statement.columns = [replace(c, period=replace(c.period, months=0)) for c in columns]
    return statement


_Said = tuple[str, tuple[int, ...]]  # a text that may date a column, and its words


def _beside(page: Page, own: Sequence[Run], year: int) -> Iterator[_Said]:
    """The words before a year in its own run: "As of December 31," of "As of December 31, 2024"."""
    run = next(r for r in own if year in r.words)
    before = run.words[: run.words.index(year)]
    yield " ".join(page.words[w].text for w in before), before[-3:]


def _column(page: Page, heads: Sequence[_Said], word: int, year: str) -> Column | None:
    """The column of a year, with day and length of its period from the first of `heads` that say so."""
    box = page.words[word].box
    month_day: re.Match[str] | None = None
    months = 0
    places = [Place(page.number, (word,))]
    for text, words in heads:
        day_here = None if month_day else MONTH_DAY.search(text)
        months_here = 0 if months else months_of(text)
        month_day, months = month_day or day_here, months or months_here
        if day_here or months_here:
            places.insert(0, Place(page.number, words))
    day = day_in(month_day[0], year) if month_day else None
    return Column(Period(day, months), (box.left + box.right) / 2, tuple(places)) if day else None


def _over(line: Sequence[Run], centre: float, number: int, count: int) -> _Said | None:
    """The head of a line that stands over a column: by order where each covers as many columns, else by place."""
    heads = [r for r in line if MONTH_DAY.search(r.text) or months_of(r.text)]
    if not heads:
        return None
    if count % len(heads) == 0 and len(heads) > 1:
        head = heads[number // (count // len(heads))]
        return head.text, head.words
    near = min(heads, key=lambda r: max(r.left - centre, centre - r.right, 0.0))
    far = max(near.left - centre, centre - near.right)
    return (near.text, near.words) if far < 90 else None  # noqa: PLR2004 - points


_CHANGE = re.compile(r"(?:%|yoy|y/y|percent\w*)?\s*\b(?:change|growth|increase)\b", re.IGNORECASE)


def _changes(page: Page, heads: Sequence[Sequence[Run]], columns: Sequence[Column]) -> dict[int, Column]:
    """Columns headed "% Change" or "YoY Growth", each by the newest period among those before it."""
    found: dict[int, Column] = {}
    spots: list[tuple[float, Run]] = []
    for line in heads:
        for run in line:
            match = _CHANGE.search(run.text)
            if match and "$" not in run.text and not any(abs(run.left - x) < _NEAR for x, _ in spots):
                spots.append((run.left, run))
    edges = [float("-inf"), *(x for x, _ in sorted(spots, key=lambda spot: spot[0]))]
    for place, (left, run) in enumerate(sorted(spots, key=lambda spot: spot[0])):
        before = [i for i, c in enumerate(columns) if edges[place] < c.centre < left]
        if len(before) > 1:
            newest = max(before, key=lambda i: columns[i].period.end)
            places = (*columns[newest].places, Place(page.number, run.words))
            found[newest] = Column(columns[newest].period, (run.left + run.right) / 2, places)
    return found


def _titled(reading: Reading, page: Page, lines: Sequence[Sequence[Run]], index: int, statement: Statement) -> None:
    """Sets title, kind and scale from the lines over the heads, nearest first; the scale also from the page's head."""
    for line in [reading.lines[index], *reversed(lines)]:
        text = " ".join(r.text for r in line)
        if len(text) > 140:  # noqa: PLR2004 - characters; a sentence is no title
            continue
        words = tuple(w for r in line for w in r.words)
        if statement.scale is None:
            _scaled(page, line, statement)
        alone = len(line) == 1 and len(words) <= _LONGEST_CAPTION and not MONTH_DAY.search(text) and not months_of(text)
        if alone and not any(c.isdigit() for c in text):
            statement.captions = (*statement.captions, (text, Place(page.number, words)))
        kind = kind_of_title(line[0].text) if len(words) <= _LONGEST_TITLE and not text.endswith((".", ":")) else ""
        if kind and not statement.kind and not any(c.isdigit() for c in text):
            statement.kind, statement.title, statement.title_place = kind, text, Place(page.number, words)


def _scaled(page: Page, line: Sequence[Run], statement: Statement) -> None:
    """Sets the scale where a line says it."""
    text = " ".join(r.text for r in line)
    scale = _scale_of(text)
    if scale:
        statement.scale, statement.scale_place = scale, Place(page.number, tuple(w for r in line for w in r.words))
        statement.unscaled = bool(_UNSCALED.search(text))


def _scale_of(text: str) -> int | None:
    match = _SCALE.search(text)
    if match is None:
        return None
    found = next(group for group in match.groupdict().values() if group).lower()
    return _SCALES.get(re.sub(r"\s+", " ", found)) or next(
        (v for k, v in _SCALES.items() if k == found.rstrip("s")), None
    )


# -------------------------------------------------------------------------------------------------- rows
def _rows(reading: Reading, page: Page, lines: range, statement: Statement) -> Iterator[Row]:
    centres = [c.centre for c in statement.columns]
    pitch = min((b - a for a, b in pairwise(centres) if b > a), default=120.0)
    begin = min(centres) - max(0.62 * pitch, 24.0)
    heading = ""
    pending: tuple[list[int], str] | None = None
    previous: float | None = None
    for index in lines:
        line = reading.lines[index]
        box = line[0]
        if previous is not None and box.top - previous > _GAP * max(box.height, 6.0):
            return
        label, amounts = _parts_of(page, line, begin, centres, pitch)
        changes = _changed(page, line, statement.changes)
        text = " ".join(page.words[w].text for w in label)
        if not amounts:
            if len(label) > 22 and previous is not None:  # noqa: PLR2004 - words: prose follows
                return
            if pending is not None and not text[:1].islower():
                heading = pending[1]
            pending = (label, text)
            if text.endswith(":") or text.isupper():
                heading, pending = text, None
            continue
        if pending is not None:
            wrapped = text[:1].islower() or text[:1].isdigit()
            if wrapped:
                label, text = [*pending[0], *label], f"{pending[1]} {text}"
            else:
                heading = pending[1]
            pending = None
        previous = box.bottom
        yield Row(page.number, text, heading, tuple(label), amounts, changes)
        own = tokens_of(text)
        if own[:1] == ("total",) and set(own) & set(tokens_of(heading)):
            heading = ""  # the sum ends the group


def _parts_of(
    page: Page, line: Sequence[Run], begin: float, centres: Sequence[float], pitch: float
) -> tuple[list[int], dict[int, Amount]]:
    """The words of a line's label, and its numbers by column."""
    label: list[int] = []
    amounts: dict[int, tuple[float, Amount]] = {}
    words = [w for run in line for w in run.words]
    for at, word in enumerate(words):
        box = page.words[word].box
        centre = (box.left + box.right) / 2
        if centre < begin:
            label.append(word)
            continue
        amount = _amount(page, words, at)
        if amount is None:
            continue
        column = min(range(len(centres)), key=lambda c: abs(centres[c] - centre))
        far = abs(centres[column] - centre)
        if far <= 0.5 * pitch + 2 and (column not in amounts or far < amounts[column][0]):
            amounts[column] = (far, amount)
    return label, {c: a for c, (_, a) in amounts.items()}


def _changed(page: Page, line: Sequence[Run], changes: dict[int, Column]) -> dict[int, Amount]:
    """The percentages of a line that stand under heads of changes."""
    words = [w for run in line for w in run.words]
    found: dict[int, Amount] = {}
    for key, column in changes.items():
        for at, word in enumerate(words):
            box = page.words[word].box
            amount = _amount(page, words, at) if abs((box.left + box.right) / 2 - column.centre) < _NEAR else None
            if amount is not None and amount.percent:
                found[key] = amount
                break
    return found


def _amount(page: Page, words: Sequence[int], at: int) -> Amount | None:
    word = words[at]
    text = page.words[word].text
    if text in _NONE:
        return Amount(0, (word,), bracketed=False, percent=False)
    number = read_number(text.strip("$£€ "))
    used = (word,)
    bracketed = text.startswith(("(", "$(", "-(")) or "(" in text
    if number is None and bracketed:  # the closing bracket is a word of its own
        number = read_number(text.strip("$£€ ()"))
        number = -number if number is not None else None
    if number is None:
        return None
    after = page.words[words[at + 1]].text if at + 1 < len(words) else ""
    percent = text.rstrip(")").endswith("%") or after.startswith(("%", ")%"))
    value = int(number) if number == number.to_integral_value() else float(number)
    return Amount(value, used, bracketed, percent)


def _with_currency(reading: Reading, page: Page, lines: range, statement: Statement) -> None:
    """Sets the currency by the first sign in the table."""
    for index in lines:
        for run in reading.lines[index]:
            for word, text in zip(run.words, run.texts, strict=True):
                sign = re.match(r"(?:US|C|A)?[$€£¥]|CHF$", text)
                if sign:
                    statement.currency, statement.currency_place = _CURRENCY[sign[0]], Place(page.number, (word,))
                    return


@lru_cache(maxsize=16_384)
def label_tokens(text: str) -> tuple[str, ...]:
    """The words of a row's label as they are compared: without remarks in brackets and references to notes."""
    plain = re.sub(r"\([^)]*\)|\bnotes? \d+\b|[\u00b9\u00b2\u00b3*]", " ", text, flags=re.IGNORECASE)
    return tokens_of(re.sub(r"\b(?:inc|net)\.?\s*$|,\s*net\b.*$", " ", plain, flags=re.IGNORECASE))
