"""Periods over the columns of statements of accounts, and their names in fiscal years and quarters."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from chunkr_integrations.engine.values import Convention, read_date

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DURATION",
    "MONTH_DAY",
    "YEAR",
    "Period",
    "fiscal_label",
    "month_of_year_end",
    "months_of",
    "year_is_called",
]

_QUARTER, _HALF, _THREE_QUARTERS, _WHOLE = 3, 6, 9, 12  # months
YEAR = re.compile(r"\(?((?:19|20)\d\d)\)?[,;:*]?(?:\([a-z0-9]\))?")
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
MONTH_DAY = re.compile(
    rf"\b(?P<month>{_MONTHS})\.?\s+(?P<day>\d{{1,2}})\b|\b(?P<day_first>\d{{1,2}})\s+(?P<month_last>{_MONTHS})\b",
    re.IGNORECASE,
)
_NUMBERS = {
    "three": 3, "six": 6, "nine": 9, "twelve": 12, "thirteen": 13, "fourteen": 14, "sixteen": 16, "twenty four": 24,
    "twenty six": 26, "twenty seven": 27, "thirty six": 36, "thirty nine": 39, "forty": 40, "fifty two": 52,
    "fifty three": 53,
}  # fmt: skip
_WEEKS = {12: 3, 13: 3, 14: 3, 16: 3, 17: 3, 24: 6, 26: 6, 27: 6, 36: 9, 39: 9, 40: 9, 52: 12, 53: 12}  # in months
DURATION = re.compile(
    rf"\b(?P<count>\d{{1,2}}|{'|'.join(w.replace(' ', '[- ]') for w in sorted(_NUMBERS, key=len, reverse=True))})"
    r"[- ](?P<unit>month|week)s?\b|\b(?P<quarter>quarter(?:ly period)?)s?\s+end|"
    r"\b(?:fiscal\s+|financial\s+)?(?P<year>year)s?\s+end",
    re.IGNORECASE,
)
_YEAR_END = re.compile(
    rf"\b(?:fiscal|financial)?\s*year(?:s|\s+that)?\s+(?:then\s+)?end(?:ed|ing|s)(?:\s+on)?\s+"
    rf"(?P<day>(?:{_MONTHS})\.?\s+\d{{1,2}}|\d{{1,2}}\s+(?:{_MONTHS}))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Period:
    """A stretch of months up to a day, or (no months) a day."""

    end: date
    months: int  # 0: a balance at `end`


def months_of(text: str) -> int:
    """How long the period that a text speaks of is, in months; 0 where it speaks of none."""
    match = DURATION.search(text)
    if match is None:
        return 0
    if match["quarter"]:
        return _QUARTER
    if match["year"]:
        return _WHOLE
    said = match["count"].lower().replace("-", " ")
    count = int(said) if said.isdigit() else _NUMBERS[said]
    if match["unit"].lower() == "week":
        return _WEEKS.get(count, 0)
    return count if count in (_QUARTER, _HALF, _THREE_QUARTERS, _WHOLE) else 0


def day_in(month_day: str, year: str) -> date | None:
    """The day that "December 31," and "2024" print."""
    return read_date(f"{month_day.strip(' ,.')}, {year}", Convention(".", day_first=False))


def month_of_year_end(texts: Iterable[str]) -> int | None:
    """The month in which fiscal years end, as most mentions of one say; None without any."""
    votes: Counter[int] = Counter()
    for text in texts:
        for match in _YEAR_END.finditer(text):
            day = day_in(match["day"], "2001")
            if day is not None:
                votes[_month(day)[1]] += 1
    return votes.most_common(1)[0][0] if votes else None


def _month(day: date) -> tuple[int, int]:
    """Year and month that a period up to `day` belongs to: years of whole weeks end some days early or late."""
    near = day - timedelta(days=7) if day.day <= 7 else day  # noqa: PLR2004 - days of a week
    return near.year, near.month


_ON = rf"\bend(?:ed|s|ing)\s+(?:on\s+)?(?:{_MONTHS})\.?\s+\d{{1,2}},\s+(?P<year>20\d\d)"
_CALLED = (
    re.compile(rf"\bfiscal\s+(?:year\s+)?(?P<name>20\d\d)\b[^.]{{0,60}}?{_ON}", re.IGNORECASE),
    re.compile(rf"{_ON}\s*\(?[^.a-z]{{0,8}}(?:the\s+)?[\"\u201c]?fiscal\s+(?:year\s+)?(?P<name>20\d\d)", re.IGNORECASE),
)


def year_is_called(texts: Iterable[str]) -> int:
    """How the year that a fiscal year is called by differs from that in which it ends: 0, or -1 for some retailers."""
    votes: Counter[int] = Counter()
    for text in texts:
        for pattern in _CALLED:
            votes.update(int(m["name"]) - int(m["year"]) for m in pattern.finditer(text))
    best = votes.most_common(1)
    return best[0][0] if best and best[0][0] in (0, -1) else 0


def fiscal_label(period: Period, year_end: int, called: int = 0) -> str | None:
    """A period in fiscal years that end in month `year_end`: "FY2025 Q2", "FY2025 H1", "FY2025"; None for others."""
    year, month = _month(period.end)
    fiscal = year + (month > year_end) + called
    quarter = round(((month - year_end) % 12 or _WHOLE) / _QUARTER)
    if not quarter:
        return None
    if period.months == _QUARTER:
        return f"FY{fiscal} Q{quarter}"
    if quarter == _WHOLE // _QUARTER:
        return f"FY{fiscal}" if period.months in (0, _WHOLE) else f"FY{fiscal} H2" if period.months == _HALF else None
    if period.months == 0:
        return f"FY{fiscal} Q{quarter}"
    elapsed = quarter * _QUARTER
    if period.months == elapsed == _HALF:
        return f"FY{fiscal} H1"
    return f"FY{fiscal} YTD" if period.months == elapsed == _THREE_QUARTERS else None
