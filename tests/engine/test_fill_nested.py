"""Lists inside the items of a list: rows that a document prints in groups."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
from test_fill_documents import document, leaves, read_off, schema, values

from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.readers import read


def listed(**members):
    return {"type": "array", "items": {"type": "object", "properties": members}}


TEXT, NUMBER = {"type": ["string", "null"]}, {"type": ["number", "null"]}
CUSTOMERS = schema(
    customers=listed(name=TEXT, orders=listed(number=TEXT, date={"type": "string", "format": "date"}, amount=NUMBER))
)
ACME = {
    "name": "Acme Ltd",
    "orders": [
        {"number": "A-1", "date": "2024-03-01", "amount": 120.5},
        {"number": "A-2", "date": "2024-03-04", "amount": 80},
    ],
}
BOLT = {"name": "Bolt & Sons", "orders": [{"number": "B-7", "date": "2024-04-02", "amount": 1310.25}]}
NORTH = {
    "name": "Northwind GmbH",
    "orders": [
        {"number": "N-3", "date": "2024-05-09", "amount": 42},
        {"number": "N-4", "date": "2024-05-11", "amount": 7.5},
    ],
}
ALL = [ACME, BOLT, NORTH]

LABELLED = """
Open orders by customer

Customer: Acme Ltd
Number     Date          Amount
A-1        2024-03-01    120.50
A-2        2024-03-04     80.00
Subtotal                 200.50

Customer: Bolt & Sons
Number     Date          Amount
B-7        2024-04-02  1,310.25
Subtotal               1,310.25

Customer: Northwind GmbH
Number     Date          Amount
N-3        2024-05-09     42.00
N-4        2024-05-11      7.50
Subtotal                  49.50
"""
HEADED = LABELLED.replace("Customer: ", "")
ONCE = """
Open orders by customer

Number     Date          Amount
Acme Ltd
A-1        2024-03-01    120.50
A-2        2024-03-04     80.00
Bolt & Sons
B-7        2024-04-02  1,310.25
Northwind GmbH
N-3        2024-05-09     42.00
N-4        2024-05-11      7.50
Total                  1,560.25
"""
COLUMN = """
Open orders

Customer           Number     Date          Amount
Acme Ltd           A-1        2024-03-01    120.50
Acme Ltd           A-2        2024-03-04     80.00
Bolt & Sons        B-7        2024-04-02  1,310.25
Northwind GmbH     N-3        2024-05-09     42.00
Northwind GmbH     N-4        2024-05-11      7.50
"""
FIRST_ROWS = COLUMN.replace("Acme Ltd           A-2", "                   A-2").replace(
    "Northwind GmbH     N-4", "                   N-4"
)
PAGES = (
    """
Open orders by customer

Customer: Acme Ltd
Number     Date          Amount
A-1        2024-03-01    120.50
""",
    """
Customer: Acme Ltd (continued)
Number     Date          Amount
A-2        2024-03-04     80.00

Customer: Bolt & Sons
Number     Date          Amount
B-7        2024-04-02  1,310.25

Customer: Northwind GmbH
Number     Date          Amount
N-3        2024-05-09     42.00
""",
    """
Number     Date          Amount
N-4        2024-05-11      7.50
""",
)
LAYOUTS = {
    "labels": (LABELLED,),
    "labels between the rows of one table": (
        ONCE.replace("Acme", "Customer: Acme").replace("Bolt", "Customer: Bolt").replace("North", "Customer: North"),
    ),
    "headings over tables": (HEADED,),
    "headings between rows": (ONCE,),
    "a column": (COLUMN,),
    "a column, on the first row only": (FIRST_ROWS,),
    "page breaks": PAGES,
}


@pytest.mark.parametrize("pages", LAYOUTS.values(), ids=LAYOUTS)
def test_rows_are_filled_under_what_names_their_group(pages):
    """The same three customers in every layout; each value keeps its place."""
    made = document(*pages)
    draft = fill(made, CUSTOMERS)
    assert values(draft)["customers"] == ALL
    assert all(leaf.places for leaf in leaves(draft))
    assert [read_off(made, leaf) for leaf in leaves(draft["customers"][1])] == [
        "Bolt & Sons",
        "B-7",
        "2024-04-02",
        "1,310.25",
    ]


CSV = """\
Customer;Order number;Order date;Amount
Acme Ltd;A-1;2024-03-01;120.50
Bolt & Sons;B-7;2024-04-02;1310.25
Acme Ltd;A-2;2024-03-04;80.00
Northwind GmbH;N-3;2024-05-09;42.00
Northwind GmbH;N-4;2024-05-11;7.50
"""
CELLS = "<tr><td>{}</td><td>{}</td><td>{}</td></tr>"
HTML_ROWS = {
    "Acme Ltd": [("A-1", "2024-03-01", "120.50"), ("A-2", "2024-03-04", "80.00")],
    "Bolt & Sons": [("B-7", "2024-04-02", "1,310.25")],
    "Northwind GmbH": [("N-3", "2024-05-09", "42.00"), ("N-4", "2024-05-11", "7.50")],
}
HEAD = "<tr><th>Number</th><th>Date</th><th>Amount</th></tr>"


def html(group: str, *, tables: bool) -> bytes:
    """Group rows over the columns of one table, or a table under each heading."""
    parts = []
    for name, rows in HTML_ROWS.items():
        body = "".join(CELLS.format(*row) for row in rows)
        over = group.format(name.replace("&", "&amp;"))
        parts.append(f"{over}<table>{HEAD}{body}</table>" if tables else f"{over}{body}")
    shown = "".join(parts)
    return f"<h1>Orders</h1>{shown if tables else f'<table>{HEAD}{shown}</table>'}".encode()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (CSV.encode(), "orders.csv"),
        (html('<tr><td colspan="3">{}</td></tr>', tables=False), "orders.html"),
        (html("<h2>{}</h2>", tables=True), "orders.html"),
        (html("<p>Customer: {}</p>", tables=True), "orders.html"),
        ("\n".join(LABELLED.splitlines()).encode(), "orders.txt"),
        (ONCE.encode(), "orders.txt"),
    ],
    ids=["csv with a group column", "html group rows", "html headings", "html labels", "text labels", "text headings"],
)
def test_files_of_other_kinds(data, name):
    draft = fill(read(data, name=name), CUSTOMERS)
    assert values(draft)["customers"] == ALL
    assert all(leaf.places for leaf in leaves(draft))


def workbook(rows: list[list[object]], **merged: str) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("Orders")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    for cells, text in merged.items():
        sheet.merge_range(cells.replace("_", ":"), text)
    book.close()
    return stream.getvalue()


A1, A2, B7 = (["A-1", "2024-03-01", 120.5], ["A-2", "2024-03-04", 80], ["B-7", "2024-04-02", 1310.25])
COLUMNS = ["Number", "Date", "Amount"]


@pytest.mark.parametrize(
    "data",
    [
        workbook([COLUMNS, ["Acme Ltd"], A1, A2, ["Bolt & Sons"], B7]),
        workbook([COLUMNS, [], A1, A2, [], B7], A2_C2="Acme Ltd", A5_C5="Bolt & Sons"),
        workbook([["Customer", *COLUMNS], ["", *A1], ["", *A2], ["Bolt & Sons", *B7]], A2_A3="Acme Ltd"),
    ],
    ids=["group rows", "merged group rows", "a merged group column"],
)
def test_sheets(data):
    """Places are cells: the rows of Acme are in their own rows of the sheet."""
    made = read(data, name="orders.xlsx")
    draft = fill(made, CUSTOMERS)
    assert values(draft)["customers"] == [ACME, BOLT]
    (place,) = draft["customers"][0]["orders"][1]["amount"].places
    assert {made.page(place.page).words[word].ref for word in place.words} <= {"C4", "D3"}


def test_sums_of_groups_that_are_called_otherwise():
    """The last line has fewer cells, and of its number the sum of theirs."""
    text = LABELLED.replace("Subtotal     ", "Sum for group")
    assert values(fill(document(text), CUSTOMERS))["customers"] == ALL


def test_headings_that_are_numbers():
    asked = schema(years=listed(year={"type": "integer"}, months=listed(month=TEXT, sales=NUMBER, returns=NUMBER)))
    text = """
Month       Sales     Returns
2022
January     100       3
February    120       4
2023
January     130       5
"""
    assert values(fill(document(text), asked))["years"] == [
        {
            "year": 2022,
            "months": [
                {"month": "January", "sales": 100, "returns": 3},
                {"month": "February", "sales": 120, "returns": 4},
            ],
        },
        {"year": 2023, "months": [{"month": "January", "sales": 130, "returns": 5}]},
    ]


def courier(*pages: str) -> bytes:
    """A digital PDF in a font of one width, written by hand: the lines of each text as they stand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"]
    kids = []
    for text in pages:
        shown = [(50, 760 - 14 * row, line) for row, line in enumerate(text.splitlines()) if line.strip()]
        content = "".join(f"BT /F1 10 Tf {x} {y} Td ({line}) Tj ET\n" for x, y, line in shown).encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(b"%d 0 R" % kid for kid in kids))
    body, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + tail


@pytest.mark.parametrize("pages", LAYOUTS.values(), ids=[f"{name}, in a PDF" for name in LAYOUTS])
def test_pdfs(pages):
    made = read(courier(*pages), name="orders.pdf")
    draft = fill(made, CUSTOMERS)
    assert values(draft)["customers"] == ALL
    last = draft["customers"][2]["orders"][1]
    assert [read_off(made, leaf) for leaf in leaves(last)] == ["N-4", "2024-05-11", "7.50"]
    assert {place.page for leaf in leaves(last) for place in leaf.places} == {len(pages)}


def test_the_foot_of_a_page_is_no_row():
    foot = "\n" * 30 + "Printed    2024-06-01    Page 1\n"
    draft = fill(read(courier(LABELLED + foot), name="orders.pdf"), CUSTOMERS)
    assert values(draft)["customers"] == ALL


RESULTS = (
    """
Results summary
Age group :35-39

Rank   Name              Fed.   YB     Team        Time
                                       50m  100m
  1    Jon Berg          NOR    1985   Oslo Masters Swimming Club
                                                  31.25
                                        14.80  30.96
  2    Max Lund          SWE    1987   Malmo SK
                                                  32.00
                                        15.10  31.70
""",
    """
Results summary
Age group :30-34

Rank   Name              Fed.   YB     Team        Time
                                       50m  100m
  1    Ole Dahl          DEN    1991   Aarhus Water Sports Society
                                                  28.10
                                        13.60  27.90
""",
)


def test_rows_whose_last_cells_stand_lower_and_objects_in_rows():
    """The team reaches under the head of the time, which is printed on the line below it."""
    athlete = {
        "type": "object",
        "properties": {"athlete": TEXT, "team": TEXT, "year_birth": {"type": "integer"}},
    }
    asked = schema(age_groups=listed(results=listed(rank=TEXT, time=TEXT, athlete_details=athlete), age_group=TEXT))

    def result(rank, time, name, team, year):
        return {"rank": rank, "time": time, "athlete_details": {"athlete": name, "team": team, "year_birth": year}}

    assert values(fill(document(*RESULTS), asked))["age_groups"] == [
        {
            "results": [
                result("1", "31.25", "Jon Berg", "Oslo Masters Swimming Club", 1985),
                result("2", "32.00", "Max Lund", "Malmo SK", 1987),
            ],
            "age_group": "35-39",
        },
        {
            "results": [result("1", "28.10", "Ole Dahl", "Aarhus Water Sports Society", 1991)],
            "age_group": "30-34",
        },
    ]


STATEMENT = """
Statement of all accounts            Date: 2024-02-01

IBAN: DE89 3704 0044 0532 0130 00
Currency: EUR
Date         Text            Amount
2024-01-02   Rent           -350.00
2024-01-05   Salary        1,200.00
Closing balance: 850.00

IBAN: GB82 WEST 1234 5698 7654 32
Currency: GBP
Date         Text            Amount
2024-01-03   Coffee           -3.20
Closing balance: 1,096.80

Thank you for banking with us.
"""


def test_labels_over_and_under_the_rows():
    asked = schema(
        accounts=listed(
            iban=TEXT, currency=TEXT, closing_balance=NUMBER, transactions=listed(date=TEXT, text=TEXT, amount=NUMBER)
        )
    )
    assert values(fill(document(STATEMENT), asked))["accounts"] == [
        {
            "iban": "DE89 3704 0044 0532 0130 00",
            "currency": "EUR",
            "closing_balance": 850,
            "transactions": [
                {"date": "2024-01-02", "text": "Rent", "amount": -350},
                {"date": "2024-01-05", "text": "Salary", "amount": 1200},
            ],
        },
        {
            "iban": "GB82 WEST 1234 5698 7654 32",
            "currency": "GBP",
            "closing_balance": 1096.8,
            "transactions": [{"date": "2024-01-03", "text": "Coffee", "amount": -3.2}],
        },
    ]


FLAT = """
Orders

Number     Date          Amount
A-1        2024-03-01    120.50
A-2        2024-03-04     80.00
B-7        2024-04-02  1,310.25
"""
WRAPPED = """
Number     Item               Amount
A-1        Hammer             120.50
           With long handle
A-2        Saw                 80.00
B-7        Screws             310.25
           Large box
C-7        Nails              310.25
"""
UNCLEAR = {
    "a flat table": FLAT,
    "a flat table under a heading": FLAT.replace("Orders\n\n", "Orders\n"),
    "the first label is missing": LABELLED.replace("Customer: Acme Ltd", ""),
    "a label is missing": LABELLED.replace("Customer: Bolt & Sons", ""),
    "the last label is missing": LABELLED.replace("Customer: Northwind GmbH", ""),
    "a heading is missing": HEADED.replace("Bolt & Sons", ""),
    "rows before the first heading": ONCE.replace("Acme Ltd\n", ""),
    "one heading over all": HEADED.replace("Acme Ltd", "Orders")
    .replace("Bolt & Sons", "Orders")
    .replace("Northwind GmbH", "Orders"),
    "cells of two lines": WRAPPED,
    "two names over the rows of one": "Customer: Acme Ltd\nCustomer: Bolt & Sons\n" + FLAT,
    "a name under the rows": FLAT + "\nCustomer: Acme Ltd\n",
}


@pytest.mark.parametrize("text", UNCLEAR.values(), ids=UNCLEAR)
def test_where_groups_are_not_clear_nothing_is_filled(text):
    assert values(fill(document(text), CUSTOMERS))["customers"] == []


@pytest.mark.parametrize(
    "text",
    [
        CSV.replace("Bolt & Sons;", ";").replace("Acme Ltd;A-2", "Northwind GmbH;A-2"),  # whose is B-7?
        "Order number;Order date;Amount\nA-1;2024-03-01;120.50\nB-7;2024-04-02;1310.25\n",
    ],
    ids=["a customer is missing", "no customers"],
)
def test_rows_of_nobody(text):
    assert values(fill(read(text.encode(), name="orders.csv"), CUSTOMERS))["customers"] == []
