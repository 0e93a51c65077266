"""Cross-checks: totals that must sum up are chosen together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.reading import tokens_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chunkr_integrations.engine.fill.kinds import Found
    from chunkr_integrations.engine.fill.reading import Reading, Run
    from chunkr_integrations.engine.fill.scalars import Candidate

__all__ = ["TaxRow", "settle", "tax_rows"]

_CENT = Decimal("0.011")
_RIVAL = 0.3  # by how much another sum may score less and still be as good
_DOUBTED = 0.86
_MOST = 14  # candidates of a part that are tried
_LEAST = 0.42


def settle(found: Mapping[str, Sequence[Candidate]]) -> dict[str, Candidate]:
    """The candidates for net_total, tax_total and gross_total with net + tax = gross, raised in score.

    Empty when none fit. A sum with no tax proves nothing and raises no score.
    """
    nets, taxes, totals = (_tops(found.get(name, ())) for name in ("net_total", "tax_total", "gross_total"))
    by_value: dict[Decimal, Candidate] = {}
    for candidate in totals:
        by_value.setdefault(abs(_decimal(candidate)), candidate)
    best: tuple[float, Candidate, Candidate, Candidate] | None = None
    rivals: dict[Decimal, float] = {}
    for net in nets:
        for tax in taxes:
            a, b = abs(_decimal(net)), abs(_decimal(tax))
            if not b or not a or b > a:
                continue
            for value, gross in by_value.items():
                if abs(a + b - value) <= _CENT:
                    score = net.score + tax.score + gross.score + float(value) * 1e-9
                    rivals[value] = max(rivals.get(value, 0.0), score)
                    if best is None or score > best[0]:
                        best = (score, net, tax, gross)
    if best is None:
        return _untaxed(nets, taxes, by_value)
    score, net, tax, gross = best
    rival = any(v != abs(_decimal(gross)) and other > score - _RIVAL for v, other in rivals.items())
    top = _DOUBTED if rival else 0.99  # the parts of a total sum up too
    return {
        name: replace(candidate, score=min(top, 0.9 + 0.09 * candidate.score), way="sum")
        for name, candidate in (("net_total", net), ("tax_total", tax), ("gross_total", gross))
    }


def _untaxed(
    nets: Sequence[Candidate], taxes: Sequence[Candidate], totals: Mapping[Decimal, Candidate]
) -> dict[str, Candidate]:
    """The same where the tax is printed as nothing; that net and gross are equal proves less."""
    zero = next((c for c in taxes if not _decimal(c) and c.score > 0.6), None)  # noqa: PLR2004 - rather likely
    if zero is None:
        return {}
    for net in nets:
        gross = totals.get(abs(_decimal(net)))
        if gross is not None and _decimal(net):
            chosen = (("net_total", net), ("tax_total", zero), ("gross_total", gross))
            return {name: replace(c, score=max(0.84, min(c.score, 0.89)), way="") for name, c in chosen}
    return {}


def _tops(found: Sequence[Candidate]) -> list[Candidate]:
    best: dict[Decimal, Candidate] = {}
    for candidate in sorted(found, key=lambda c: -c.score):
        if candidate.score >= _LEAST and isinstance(candidate.value, (int, float)):
            best.setdefault(_decimal(candidate), candidate)
    return list(best.values())[:_MOST]


def _decimal(candidate: Candidate) -> Decimal:
    return Decimal(str(candidate.value))


@dataclass(frozen=True)
class TaxRow:
    """A line that prints a rate, a basis and a tax with basis x rate = tax."""

    rate: tuple[Run, Found]
    basis: tuple[Run, Found]
    amount: tuple[Run, Found]


_MOST_NUMBERS = 8  # on a line; more is no tax row
_HIGHEST_RATE = 30


def tax_rows(reading: Reading) -> list[TaxRow]:
    """Lines of a tax breakdown, one a rate: of several the one with the largest basis, as items have smaller ones."""
    best: dict[float, tuple[float, int, TaxRow]] = {}
    for number, line in enumerate(reading.lines):
        numbers = [(run, found) for run in line for found in kinds.numbers_in(run.texts, reading.convention)]
        if not 3 <= len(numbers) <= _MOST_NUMBERS:  # noqa: PLR2004 - rate, basis, tax
            continue
        row = _tax_row(numbers, named=bool(set(tokens_of(" ".join(run.text for run in line[:2]))) & _TAX))
        if row is not None:
            rate, basis = _value(row.rate), abs(_value(row.basis))
            if rate not in best or best[rate][0] < basis:
                best[rate] = (basis, number, row)
    return [row for _, _, row in sorted(best.values(), key=lambda e: e[1])]


def _value(found: tuple[Run, Found]) -> float:
    value = found[1].value
    return float(value) if isinstance(value, (int, float)) else 0.0


_TAX = frozenset(tokens_of("vat tax gst ust mwst umsatzsteuer mehrwertsteuer steuer tva btw iva"))


def _marked(number: tuple[Run, Found]) -> bool:
    """Whether a number is followed by the sign of a percentage."""
    run, found = number
    return any(t.rstrip(")]").endswith("%") for t in run.texts[found.start : found.stop + 1])


def _tax_row(numbers: Sequence[tuple[Run, Found]], *, named: bool) -> TaxRow | None:
    """Rate, basis and tax among the numbers of a line that names a tax, marks the rate, or prints their sum."""
    values = {round(abs(_value(n)), 2) for n in numbers}
    for rate in numbers:
        r = _value(rate)
        if not 0 < r <= _HIGHEST_RATE:
            continue
        for basis in numbers:
            for amount in numbers:
                if basis is rate or amount is rate or basis is amount:
                    continue
                b, a = _value(basis), _value(amount)
                marked = _marked(rate)
                if not marked and (_marked(basis) or (r != int(r) and b == int(b))):
                    continue  # a product does not tell which of two is the rate
                if not (named or marked or round(abs(a + b), 2) in values):
                    continue
                if abs(b) > abs(a) > 0.05 and abs(b * r / 100 - a) <= 0.0101 and abs(a) != r:  # noqa: PLR2004 - cents
                    return TaxRow(rate, basis, amount)
    return None
