"""Query parameters, in every spelling that real SDKs send."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from chunkr_integrations.server._problems import bad_request
from chunkr_integrations.server._tasks import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["read_bool", "read_choices", "read_page", "read_seconds"]

_DEFAULT_LIMIT = 50
_WEEK = 7 * 24 * 3600
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Of what `fromisoformat` of Python 3.10 cannot read: a "Z", and fractions that have not 3 or 6 digits.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|z|[+-]\d\d:?\d\d| \d\d:\d\d)?"
)


def read_bool(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A boolean: "true" or "false" in any case, or 1 or 0."""
    value = query.get(name)
    if value is None or value == "":
        return default
    if value.casefold() not in ("true", "false", "1", "0"):
        raise bad_request(f"Invalid request: {name} must be true or false.")
    return value.casefold() in ("true", "1")


def read_seconds(query: Mapping[str, str], name: str, *, default: int) -> int:
    """A number of seconds, up to a week."""
    value = query.get(name)
    if value is None or value == "":
        return default
    if not re.fullmatch(r"[0-9]{1,7}", value) or not 1 <= int(value) <= _WEEK:
        raise bad_request(f"Invalid request: {name} must be a whole number of seconds, 1 to {_WEEK}.")
    return int(value)


def read_choices(values: Sequence[str], name: str, choices: Sequence[str]) -> tuple[str, ...]:
    """Several choices: joined by commas (the official SDKs), or the parameter several times.

    Args:
        values: All values of the parameter, and of its spelling with ``[]``.
        name: For the message.
        choices: What there is.
    """
    wanted = [part.strip() for value in values for part in value.split(",") if part.strip()]
    known = {choice.casefold(): choice for choice in choices}
    if any(part.casefold() not in known for part in wanted):
        raise bad_request(f"Invalid request: {name} takes {', '.join(choices)}.")
    return tuple(dict.fromkeys(known[part.casefold()] for part in wanted))


def read_page(query: Mapping[str, str], *, limit: int) -> Page:
    """Which page of a list is asked for.

    Args:
        query: The parameters.
        limit: The longest page.
    """
    asked = query.get("limit") or str(min(_DEFAULT_LIMIT, limit))
    if not re.fullmatch(r"[0-9]{1,9}", asked) or int(asked) < 1:
        raise bad_request(f"Invalid request: limit must be a whole number, 1 to {limit}.")
    sort = (query.get("sort") or "desc").casefold()
    if sort not in ("asc", "desc"):
        raise bad_request("Invalid request: sort must be asc or desc.")
    return Page(
        limit=min(int(asked), limit),
        cursor=_time(query, "cursor"),
        start=_time(query, "start"),
        end=_time(query, "end", whole_day=True),
        ascending=sort == "asc",
    )


def _time(query: Mapping[str, str], name: str, *, whole_day: bool = False) -> int | None:
    """A time in microseconds since 1970.

    ISO 8601 with "T" or a space; without an offset it is UTC. An offset whose "+" came unescaped, and so as a space, is
    understood. A date is its midnight, or its last moment where `whole_day` is set.
    """
    value = (query.get(name) or "").strip()
    if not value:
        return None
    found = _TIME.fullmatch(value)
    problem = bad_request(f"Invalid request: {name} must be a date or a time, for example 2025-01-01T00:00:00Z.")
    if found is None:
        raise problem
    day, minutes, seconds, fraction, zone = found.groups()
    try:
        at = datetime.fromisoformat(f"{day}T{minutes or '00:00'}:{seconds or '00'}").replace(tzinfo=timezone.utc)
        at = at.replace(microsecond=int((fraction or "").ljust(6, "0")[:6])) - _offset(zone)
        if minutes is None and whole_day:
            at += timedelta(days=1, microseconds=-1)
    except (ValueError, OverflowError):
        raise problem from None
    return (at - _EPOCH) // timedelta(microseconds=1)


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone in "Zz":
        return timedelta()
    sign = -1 if zone.startswith("-") else 1
    digits = zone.strip("+- ").replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= timedelta(days=1):
        raise ValueError(zone)
    return sign * offset
