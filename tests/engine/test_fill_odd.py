"""The readers of forms meet pages that only look like their form."""

from __future__ import annotations

import random

import pytest
from test_fill_agreements import CREDIT, CREDIT_SCHEMA, LEASE
from test_fill_documents import document, leaves
from test_fill_reports import BALANCE, COVER, DISCUSSION, FACT, OPERATIONS, PEAR
from test_fill_vitae import DATES_AT_THE_LEFT, DATES_AT_THE_RIGHT, TWO_COLUMNS, VITAE

from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.readers import read

NAMES = ("revenue", "basic_eps", "net_income_growth", "long_term_debt", "capex", "cash")
REPORT = {"type": "object", "properties": {name: {"type": "array", "items": FACT} for name in NAMES}}
ROWS = {
    "type": "object",
    "properties": {
        "rows": VITAE["properties"]["certifications"] | {"description": "only names with a date after 2020-01-01"},
        "count": {"type": "integer", "description": "count of rows whose status is Open"},
        "most": {"type": "string", "description": "name of the row with the highest amount"},
    },
}
SCHEMAS = (REPORT, CREDIT_SCHEMA, VITAE, ROWS)
ODD = [
    "",
    "2024",
    "2024   2023",
    "Year ended December 31,   2024   2023",
    "Year ended February 30,   2024   2023\nNet income   1   2",
    "Three Months Ended\n2024   2023\n$   $   %",
    "BALANCE SHEETS\nDecember 31, 2024\n-   -",
    "EDUCATION\n2019 -\nEXPERIENCE\n- - -\nSKILLS\n,,,;|",
    "EXPERIENCE\n2019 - 2020\nEDUCATION\n(2019)",
    'this Agreement is made (the "Borrower"), as Borrower, as Lender (',
    'this Agreement is dated as of February 30, 2021 "Maturity Date" means "Maturity Date" means',
    "Name;Date\n;\n;;;",
]


@pytest.mark.parametrize("text", ODD)
def test_what_only_looks_like_a_form_raises_nothing_and_is_pointed_at(text):
    for schema in SCHEMAS:
        for doc in (document(text), read(f"Name\n{text}".encode(), name="odd.csv")):
            assert all(leaf.places for leaf in leaves(fill(doc, schema)) if leaf.value is not None)


@pytest.mark.parametrize("seed", range(6))
def test_shuffled_and_cut_pages_raise_nothing(seed):
    """Lines of all forms in any order and cut anywhere."""
    chance = random.Random(seed)
    parts = (
        *CREDIT,
        LEASE,
        BALANCE,
        COVER,
        DISCUSSION,
        OPERATIONS,
        *PEAR,
        DATES_AT_THE_LEFT,
        DATES_AT_THE_RIGHT,
        TWO_COLUMNS,
    )
    lines = [line for part in parts for line in part.splitlines()]
    chance.shuffle(lines)
    text = "\n".join(line[chance.randrange(0, 12) : chance.randrange(12, 110)] for line in lines)
    for schema in SCHEMAS:
        assert all(leaf.places for leaf in leaves(fill(document(text), schema)) if leaf.value is not None)
