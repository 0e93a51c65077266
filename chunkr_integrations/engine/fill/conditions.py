"""What a description asks of the rows of a table: "only debits of 100 or more", "orders whose status is Open"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.values import fold, read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chunkr_integrations.engine.fill.records import Column, Records

__all__ = ["asks_for_some", "rows_asked"]

_SOME = re.compile(
    r"\b(?:only|exclud\w*|except|omit\w*|ignor\w*|where|whose|not|non|greater|more than|or more|less|fewer|at least|"
    r"at most|above|below|exceed\w*|over|under|before|after|since|between|top|first|last|latest|highest|lowest|largest|"
    r"smallest|minimum|maximum|unless|if)\b"
)
_OUT = re.compile(r"\b(?:exclud\w*|except(?:ing)?|omit\w*|ignor\w*|skip\w*|other than|without|but not|not|never|no)\b")
_NUMBER = r"(?P<number>-?[$€£]?\d[\d,]*(?:\.\d+)?)"
_THRESHOLDS = (
    (re.compile(rf"{_NUMBER}\s+(?:or|and)\s+(?:more|above|greater|higher|over|up)\b"), ">="),
    (re.compile(rf"{_NUMBER}\s+(?:or|and)\s+(?:less|below|lower|under|fewer|smaller)\b"), "<="),
    (re.compile(rf"(?:at least|no less than|not less than|minimum of|>=|\u2265)\s*{_NUMBER}"), ">="),
    (re.compile(rf"(?:at most|no more than|not more than|up to|maximum of|<=|\u2264)\s*{_NUMBER}"), "<="),
    (re.compile(rf"(?:more than|greater than|larger than|higher than|above|over|exceed\w*|>)\s*{_NUMBER}"), ">"),
    (re.compile(rf"(?:less than|smaller than|lower than|fewer than|below|under|<)\s*{_NUMBER}"), "<"),
)
_DAY = r"(?P<day>\d{4}-\d{2}-\d{2}|\d{1,2} \w{3,9} \d{4}|\w{3,9} \d{1,2},? \d{4})"
_DAYS = (
    (re.compile(rf"(?:on or after|from|since|starting)\s+{_DAY}"), ">="),
    (re.compile(rf"(?:on or before|until|through|up to)\s+{_DAY}"), "<="),
    (re.compile(rf"\bafter\s+{_DAY}"), ">"),
    (re.compile(rf"\bbefore\s+{_DAY}"), "<"),
)
_OPERATORS: dict[str, Callable[[object, object], bool]] = {
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    "<": lambda a, b: a < b,  # type: ignore[operator]
}
_DEBIT = re.compile(r"\b(?:debits?|withdrawals?|outflows?|negative)\b")
_CREDIT = re.compile(r"\b(?:credits?|deposits?|inflows?|positive)\b")
_MOST_VALUES = 40  # distinct texts of a column that sorts rows into kinds

_AS_POSITIVE = re.compile(r"\b(?:as an? |as )?(?:positive|absolute) (?:number|value|amount|figure)s?\b", re.IGNORECASE)


def asks_for_some(text: str) -> bool:
    """Whether a description asks for some of the rows only."""
    return bool(_SOME.search(text.lower()))


def rows_asked(records: Records, text: str) -> list[int] | None:
    """The rows that a description asks for, all where it sets no condition; None where it is not understood."""
    kept = records.rows
    for clause in re.split(r"[;()]|\.(?!\d)|,(?!\d)", _AS_POSITIVE.sub(" ", text)):
        if not asks_for_some(clause) and not [*_kinds(records, clause.lower()), *_signs(records, clause.lower())]:
            continue
        tests = list(_tests(records, clause.lower()))
        if not tests:
            return None
        kept = [row for row in kept if all(test.holds(row) for test in tests)]
    return kept


@dataclass(frozen=True)
class _Parts:
    """Conditions that hold together, or (out) must not hold together."""

    tests: tuple[Callable[[int], bool], ...]
    out: bool

    def holds(self, row: int) -> bool:
        return all(test(row) for test in self.tests) != self.out


def _tests(records: Records, clause: str) -> Iterable[_Parts]:
    out = _OUT.search(clause)
    if out is None:
        pieces = [(clause, False)]
    else:
        pieces = [(clause[: out.start()], False)]
        pieces += [
            (piece, True) for piece in re.split(r"\band\b|\bor\b(?! more| less| above| below)", clause[out.end() :])
        ]
    for piece, excluded in pieces:
        tests = [*_kinds(records, piece), *_signs(records, piece), *_amounts(records, piece), *_days(records, piece)]
        if tests:
            yield _Parts(tuple(tests), excluded)


def _kinds(records: Records, piece: str) -> list[Callable[[int], bool]]:
    """The rows of the kinds that are named: "Fees", "Shipped"."""
    tests: list[Callable[[int], bool]] = []
    words = f" {_plain(piece)} "
    for column in records.columns:
        values = {fold(v) for v in column.values()}
        if column.kind != "text" or len(values) > min(_MOST_VALUES, max(2, 0.6 * len(records.rows))):
            continue
        spelled = {v: _plain(v) for v in values}
        about = _speaks_of(column, piece)
        least = 1 if about else 3  # letters: "flag H" is one, an H alone is none
        named = {v for v, words_of in spelled.items() if len(words_of) >= least and f" {words_of} " in words}
        if about and not named and _CARRIES.search(piece) and len(column.cells) < len(records.rows):
            tests.append(lambda row, c=column: row in c.cells)  # type: ignore[misc]
        elif named:
            tests.append(lambda row, c=column, n=named: row in c.cells and fold(c.cells[row].text) in n)  # type: ignore[misc]
    return tests


_CARRIES = re.compile(r"\b(?:carry|carries|carrying|have|has|having|bear|bears|with an?|that are)\b")


def _speaks_of(column: Column, piece: str) -> bool:
    """Whether words name a column by its head."""
    said = set(tokens_of(piece))
    return bool(column.tokens) and set(column.tokens) <= said


def _plain(text: str) -> str:
    """The words of a text with one blank between them."""
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


def _signed(records: Records) -> Column | None:
    """The one column of numbers with both signs."""
    signed = []
    for column in records.columns:
        numbers = [
            n for row in records.rows if column.kind == "number" and (n := records.number(column, row)) is not None
        ]
        if any(n < 0 for n in numbers) and any(n > 0 for n in numbers):
            signed.append(column)
    return signed[0] if len(signed) == 1 else None


def _signs(records: Records, piece: str) -> list[Callable[[int], bool]]:
    column = _signed(records)
    debit, credit = _DEBIT.search(piece), _CREDIT.search(piece)
    if column is None or bool(debit) == bool(credit):
        return []
    return [lambda row: (n := records.number(column, row)) is not None and (n < 0 if debit else n > 0)]


def _amounts(records: Records, piece: str) -> list[Callable[[int], bool]]:
    tests: list[Callable[[int], bool]] = []
    column = _spoken_of(records, piece)
    for pattern, operator in _THRESHOLDS:
        for match in pattern.finditer(piece):
            limit = Decimal(re.sub(r"[$€£,]", "", match["number"]))
            absolute = limit >= 0 and ("absolute" in piece or bool(_DEBIT.search(piece)))
            if column is not None:
                tests.append(_compared(records, column, operator, limit, absolute=absolute))
    return tests


def _compared(
    records: Records, column: Column, operator: str, limit: Decimal, *, absolute: bool
) -> Callable[[int], bool]:
    def test(row: int) -> bool:
        number = records.number(column, row)
        return number is not None and _OPERATORS[operator](abs(number) if absolute else number, limit)

    return test


def _spoken_of(records: Records, piece: str) -> Column | None:
    """The column of numbers that words name, or the only one with both signs, or the only one."""
    numbers = [c for c in records.columns if c.kind == "number"]
    said = set(tokens_of(piece))
    named = [c for c in numbers if set(c.tokens) & said]
    if len(named) == 1:
        return named[0]
    signed = _signed(records)
    if signed is not None and not named:
        return signed
    return numbers[0] if len(numbers) == 1 else None


def _days(records: Records, piece: str) -> list[Callable[[int], bool]]:
    dates = [c for c in records.columns if c.kind == "date"]
    tests: list[Callable[[int], bool]] = []
    for pattern, operator in _DAYS:
        for match in pattern.finditer(piece):
            day = read_date(match["day"])
            if day is not None and len(dates) == 1:
                column, compare = dates[0], _OPERATORS[operator]
                tests.append(
                    lambda row, d=day, c=column, o=compare: (  # type: ignore[misc]
                        row in c.cells
                        and (found := read_date(c.cells[row].text, records.reading.convention)) is not None
                        and o(found, d)
                    )
                )
    return tests
