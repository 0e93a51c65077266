"""Made-up documents of many layouts in six languages: how much of them is filled, and that nothing sure is wrong."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from typing import Any

import pytest

from benchmarks.invent import invented
from benchmarks.invented.documents import KINDS
from benchmarks.invented.page import pdf_of, scan_of
from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read
from chunkr_integrations.evaluation._comparison import compare

FULL = bool(os.environ.get("CHUNKR_INVENTED_FULL"))
SEEDS = range(216) if FULL else range(0, 216, 6)


def filled(seed: int) -> tuple[Any, Any]:
    made = invented(seed)
    pdf = pdf_of(made.sheets)
    data, name = (scan_of(pdf, random.Random(seed)), "d.png") if made.scanned else (pdf, "d.pdf")
    document = read(data, name=name)
    return made, output(document, fill(document, made.schema), made.schema)


def test_most_of_what_is_printed_is_filled_whatever_the_layout_and_language() -> None:
    """Of all values seven in eight, of each kind of document at least half; scans are among them."""
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    wrong = 0
    for seed in SEEDS:
        made, answer = filled(seed)
        tally = compare(made.gold, answer.results, made.schema)
        right[made.kind] += tally.right
        asked[made.kind] += tally.labelled
        wrong += tally.wrong + tally.surplus
    assert sum(right.values()) >= 0.875 * sum(asked.values()), (right, asked)
    assert wrong <= 0.03 * sum(right.values()), wrong
    for kind in asked:
        assert right[kind] >= 0.5 * asked[kind], (kind, right, asked)


@pytest.mark.parametrize("seed", range(0, 18, 2))
def test_a_seed_always_makes_the_same_document(seed: int) -> None:
    one, two = invented(seed), invented(seed)
    assert pdf_of(one.sheets) == pdf_of(two.sheets)
    assert json.dumps(one.gold) == json.dumps(two.gold)
    assert one.kind == KINDS[seed // 2 % len(KINDS)].__name__
