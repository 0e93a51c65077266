"""Tables that a file marks as such: rows as items, conditions on them, and what is worked out from them."""

from __future__ import annotations

import pytest
from test_fill_documents import leaves, values

from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.readers import read

ORDERS = """\
Order Ref,Placed On,Customer Name,Region,Order Status,Net Value (EUR)
A-1001,2024-03-01,Nordwind GmbH,North,Shipped,420.00
A-1002,2024-03-02,Blue Harbour Ltd,South,Cancelled,80.50
A-1003,2024-03-04,Casa Verde,South,Shipped,1310.25
A-1004,2024-03-09,Nordwind GmbH,North,Open,99.99
A-1005,2024-03-11,Quarry & Sons,East,Shipped,250.00
Total,,,,,2160.74
"""
STAFF = """\
<html><body><h1>Team</h1><table>
<tr><th>Staff member</th><th>Start of employment</th><th>Department</th><th>Hours per week</th></tr>
<tr><td>Ada Brandt</td><td>1 May 2019</td><td>Assembly</td><td>38</td></tr>
<tr><td>Tomas Lind</td><td>15 January 2021</td><td>Paint shop</td><td>20</td></tr>
</table></body></html>
"""


def filled(text: str, name: str, **properties):
    return fill(read(text.encode(), name=name), {"type": "object", "properties": properties})


def listed(description: str = "", **members):
    items = {"type": "object", "properties": {n: {"type": t, "description": d} for n, (t, d) in members.items()}}
    return {"type": "array", "description": description, "items": items}


ORDER = {
    "reference": ("string", "order reference"),
    "orderedOn": ("string", "date the order was placed, YYYY-MM-DD"),
    "client": ("string", "customer name as written"),
    "netValueEur": ("number", "net value in EUR"),
}


def test_columns_are_found_by_the_words_and_types_of_their_heads():
    got = values(filled(ORDERS, "orders.csv", orders=listed("", **ORDER)))["orders"]
    assert len(got) == 5  # the total is no order
    assert got[2] == {"reference": "A-1003", "orderedOn": "2024-03-04", "client": "Casa Verde", "netValueEur": 1310.25}


def test_a_table_of_a_page():
    member = {
        "employee": ("string", "name of the staff member"),
        "employedSince": ("string", "start of employment, YYYY-MM-DD"),
        "weeklyHours": ("number", "hours per week"),
    }
    got = values(filled(STAFF, "team.html", people=listed("", **member)))["people"]
    assert got == [
        {"employee": "Ada Brandt", "employedSince": "2019-05-01", "weeklyHours": 38},
        {"employee": "Tomas Lind", "employedSince": "2021-01-15", "weeklyHours": 20},
    ]


@pytest.mark.parametrize(
    ("description", "references"),
    [
        ("only orders that are Shipped", ["A-1001", "A-1003", "A-1005"]),
        ("all orders except Cancelled ones", ["A-1001", "A-1003", "A-1004", "A-1005"]),
        ("only orders with a net value of 250 or more", ["A-1001", "A-1003", "A-1005"]),
        ("only orders from the South region whose status is Shipped", ["A-1003"]),
        ("only orders placed after 2024-03-04", ["A-1004", "A-1005"]),
        ("each order as listed", ["A-1001", "A-1002", "A-1003", "A-1004", "A-1005"]),
        ("only orders that the manager would find odd", []),
    ],
)
def test_only_the_rows_that_are_asked_for(description, references):
    """A condition that is not understood fills nothing: all rows would be wrong."""
    got = values(filled(ORDERS, "orders.csv", orders=listed(description, **ORDER)))["orders"]
    assert [row["reference"] for row in got] == references


@pytest.mark.parametrize(
    ("kind", "description", "value"),
    [
        ("integer", "count of orders whose status is Shipped", 3),
        ("number", "sum of the net value of all Shipped orders", 1980.25),
        ("number", "net value of the last order", 250.0),
        ("string", "customer name of the order with the highest net value", "Casa Verde"),
        ("integer", "count of orders that were late", None),
        ("number", "average net value per order minus the discount", None),
    ],
)
def test_what_is_worked_out_from_rows(kind, description, value):
    draft = filled(ORDERS, "orders.csv", asked={"type": [kind, "null"], "description": description})
    assert draft["asked"].value == value
    assert all(leaf.places for leaf in leaves(draft) if leaf.value is not None)


LEDGER = """\
Date;Text;Amount;Balance
2024-01-02;Opening deposit;500,00;500,00
2024-01-05;Rent;-350,00;150,00
2024-01-09;Coffee;-4,50;145,50
2024-01-12;Salary;1200,00;1345,50
"""


def test_money_out_and_money_in():
    entry = {
        "day": ("string", "date, YYYY-MM-DD"),
        "text": ("string", ""),
        "paid": ("number", "amount as positive number"),
    }
    got = values(
        filled(
            LEDGER,
            "ledger.csv",
            withdrawals=listed("only withdrawals of at least 100", **entry),
            received={"type": "number", "description": "sum of all credit amounts"},
            left={"type": "number", "description": "balance after the final transaction"},
        )
    )
    assert got == {
        "withdrawals": [{"day": "2024-01-05", "text": "Rent", "paid": 350}],
        "received": 1700,
        "left": 1345.5,
    }


STAFF_LIST = """\
Employee ID;Full name;Dept;Start;Salary (EUR);Status
E01;Ana Ruiz;Sales;01.02.2020;42.000,00;active
E02;Ben Vogt;IT;15.06.2018;55.500,50;left
E03;Cara Nix;IT;01.10.2022;48.000,00;active
"""


def test_short_names_of_kinds_count_beside_the_name_of_their_column():
    person = {"name": ("string", ""), "department": ("string", "")}
    got = values(
        filled(
            STAFF_LIST,
            "staff.csv",
            people=listed("", id=("string", ""), **person, employed=("boolean", "true if active")),
            staff=listed("only active employees of the IT department", **person),
            first={"type": "string", "description": "earliest start date, YYYY-MM-DD"},
            top={"type": "number", "description": "highest salary"},
            rows={"type": "integer", "description": "number of records"},
        )
    )
    assert [(p["id"], p["employed"]) for p in got["people"]] == [("E01", True), ("E02", False), ("E03", True)]
    assert got["staff"] == [{"name": "Cara Nix", "department": "IT"}]
    assert (got["first"], got["top"], got["rows"]) == ("2018-06-15", 55500.5, 3)


REPORT = """\
<table><tr><th>Test</th><th>Result</th><th>Units</th><th>Flag</th></tr>
<tr><td>Sodium</td><td>139</td><td>mmol/L</td><td></td></tr>
<tr><td>Potassium</td><td>5.6</td><td>mmol/L</td><td>H</td></tr>
<tr><td>Glucose</td><td>4.9</td><td>mmol/L</td><td></td></tr></table>
"""


def test_rows_that_carry_a_mark():
    result = {"analyte": ("string", "name of the test"), "value": ("number", "numeric result")}
    got = values(
        filled(
            REPORT,
            "lab.html",
            marked=listed("only results that carry a flag", **result),
            high={"type": "integer", "description": "count of tests with flag H"},
        )
    )
    assert got == {"marked": [{"analyte": "Potassium", "value": 5.6}], "high": 1}


MANIFEST = """\
<h1>Manifest</h1><p>Carrier: Blue Anchor Lines</p>
<div><h3>Container MSKU1234567</h3><p>Type: 40HC</p><p>Gross weight: 18,450 kg</p><p>Seal: 88213</p></div>
<div><h3>Container TGHU7654321</h3><p>Type: 20GP</p><p>Gross weight: 9,120 kg</p><p>Seal: 88214</p></div>
"""


def test_blocks_with_the_same_labels_are_items():
    container = {
        "containerNumber": ("string", ""),
        "containerType": ("string", ""),
        "grossWeightKg": ("number", ""),
        "sealNumber": ("string", ""),
    }
    got = values(filled(MANIFEST, "manifest.html", containers=listed("", **container)))["containers"]
    assert got == [
        {"containerNumber": "MSKU1234567", "containerType": "40HC", "grossWeightKg": 18450, "sealNumber": "88213"},
        {"containerNumber": "TGHU7654321", "containerType": "20GP", "grossWeightKg": 9120, "sealNumber": "88214"},
    ]


def test_one_block_is_no_list():
    """Labels that do not repeat are those of the document."""
    text = "<p>Type: 40HC</p><p>Seal: 88213</p>"
    container = {"type": ("string", ""), "seal": ("string", "")}
    assert values(filled(text, "one.html", containers=listed("", **container)))["containers"] == []
