"""Agreements: who makes them, when, under which law, and what their terms are defined as."""

from __future__ import annotations

import pytest
from test_fill_documents import document, leaves, values

from chunkr_integrations.engine.fill import fill

TEXT = {"type": ["string", "null"]}
DATE = {"type": ["string", "null"], "description": "in YYYY-MM-DD format"}
NAMES = {"type": "array", "items": {"type": "string"}}


def obj(**properties):
    return {"type": "object", "properties": properties}


CREDIT = (
    """\
                              LOAN AND SECURITY AGREEMENT
                            dated as of the 14th day of June, 2021
                                        among
                            MERIDIAN FREIGHT HOLDINGS, LLC,
                                     as Borrower,
                           THE LENDERS FROM TIME TO TIME PARTY HERETO,
                                         and
                            COPPER STATE BANK, N.A.,
                              as Administrative Agent
                       ____________________________________
                COPPER STATE SECURITIES, INC. and ALDER CAPITAL MARKETS LLC,
                   as Joint Lead Arrangers and Joint Bookrunners
""",
    """\
This LOAN AND SECURITY AGREEMENT (this "Agreement") is entered into as of June 14, 2021 among MERIDIAN
FREIGHT HOLDINGS, LLC, a Delaware limited liability company (the "Borrower"), each lender from time to
time party hereto and COPPER STATE BANK, N.A., as Administrative Agent.
"Aggregate Commitments" means the Commitments of all the Lenders. On the Closing Date the amount of the
Aggregate Commitments is $85,000,000.
"Beneficial Ownership Certification" means a certification regarding beneficial ownership.
"Maturity Date" means June 14, 2026; provided that if such date is not a Business Day, the day before it.
Section 9.11. This Agreement shall be governed by, and construed in accordance with, the law of the
State of Ohio.
Schedule 2.01
Lender                                 Commitment
Copper State Bank, N.A.                $50,000,000
Alder Capital Bank                     $35,000,000
Total                                  $85,000,000
""",
)
CREDIT_SCHEMA = obj(
    parties=obj(borrower=TEXT, administrative_agent=TEXT, lenders=NAMES, lead_arrangers=NAMES, guarantor=TEXT),
    terms=obj(
        agreement_date=DATE,
        maturity_date=DATE,
        governing_law=TEXT,
        loan_commitment=obj(amount={"type": ["number", "null"]}, currency=TEXT),
        beneficial_ownership_certification_required={"type": ["boolean", "null"]},
        hedging_certification_required={"type": ["boolean", "null"]},
    ),
)


def test_a_credit_agreement():
    got = values(fill(document(*CREDIT), CREDIT_SCHEMA))
    assert got["parties"] == {
        "borrower": "MERIDIAN FREIGHT HOLDINGS, LLC",
        "administrative_agent": "COPPER STATE BANK, N.A.",
        "lenders": ["Copper State Bank, N.A.", "Alder Capital Bank"],
        "lead_arrangers": ["COPPER STATE SECURITIES, INC.", "ALDER CAPITAL MARKETS LLC"],
        "guarantor": None,
    }
    assert got["terms"] == {
        "agreement_date": "2021-06-14",
        "maturity_date": "2026-06-14",
        "governing_law": "State of Ohio",
        "loan_commitment": {"amount": 85000000, "currency": "USD"},
        "beneficial_ownership_certification_required": True,
        "hedging_certification_required": None,
    }


LEASE = """\
COMMERCIAL LEASE
THIS LEASE is made on 3 March 2022 between Brackwater Estates Limited, a company registered in England
(the "Landlord"), and Fern & Field Bakers Ltd, whose registered office is at 4 Quay Street, Hull (the "Tenant").
1. "Annual Rent" means £48,000 payable in four equal parts.
2. "Expiry Date" means 2 March 2027.
3. "Permitted Use" means the baking and sale of bread.
12. This Lease is governed by the laws of England and Wales.
"""


def test_a_lease():
    asked = obj(
        landlord_name=TEXT,
        tenant_name=TEXT,
        effective_date=DATE,
        expiry_date=DATE,
        annual_rent={"type": "number"},
        governing_law=TEXT,
    )
    assert values(fill(document(LEASE), asked)) == {
        "landlord_name": "Brackwater Estates Limited",
        "tenant_name": "Fern & Field Bakers Ltd",
        "effective_date": "2022-03-03",
        "expiry_date": "2027-03-02",
        "annual_rent": 48000,
        "governing_law": "England and Wales",
    }


SERVICES = """\
CONSULTING AGREEMENT
This Consulting Agreement is made and entered into effective as of January 5, 2023 by and between
Tallgrass Analytics Inc., a Nevada corporation ("Client"), and Priya Raman, an individual ("Consultant").
"Termination Date" means the date that is eighteen months after the Effective Date.
Consultant shall be paid a fee of $120 per hour. This Agreement shall be construed in accordance with the
laws of the State of Nevada, without regard to conflicts of law.
"""


def test_a_date_that_must_be_worked_out_is_left_out():
    asked = obj(client=TEXT, consultant=TEXT, agreement_date=DATE, termination_date=DATE, governing_law=TEXT)
    assert values(fill(document(SERVICES), asked)) == {
        "client": "Tallgrass Analytics Inc.",
        "consultant": "Priya Raman",
        "agreement_date": "2023-01-05",
        "termination_date": None,
        "governing_law": "State of Nevada",
    }


COVER = """\
$ 40,000,000
REVOLVING CREDIT AGREEMENT
dated as of May 2, 2019
This Credit Agreement is made as of May 2, 2019 by Orchard Rail Company, as Borrower, and Juniper Bank, as Lender.
"Stated Maturity Date" means the fifth anniversary of the Closing Date.
"Final Date" means the date that is eighteen months after the Effective Date.
"""


def test_a_day_is_worked_out_where_the_schema_says_so_and_the_amount_is_on_the_cover():
    reckoned = {"type": "string", "description": "Last day; if given relatively, calculate the date. YYYY-MM-DD"}
    asked = obj(
        borrower=TEXT,
        stated_maturity_date=reckoned,
        final_date=DATE,
        commitment=obj(amount={"type": "number"}, currency=TEXT),
    )
    assert values(fill(document(COVER), asked)) == {
        "borrower": "Orchard Rail Company",
        "stated_maturity_date": "2024-05-02",
        "final_date": None,
        "commitment": {"amount": 40000000, "currency": "USD"},
    }


@pytest.mark.parametrize("pages", [CREDIT, (LEASE,), (SERVICES,)])
def test_what_an_agreement_says_can_be_pointed_at(pages):
    draft = fill(document(*pages), CREDIT_SCHEMA)
    found = [leaf for leaf in leaves(draft) if leaf.value is not None]
    assert found
    assert all(leaf.places for leaf in found)


def test_an_amount_that_is_not_there_has_no_currency():
    """The only currency of a page is that of its amounts, not of one that was not found."""
    asked = obj(loan_commitment=obj(amount={"type": ["number", "null"]}, currency=TEXT), currency=TEXT)
    got = values(fill(document("Deposit   $ 12.50\nTotal   $ 99.00\n"), asked))
    assert got == {"loan_commitment": {"amount": None, "currency": None}, "currency": "USD"}
