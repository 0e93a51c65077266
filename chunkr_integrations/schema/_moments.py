"""Dates, times and durations as people print them, read by stated rules; what could mean two things is not read.

Dates. ISO 8601 always; year first always; with a month's name always; with dots the day comes first. "03/04/2026" is
read when only one reading is a date, or when a locale says which comes first ("en-US": the month). A two-digit year
below 70 is of this century. Digits alone are a date only as YYYYMMDD: they are never seconds since 1970.

Times are "14:30", "2:30 pm", "14.30 Uhr"; a date and a time stand beside each other in either order, with "Z", "UTC" or
an offset after the time. A number with a unit of fixed length is a duration ("30 days", "1 h 30 min"); months are none.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time

from ._locale import month_first

__all__ = ["has_two_dates", "read_date", "read_datetime", "read_duration", "read_time"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier januari gennaio enero janeiro",
            "feb february februar février fevrier februari febbraio febrero fevereiro",
            "mar march mär märz mrz maerz mars maart marzo março",
            "apr april avril aprile abril",
            "may mai mei maggio mayo maio",
            "jun june juni juin giugno junio junho",
            "jul july juli juillet luglio julio julho",
            "aug august août aout augustus agosto",
            "sep sept september septembre settembre septiembre setembro",
            "oct okt october oktober octobre ottobre octubre outubro",
            "nov november novembre noviembre novembro",
            "dec dez december dezember décembre decembre dicembre diciembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[t ]\d{2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{1,2})\.?")
_NUMERIC = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?[\s.-]*(?:of |de )?([^\W\d]+)\.?,?[\s.-]*(?:de )?(\d{4}|\d{2})")
_MONTH_DAY = re.compile(r"([^\W\d]+)\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}|\d{2})")
_WEEKDAY = re.compile(r"^[^\W\d]{2,10}(?:\.,?|,)\s+")


def _said(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def read_date(text: str, locale: str | None = None) -> date | None:
    """The date, or None when there is none or more than one reading."""
    said = _said(text)
    for pattern in (_ISO, _COMPACT, _YEAR_FIRST):
        if found := pattern.fullmatch(said):
            return _date(found[1], found[2], found[3])
    if found := _NUMERIC.fullmatch(said):
        return _numeric(found[1], found[3], found[4], dotted=found[2] == ".", locale=locale)
    if (found := _DAY_MONTH.fullmatch(said)) and found[2] in _MONTHS:
        return _date(found[3], _MONTHS[found[2]], found[1])
    if (found := _MONTH_DAY.fullmatch(said)) and found[1] in _MONTHS:
        return _date(found[3], _MONTHS[found[1]], found[2])
    without_weekday = _WEEKDAY.sub("", said)
    return read_date(without_weekday, locale) if without_weekday != said else None


def has_two_dates(text: str) -> bool:
    """Whether a date is printed there that can be read with either the day or the month first."""
    return any(found[2] != "." and _ambiguous(found[1], found[3], found[4]) for found in _NUMERIC.finditer(_said(text)))


def _ambiguous(first: str, second: str, year: str) -> bool:
    day_first, month_first_ = _date(year, second, first), _date(year, first, second)
    return None not in (day_first, month_first_) and day_first != month_first_


def _numeric(first: str, second: str, year: str, *, dotted: bool, locale: str | None) -> date | None:
    day_first, other = _date(year, second, first), _date(year, first, second)
    if dotted or other is None or day_first == other:
        return day_first
    if day_first is None:
        return other
    first_is_month = None if locale is None else month_first(locale)
    return None if first_is_month is None else (other if first_is_month else day_first)


def _date(year: str, month: str | int, day: str) -> date | None:
    whole = int(year)
    if len(year) == 2:  # noqa: PLR2004 - "25"; the year 0099 has four digits
        whole += 2000 if whole < 70 else 1900  # noqa: PLR2004 - POSIX's pivot for two digits
    try:
        return date(whole, int(month), int(day))
    except ValueError:
        return None


_CLOCK = r"(\d{1,2})(?:[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?)?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)?"
_TIME = re.compile(_CLOCK)
_OFFSET = r"\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?"
_ISO_TIME = re.compile(r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?")
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[t _]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:z|[+-]\d{2}:?\d{2})?)?")
_BESIDE = r"(?:\s*,\s*|\s+)(?:at |um |à |a las )?"
_DATE_TIME = re.compile(rf"(.+?){_BESIDE}({_CLOCK}){_OFFSET}")
_TIME_DATE = re.compile(rf"({_CLOCK}){_OFFSET}{_BESIDE}(?:on |am )?(.+)")


def read_time(text: str) -> str | None:
    """The time of day in ISO 8601, or None when there is none."""
    said = _said(text)
    if _ISO_TIME.fullmatch(said):
        return said.upper()
    found = _TIME.fullmatch(said)
    if not found or (found[2] is None and found[4] is None):  # "14" alone is no time
        return None
    hours, half = int(found[1]), (found[4] or "").replace(".", "")
    if half in {"am", "pm"}:
        if not 1 <= hours <= 12:  # noqa: PLR2004 - a clock's face
            return None
        hours = hours % 12 + (12 if half == "pm" else 0)
    try:
        return time(hours, int(found[2] or 0), int(found[3] or 0)).isoformat()
    except ValueError:
        return None


def read_datetime(text: str, locale: str | None = None) -> str | None:
    """The moment in ISO 8601, a date alone where no time stands beside it; None when there is none or two readings."""
    said = _said(text)
    if _ISO_MOMENT.fullmatch(said):
        return text.strip()
    if (day := read_date(said, locale)) is not None:
        return day.isoformat()
    if found := _DATE_TIME.fullmatch(said):
        day, clock, offset = read_date(found[1].rstrip(","), locale), read_time(found[2]), found[7]
        if day and clock:
            return f"{day.isoformat()}T{clock}{_offset(offset)}"
    if found := _TIME_DATE.fullmatch(said):
        day, clock, offset = read_date(found[7], locale), read_time(found[1]), found[6]
        if day and clock:
            return f"{day.isoformat()}T{clock}{_offset(offset)}"
    return None


def _offset(said: str | None) -> str:
    return "" if said is None else "Z" if said in {"z", "utc", "gmt"} else said


_UNITS = {
    name: (seconds, names.split()[0])
    for seconds, names in (
        (604800, "w week weeks woche wochen semaine semaines semana semanas"),
        (86400, "d day days tag tage tagen jour jours día días dias"),
        (3600, "h hr hrs hour hours stunde stunden std heure heures hora horas"),
        (60, "min mins minute minutes minuten minuto minutos"),
        (1, "s sec secs second seconds sekunde sekunden seconde secondes segundo segundos"),
    )
    for name in names.split()
}
_PART = re.compile(r"(\d+)\s*([^\W\d]+)\.?(?:\s*,\s*|\s+(?:and |und |et |y )?|$)")
_ISO_DURATION = re.compile(r"[+-]?p(?=.)(?:\d+[ymwd])*(?:t.*)?|[+-]?(?:\d+ days?,? ?)?\d{1,2}:\d{2}:\d{2}(?:\.\d+)?")


def read_duration(text: str) -> str | None:
    """The duration in ISO 8601, or None when there is none of fixed length."""
    said = _said(text)
    if _ISO_DURATION.fullmatch(said):
        return text.strip()
    seconds, end = 0, 0
    while end < len(said):
        part = _PART.match(said, end)
        if part is None or part[2] not in _UNITS:
            return None
        seconds, end = seconds + int(part[1]) * _UNITS[part[2]][0], part.end()
    days, rest = divmod(seconds, 86400)
    return f"P{days}DT{rest}S" if end else None
