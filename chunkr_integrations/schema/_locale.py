"""How a country prints numbers and dates: which mark is the decimal one, and whether the month comes first."""

from __future__ import annotations

import re

from chunkr_integrations.exceptions import ConfigurationError

__all__ = ["check_locale", "decimal_mark", "month_first"]

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
# From Unicode CLDR: languages whose decimal mark is the point; others that are written in Latin letters use a comma.
_POINT = frozenset({"en", "ja", "zh", "ko", "he", "th", "ms", "hi", "us", "gb", "cy", "ga", "mt", "fil", "sw"})
_POINT_COUNTRIES = frozenset({"de-ch", "de-li", "it-ch"}) | {
    f"es-{country}" for country in ("cu", "do", "gt", "hn", "mx", "ni", "pa", "pe", "pr", "sv", "us")
}
_COMMA_COUNTRIES = frozenset({"en-za", "en-at", "en-de", "en-be", "en-nl", "en-se", "en-dk", "en-fi"})
_MONTH_FIRST = frozenset({"en-us", "us", "en-ph", "fil", "es-us", "es-pr"})
_EITHER = frozenset({"en", "en-ca"})  # the United States and the rest disagree; Canada does so with itself


def check_locale(locale: str | None) -> str | None:
    """The locale, lower case with a hyphen.

    Raises:
        ConfigurationError: It is none.
    """
    if locale is None:
        return None
    if not _LOCALE.fullmatch(locale):
        msg = f'{locale!r} is no locale. Use a language or a language and a country, such as "de" or "en-US".'
        raise ConfigurationError(msg)
    return locale.replace("_", "-").lower()


def _known(locale: str) -> tuple[str, str]:
    parts = locale.replace("_", "-").lower().split("-")
    country = next((part for part in parts[1:] if len(part) == 2), "")  # noqa: PLR2004 - ISO 3166-1 alpha-2
    return parts[0], f"{parts[0]}-{country}" if country else parts[0]


def decimal_mark(locale: str) -> str:
    """The point or the comma."""
    language, exact = _known(locale)
    if exact in _COMMA_COUNTRIES:
        return ","
    return "." if language in _POINT or exact in _POINT_COUNTRIES else ","


def month_first(locale: str) -> bool | None:
    """Whether 03/04 is in March; None where the locale does not say."""
    _, exact = _known(locale)
    return None if exact in _EITHER else exact in _MONTH_FIRST
