"""Cross-checks: totals that must sum up are chosen together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chunkr_integrations.engine.fill.scalars import Candidate

__all__ = ["settle"]

_CENT = Decimal("0.011")
_MOST = 14  # candidates of a part that are tried
_LEAST = 0.42


def settle(found: Mapping[str, Sequence[Candidate]]) -> dict[str, Candidate]:
    """The candidates for net_total, tax_total and gross_total with net + tax = gross, raised in score; empty when none fit.

    A sum with no tax proves nothing and is not used.
    """
    nets, taxes, totals = (_tops(found.get(name, ())) for name in ("net_total", "tax_total", "gross_total"))
    by_value: dict[Decimal, Candidate] = {}
    for candidate in totals:
        by_value.setdefault(abs(_decimal(candidate)), candidate)
    best: tuple[float, Candidate, Candidate, Candidate] | None = None
    for net in nets:
        for tax in taxes:
            a, b = abs(_decimal(net)), abs(_decimal(tax))
            if not b or not a or b > a:
                continue
            for value, gross in by_value.items():
                if abs(a + b - value) <= _CENT:
                    score = net.score + tax.score + gross.score + float(value) * 1e-9
                    if best is None or score > best[0]:
                        best = (score, net, tax, gross)
    if best is None:
        return {}
    _, net, tax, gross = best
    return {
        name: replace(candidate, score=min(0.99, 0.9 + 0.09 * candidate.score))
        for name, candidate in (("net_total", net), ("tax_total", tax), ("gross_total", gross))
    }


def _tops(found: Sequence[Candidate]) -> list[Candidate]:
    best: dict[Decimal, Candidate] = {}
    for candidate in sorted(found, key=lambda c: -c.score):
        if candidate.score >= _LEAST and isinstance(candidate.value, (int, float)):
            best.setdefault(_decimal(candidate), candidate)
    return list(best.values())[:_MOST]


def _decimal(candidate: Candidate) -> Decimal:
    return Decimal(str(candidate.value))
