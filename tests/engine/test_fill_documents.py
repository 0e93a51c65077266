"""Filling of small documents laid out by hand: a line is text, three blanks are a gap between columns."""

from __future__ import annotations

import re

import pytest

from chunkr_integrations.engine.document import Box, Cell, Document, Page, Segment, Table, Word
from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.engine import Engine
from chunkr_integrations.engine.fill import fill

WIDE, HIGH, PITCH = 5.0, 10.0, 12.0


def document(*pages: str) -> Document:
    """One page for each text; every character is WIDE, every line HIGH, so that blanks are gaps."""
    made = []
    for number, text in enumerate(pages, 1):
        words = []
        for row, line in enumerate(text.splitlines()):
            for match in re.finditer(r"\S+", line):
                box = Box(20 + match.start() * WIDE, 20 + row * PITCH, len(match[0]) * WIDE, HIGH)
                words.append(Word(match[0], box, row))
        rows = sorted({w.line for w in words})
        words = [Word(w.text, w.box, rows.index(w.line)) for w in words]
        made.append(Page(number, 800, 1000, tuple(words), ()))
    return Document("application/pdf", tuple(made))


def sheet(rows: list[list[str]]) -> Document:
    """A sheet with one table, each cell a word or several."""
    words: list[Word] = []
    cells = []
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            ref = f"{chr(65 + c)}{r + 1}"
            first = len(words)
            words += [
                Word(t, Box(20 + c * 200 + i * 40, 20 + r * 14, 36, 10), r, "t", ref=ref)
                for i, t in enumerate(text.split())
            ]
            if text:
                cells.append(Cell(r, c, text, tuple(range(first, len(words))), ref=ref))
    table = Table(len(rows), max(len(row) for row in rows), tuple(cells))
    segment = Segment("t", "Table", 1, Box(0, 0, 1000, 1000), "", tuple(range(len(words))), table)
    return Document("text/csv", (Page(1, 2000, 1000, tuple(words), (segment,), sheet="S"),))


def values(draft):
    if isinstance(draft, dict):
        return {key: values(value) for key, value in draft.items()}
    if isinstance(draft, list):
        return [values(item) for item in draft]
    return draft.value


def leaves(draft):
    if isinstance(draft, Leaf):
        yield draft
    else:
        for part in draft.values() if isinstance(draft, dict) else draft:
            yield from leaves(part)


def read_off(doc: Document, leaf: Leaf) -> str:
    return " ".join(doc.page(place.page).words[i].text for place in leaf.places for i in place.words)


def schema(**properties):
    return {"type": "object", "properties": properties}


TEXT = {"type": ["string", "null"]}
DATE = {"type": ["string", "null"], "format": "date"}
NUMBER = {"type": ["number", "null"]}

INVOICE = schema(
    invoice_number=TEXT,
    invoice_date=DATE,
    due_date=DATE,
    currency={"type": "string", "description": "ISO 4217 code"},
    seller=schema(name=TEXT, street=TEXT, postcode=TEXT, city=TEXT, vat_id=TEXT),
    buyer=schema(name=TEXT, street=TEXT, postcode=TEXT, city=TEXT),
    iban=TEXT,
    net_total=NUMBER,
    tax_total=NUMBER,
    gross_total=NUMBER,
    line_items={
        "type": "array",
        "items": schema(description=TEXT, quantity=NUMBER, unit_price=NUMBER, line_total=NUMBER),
    },
    taxes={"type": "array", "description": "VAT breakdown", "items": schema(rate=NUMBER, basis=NUMBER, amount=NUMBER)},
)

ENGLISH = """\
Northwind Traders Ltd
12 Harbour Road                                  INVOICE
London SW1A 1AA
VAT No: GB123456789

Bill to:                                         Invoice No:      NW-2024-17
Contoso Bakery                                   Invoice Date:    14 March 2024
7 Mill Lane                                      Due Date:        13 April 2024
Leeds LS1 5AB

Description               Quantity    Unit Price      Amount
Rye flour, 25 kg                 4         18.50       74.00
Baking trays                    10          6.20       62.00
Oven gloves                      2          7.00       14.00

                                        Subtotal      150.00
                                        VAT 20%        30.00
                                        Total     GBP 180.00

IBAN: DE89370400440532013000
"""

GERMAN = """\
Muster & Sohn GmbH
Hauptstraße 5
80333 München
USt-IdNr.: DE123456789

Rechnungsempfänger
Bäckerei Klein
Lindenweg 9
50667 Köln

Rechnung Nr. 2024-0815 vom 05.06.2024
Zahlbar bis: 19.06.2024

Pos   Bezeichnung               Menge      Einzelpreis       Gesamtpreis
1     Roggenmehl                   4         18,50 EUR         74,00 EUR
2     Backbleche                1000          6,20 EUR      6.200,00 EUR

Nettobetrag                                                6.274,00 EUR
zzgl. 19 % MwSt                                            1.192,06 EUR
Gesamtbetrag                                               7.466,06 EUR
"""


def test_an_english_invoice_is_filled():
    """Number, dates, both parties, totals, currency, bank account and lines come out right."""
    doc = document(ENGLISH)
    found = values(fill(doc, INVOICE))
    assert found["invoice_number"] == "NW-2024-17"
    assert (found["invoice_date"], found["due_date"]) == ("2024-03-14", "2024-04-13")
    assert found["currency"] == "GBP"
    assert (found["net_total"], found["tax_total"], found["gross_total"]) == (150, 30, 180)
    assert found["iban"] == "DE89370400440532013000"
    assert found["seller"] == {
        "name": "Northwind Traders Ltd",
        "street": "12 Harbour Road",
        "postcode": "SW1A 1AA",
        "city": "London",
        "vat_id": "GB123456789",
    }
    assert found["buyer"] == {"name": "Contoso Bakery", "street": "7 Mill Lane", "postcode": "LS1 5AB", "city": "Leeds"}
    assert found["line_items"] == [
        {"description": "Rye flour, 25 kg", "quantity": 4, "unit_price": 18.5, "line_total": 74},
        {"description": "Baking trays", "quantity": 10, "unit_price": 6.2, "line_total": 62},
        {"description": "Oven gloves", "quantity": 2, "unit_price": 7, "line_total": 14},
    ]


def test_a_german_invoice_is_filled():
    """Decimal commas, dates with dots, "Nr. ... vom ..." and German labels are read."""
    found = values(fill(document(GERMAN), INVOICE))
    assert found["invoice_number"] == "2024-0815"
    assert (found["invoice_date"], found["due_date"]) == ("2024-06-05", "2024-06-19")
    assert found["currency"] == "EUR"
    assert (found["net_total"], found["tax_total"], found["gross_total"]) == (6274, 1192.06, 7466.06)
    assert found["buyer"] == {"name": "Bäckerei Klein", "street": "Lindenweg 9", "postcode": "50667", "city": "Köln"}
    assert found["seller"]["vat_id"] == "DE123456789"
    assert [item["description"] for item in found["line_items"]] == ["Roggenmehl", "Backbleche"]
    assert [item["line_total"] for item in found["line_items"]] == [74, 6200]


@pytest.mark.parametrize("text", [ENGLISH, GERMAN])
def test_every_value_has_places_that_print_it(text):
    """No value without words on the page; a number, date or name can be read off its words again."""
    doc = document(text)
    for leaf in leaves(fill(doc, INVOICE)):
        assert 0.0 <= leaf.score <= 1.0
        if leaf.value is None:
            assert leaf.places == ()
        else:
            printed = read_off(doc, leaf)
            assert printed
            if isinstance(leaf.value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d|[A-Z]{3}", leaf.value):
                assert leaf.value in printed.rstrip(",:;.") or printed in leaf.value


def test_what_the_page_does_not_print_stays_null():
    """Fields of another kind of document, prose and empty lists are left out."""
    asked = schema(
        blood_type=TEXT,
        allergies={"type": "array", "items": {"type": "string"}},
        termination_clause={"type": "string", "description": "Summary of the termination clause"},
        passport={"type": "object", "properties": {"number": TEXT, "expires_on": DATE}},
    )
    assert values(fill(document(ENGLISH), asked)) == {
        "blood_type": None,
        "allergies": [],
        "termination_clause": None,
        "passport": {"number": None, "expires_on": None},
    }


def test_labels_come_from_names_titles_descriptions_and_aliases():
    """Each way of naming a field finds its label; no lexicon knows these words."""
    doc = document("Hull colour: teal\nMast height   21.5\nSail maker\nBrizo & Co\nBerth: C-17\n")
    asked = schema(
        hullColour=TEXT,
        h={"type": "number", "title": "Mast height"},
        m={"type": "string", "description": "Sail maker"},
        b={"type": "string", "x-aliases": ["Berth"]},
    )
    assert values(fill(doc, asked)) == {"hullColour": "teal", "h": 21.5, "m": "Brizo & Co", "b": "C-17"}


def test_references_unions_enums_and_constants_are_understood():
    """$ref, anyOf with null, enum, const and type lists lead to typed values."""
    asked = {
        "type": "object",
        "properties": {
            "status": {"$ref": "#/$defs/Status"},
            "paid": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
            "copies": {"type": ["integer", "null"]},
            "kind": {"const": "permit"},
            "owner": {"allOf": [{"$ref": "#/$defs/Owner"}], "description": "Owner"},
        },
        "$defs": {
            "Status": {"enum": ["granted", "refused"]},
            "Owner": {"type": "object", "properties": {"owner_phone": {"type": "string"}}},
        },
    }
    doc = document("Status: Granted\nPaid: yes\nCopies: 3\nKind: Permit\nOwner phone: +44 20 7946 0000\n")
    assert values(fill(doc, asked)) == {
        "status": "granted",
        "paid": True,
        "copies": 3,
        "kind": "permit",
        "owner": {"owner_phone": "+44 20 7946 0000"},
    }


def test_a_schema_may_be_a_list_or_a_single_value():
    """The root of a schema need not be an object."""
    assert values(fill(document("Hull colour: teal\n"), {"type": "string", "title": "Hull colour"})) == "teal"
    strings = {"type": "array", "title": "Allergies", "items": {"type": "string"}}
    assert values(fill(document("Allergies\n • Penicillin\n • Nuts\n"), strings)) == ["Penicillin", "Nuts"]
    assert isinstance(fill(document("x"), {}), Leaf)


def test_a_recursive_schema_ends():
    """A schema that contains itself is filled to a depth, not for ever."""
    asked = {
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"type": "object", "properties": {"n": TEXT, "next": {"$ref": "#/$defs/Node"}}}},
    }
    assert isinstance(fill(document("n: 5"), asked), dict)


def test_one_label_for_two_ends_of_a_range():
    """A printed range gives the first day to the one field and the last day to the other."""
    asked = schema(policy_start=DATE, policy_end=DATE)
    doc = document("Printed: 02/20/20   Page 1\nPolicy period:   02/13/20 - 03/14/20\n")
    assert values(fill(doc, asked)) == {"policy_start": "2020-02-13", "policy_end": "2020-03-14"}


def test_a_persons_name_is_parted():
    """Given and family name are read from one printed name, in either order."""
    asked = schema(first_name=TEXT, last_name=TEXT)
    assert values(fill(document("Name:   Dr. Ada M. Lovelace"), asked)) == {
        "first_name": "Ada M.",
        "last_name": "Lovelace",
    }
    assert values(fill(document("Name:   Lovelace, Ada"), asked)) == {"first_name": "Ada", "last_name": "Lovelace"}


def test_another_date_with_a_longer_label_is_not_taken():
    """ "Order Date" is not the date of the invoice."""
    asked = schema(invoice_date=DATE)
    assert values(fill(document("Order Date: 15-10-2015"), asked)) == {"invoice_date": None}
    assert values(fill(document("Order Date: 15-10-2015   Invoice Date: 20-10-2015"), asked)) == {
        "invoice_date": "2015-10-20"
    }


def test_totals_are_chosen_so_that_they_sum_up():
    """A larger "Subtotal" that includes tax does not win over the net amount that the arithmetic proves."""
    doc = document("Exclusief BTW   593,36      Subtotaal   717,97\nBTW 21%         124,61      Totaal      717,97\n")
    draft = fill(doc, schema(net_total=NUMBER, tax_total=NUMBER, gross_total=NUMBER))
    assert values(draft) == {"net_total": 593.36, "tax_total": 124.61, "gross_total": 717.97}
    assert all(leaf.score >= 0.9 for leaf in leaves(draft))


def test_a_stacked_header_and_wrapped_cells():
    """Heads over several lines are read down the column; a cell's second line belongs to its row."""
    text = """\
                       In the last     In the last     Never
Substance              month           year
Magic mushrooms        2.1%            0.5%            96.3%
Anabolic steroids      2.1%            0.2%            97.0%
(all kinds)
Heroin                 0.5%            0.0%            99.0%
"""
    columns = {"a": "Substance", "b": "In the last month", "c": "In the last year", "d": "Never"}
    items = schema(**{k: {"type": "string", "description": f"Column: {v}"} for k, v in columns.items()})
    found = values(fill(document(text), schema(rows={"type": "array", "items": items})))["rows"]
    assert found == [
        {"a": "Magic mushrooms", "b": "2.1%", "c": "0.5%", "d": "96.3%"},
        {"a": "Anabolic steroids (all kinds)", "b": "2.1%", "c": "0.2%", "d": "97.0%"},
        {"a": "Heroin", "b": "0.5%", "c": "0.0%", "d": "99.0%"},
    ]


def test_a_table_goes_on_where_its_header_is_repeated():
    """Rows of the next page are added when the header stands there again at the same place."""
    head = "Article      Quantity     Unit price     Amount\n"
    first = head + "Screw               2           1.00       2.00\nBolt                3           2.00       6.00\n"
    second = head + "Nut                 5           1.00       5.00\n"
    items = schema(article=TEXT, quantity=NUMBER, unit_price=NUMBER, amount=NUMBER)
    found = values(fill(document(first, second), schema(items={"type": "array", "items": items})))["items"]
    assert [(row["article"], row["amount"]) for row in found] == [("Screw", 2), ("Bolt", 6), ("Nut", 5)]


def test_a_bulleted_list_under_its_heading():
    """The items are the bulleted lines up to the next heading, without their bullets."""
    doc = document("Allergies\n\n • Penicillin (rash)\n • Sulfonamides\n\nFollow-up\nIn one week.\n")
    objects = {"type": "array", "items": schema(allergy=TEXT)}
    assert values(fill(doc, schema(allergies=objects)))["allergies"] == [
        {"allergy": "Penicillin (rash)"},
        {"allergy": "Sulfonamides"},
    ]
    strings = {"type": "array", "items": {"type": "string"}}
    assert values(fill(doc, schema(allergies=strings)))["allergies"] == ["Penicillin (rash)", "Sulfonamides"]


def test_this_year_and_the_previous_one():
    """A row's numbers go to the periods by the years over them; a number of a note is none of them."""
    text = """\
                        Notes       2019       2018
Tangible assets             4      1,200        900
Debtors                     5        104          8
Net current liabilities            (371)       (12)
"""
    both = {"type": "object", "properties": {"current": NUMBER, "previous": NUMBER}}
    found = values(fill(document(text), schema(debtors=both, tangible_assets=both, net_current_liabilities=both)))
    assert found == {
        "debtors": {"current": 104, "previous": 8},
        "tangible_assets": {"current": 1200, "previous": 900},
        "net_current_liabilities": {"current": -371, "previous": -12},
    }


SUGAR = [
    ["", "Total", "", "Plausible reporters", ""],
    ["", "Mean grams", "from", "Mean grams", "from"],
    ["Aged 2 to 8 years"],
    ["2004", "104", "101", "95", "92"],
    ["2015", "101", "97", "98", "94"],
    ["Aged 9 to 18 years"],
    ["2004", "128", "124", "119", "116"],
    ["2015", "115", "111", "116", "113"],
]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What were the mean grams of plausible reporters aged 9 to 18 years in 2015?", 116),
        ("What were the mean grams in total for those aged 2 to 8 years in 2004?", 104),
        ("How many farms reported kale?", None),
    ],
)
def test_a_question_is_answered_by_row_and_column(question, answer):
    """The cell whose headings the question names; none when no heading is named."""
    asked = schema(q={"type": ["number", "null"], "description": question})
    assert values(fill(sheet(SUGAR), asked)) == {"q": answer}


def test_a_group_of_rows_that_the_schema_names():
    """Only the rows under the heading that the description speaks of; headings are no rows."""
    rows = [
        ["Task", "Start Date", "End Date"],
        ["Phase 1: Planning"],
        ["Interviews", "2026-01-08", "2026-01-14"],
        ["Phase 2: Build"],
        ["Core features", "2026-01-26", "2026-02-03"],
        ["Review", "2026-02-01", "2026-02-04"],
    ]
    items = schema(task=TEXT, start_date=DATE, end_date=DATE)
    every = {"type": "array", "items": items}
    assert len(values(fill(sheet(rows), schema(tasks=every)))["tasks"]) == 3
    named = {**every, "description": "Tasks of phase 2"}
    found = values(fill(sheet(rows), schema(tasks=named)))["tasks"]
    assert [row["task"] for row in found] == ["Core features", "Review"]
    assert found[0]["end_date"] == "2026-02-03"


def test_equal_candidates_are_tied_and_less_sure():
    """Two different values beside the same label: one is taken, marked as tied, and never High."""
    draft = fill(document("Reference: A-1\n\nReference: B-2\n"), schema(reference=TEXT))
    assert isinstance(draft, dict)
    leaf = draft["reference"]
    assert isinstance(leaf, Leaf)
    assert leaf.tied
    assert leaf.score < 0.9


@pytest.mark.parametrize(
    "text", ["", "   \n\n", "- - -", "§§§ ¶¶¶", "1 2 3 4 5\n6 7 8 9 0", "a" * 5000, "Total: " * 400]
)
def test_odd_pages_fill_nothing_and_raise_nothing(text):
    """Empty pages, symbols, bare numbers, one endless word and one repeated label."""
    found = values(fill(document(text), INVOICE))
    assert found["invoice_number"] is None
    assert found["gross_total"] is None
    assert found["line_items"] == []


def test_the_same_document_gives_the_same_draft():
    """No order of sets or hashes shows in the answer."""
    assert fill(document(ENGLISH), INVOICE) == fill(document(ENGLISH), INVOICE)


def test_what_the_whole_is_called_is_no_party():
    """A class named `Delivery` asks for what a delivery has, not for the address goods go to."""
    schema = {"title": "Delivery", "type": "object", "properties": {"order": {"type": "string"}}}
    schema["properties"]["order"]["x-aliases"] = ["Your reference"]
    engine = Engine()
    document = engine.parse(b"Your reference: 4711/A\nDelivered by road\n", name="note.txt")
    assert engine.extract(document, schema).results == {"order": "4711/A"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("people.csv", "name;city;age;note\nAnn;Rome;31;\nBob;Paris;;\nCleo;Oslo;29;new\n"),
        (
            "people.md",
            "|name|city|age|note|\n|-|-|-|-|\n|Ann|Rome|31||\n|Bob|Paris|||\n|Cleo|Oslo|29|new|\n",
        ),
    ],
)
def test_rows_with_empty_cells_stay_rows(name, text):
    columns = {"name": {"type": "string"}, "city": {"type": "string"}, "age": {"type": "integer"}}
    items = {"type": "object", "properties": columns}
    schema = {"type": "object", "properties": {"people": {"type": "array", "items": items}}}
    engine = Engine()
    made = engine.extract(engine.parse(text.encode(), name=name), schema)
    assert made.results["people"] == [
        {"name": "Ann", "city": "Rome", "age": 31},
        {"name": "Bob", "city": "Paris", "age": None},
        {"name": "Cleo", "city": "Oslo", "age": 29},
    ]
