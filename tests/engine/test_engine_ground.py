from __future__ import annotations

import pytest

from chunkr_integrations.engine.document import Box, Document, Page, Word
from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.find import Finder
from chunkr_integrations.engine.ground import ground
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read


def found(document: Document, value, **options) -> str:
    hits = Finder(document).find(value, **options)
    return " ".join(document.page(hits[0].page).words[i].text for i in hits[0].words) if hits else ""


def cited(text: str, draft, schema=None, name: str = "a.txt"):
    document = read(text.encode(), name=name)
    return document, output(document, ground(document, draft, schema or {}), schema or {})


def line_of(document, citation) -> int:
    page = document.page(citation["page_number"])
    top = citation["bboxes"][0]["top"]
    return next(word.line for word in page.words if abs(word.box.top - top) < 0.01)


@pytest.mark.parametrize(
    ("text", "value", "printed"),
    [
        ("Total 1,299.50 EUR", 1299.5, "1,299.50"),
        ("Summe: 1.299,50 EUR", 1299.5, "1.299,50"),
        ("Total $1,299.50", 1299.5, "$1,299.50"),
        ("Total 1 299 500 kr", 1299500, "1 299 500"),
        ("Loss (1,200) this year", -1200, "(1,200)"),
        ("Rate 19 % of it", 19, "19"),
        ("Rate 19% of it", 0.19, "19%"),
        ("Weight 12kg net", 12, "12kg"),
        ("Due 05.06.2018 at noon", "2018-06-05", "05.06.2018"),
        ("Due June 5, 2018 at noon", "2018-06-05", "June 5, 2018"),
        ("Received 07/07/2015 6:00:59 PM here", "2015-07-07", "07/07/2015 6:00:59 PM"),
        ("IBAN DE02 1203 0000 0000 2020 51", "DE02120300000000202051", "DE02 1203 0000 0000 2020 51"),
        ("No. INV-2023/0008 of", "INV20230008", "INV-2023/0008"),
        ("sold by ACME Corp. of Ohio", "Acme Corp", "ACME Corp."),
        ("Datum:05.06.2018", "2018-06-05", "Datum:05.06.2018"),
        ("value is n.a. here", "n.a.", "n.a."),
        ("発行者 株式会社サンプル", "サンプル", "サ ン プ ル"),
        ("المبلغ الإجمالي 250 ريال", "المبلغ الإجمالي", "المبلغ الإجمالي"),
        ("cell \u2013 empty", "\u2014", "\u2013"),
    ],
)
def test_values_are_found_in_every_common_spelling(text, value, printed):
    assert found(read(text.encode(), name="a.txt"), value) == printed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Total 1,299.50", 1299.51),
        ("Total 2800", "28.0.1"),
        ("Order 20458", 2045),
        ("Smithson and sons", "Smith"),
        ("Total 5", None),
        ("yes", True),
        ("Total 5", "unrelated words that are nowhere"),
    ],
)
def test_what_is_not_printed_is_not_found(text, value):
    assert found(read(text.encode(), name="a.txt"), value) == ""


def test_a_name_inside_a_run_of_a_script_without_spaces_is_found():
    words = (Word("株式会社サンプル御中", Box(10.0, 10.0, 100.0, 10.0), 0),)
    document = Document("application/pdf", (Page(1, 300.0, 300.0, words, ()),))
    assert found(document, "サンプル") == "株式会社サンプル御中"


def test_digits_with_another_decimal_point_are_no_exact_match():
    hits = Finder(read(b"Count 280", name="a.txt")).find("28.0")
    assert all(not hit.exact for hit in hits)


def test_names_are_found_across_line_ends_and_hyphens():
    document = read(b"delivered to the Wasser-\nversorgung Nord in May", name="a.txt")
    assert found(document, "Wasserversorgung Nord") == "Wasser- versorgung Nord"


def test_text_wrapped_in_a_cell_is_found_although_the_next_column_is_between():
    text = b"Beeswax XL      1.00 kg     42.00\nAcme quality    in stock    net\n"
    assert found(read(text, name="a.txt"), "Beeswax XL Acme quality") == "Beeswax XL Acme quality"


def test_slips_of_recognition_are_found_but_not_exact():
    hits = Finder(read(b"Receipt no 4O5S1 paid", name="a.txt")).find("40551")
    assert [hit.exact for hit in hits] == [False]


def test_similar_text_comes_last_and_is_not_exact():
    hits = Finder(read(b"Registrant: Podesta Grcup Incorporated", name="a.txt")).find("Podesta Group Incorporated")
    assert [hit.exact for hit in hits] == [False]


def test_an_address_in_parts_is_found_as_its_parts():
    document = read(
        b"Sharp Consulting        Invoice 5\n73 Regal Way            May\nLS1 5AB Leeds           2024", name="a.txt"
    )
    words = found(document, "73 Regal Way, Leeds, LS1 5AB")
    assert sorted(words.split()) == sorted(["73", "Regal", "Way", "LS1", "5AB", "Leeds"])


def test_the_label_decides_between_equal_values():
    schema = {"type": "object", "properties": {"due_date": {"format": "date"}, "invoice_date": {"format": "date"}}}
    text = "Invoice date: 2024-05-01\nPrinted on: 2024-05-01\nDue date: 2024-05-01\n"
    document, made = cited(text, {"due_date": Leaf("2024-05-01"), "invoice_date": Leaf("2024-05-01")}, schema)
    assert line_of(document, made.citations["due_date"][0]) == 2
    assert line_of(document, made.citations["invoice_date"][0]) == 0


def test_values_of_an_item_come_from_one_row_and_rows_go_down():
    rows = (
        "Item        Qty   Price   Sum\n"
        "Bolt         1    2.00   2.00\n"
        "Nut          2    1.00   2.00\n"
        "Washer       2    1.00   2.00\n"
    )
    draft = {
        "lines": [
            {"name": Leaf(n), "qty": Leaf(q), "price": Leaf(p), "sum": Leaf(2.0)}
            for n, q, p in [("Bolt", 1, 2.0), ("Nut", 2, 1.0), ("Washer", 2, 1.0)]
        ]
    }
    schema = {"properties": {"lines": {"items": {"properties": {k: {} for k in ("name", "qty", "price", "sum")}}}}}
    document, made = cited(rows, draft, schema)
    for number, item in enumerate(made.citations["lines"], 1):
        assert {line_of(document, item[key][0]) for key in item} == {number}
    columns = {
        key: {item[key][0]["bboxes"][0]["left"] // 20 for item in made.citations["lines"]}
        for key in ("qty", "price", "sum")
    }
    assert len(set.union(*columns.values())) == 3, "each field keeps its own column"


def test_the_segment_a_filler_named_wins():
    document = read(b"Alpha 77\n\nBeta 77\n\nGamma 77\n", name="a.txt")
    segment = list(document.segments)[1]
    made = ground(document, {"x": Leaf(77, segments=(segment.id,))}, {})
    assert made["x"].places[0].segment_id == segment.id
    assert not made["x"].tied


def test_equal_places_that_nothing_tells_apart_are_tied():
    document = read(b"77 here\n\n77 there\n", name="a.txt")
    assert ground(document, {"x": Leaf(77)}, {})["x"].tied


def test_a_derived_value_cites_the_quote_it_was_read_from():
    document = read(b"The fee is half of the rent, thus due monthly.", name="a.txt")
    leaf = ground(document, {"x": Leaf(0.5, quote="half of the rent")}, {})["x"]
    assert [document.page(1).words[i].text for i in leaf.places[0].words] == ["half", "of", "the", "rent,"]
    assert not leaf.places[0].exact


def test_a_value_whose_segment_alone_is_known_cites_the_segment():
    document = read(b"The tenant pays on the first.", name="a.txt")
    segment = next(document.segments)
    leaf = ground(document, {"x": Leaf("monthly", segments=(segment.id, "unknown"))}, {})["x"]
    assert leaf.places == (Place(1, (), exact=False, segment_id=segment.id),)


def test_places_of_the_filler_and_nulls_are_kept():
    document = read(b"77 and 77", name="a.txt")
    draft = {"a": Leaf(77, (Place(1, (2,)),)), "b": Leaf(None), "c": Leaf("not there")}
    made = ground(document, draft, {})
    assert made["a"] == draft["a"]
    assert made["b"].places == made["c"].places == ()


def test_schemas_with_references_and_alternatives_are_followed():
    schema = {
        "properties": {"party": {"anyOf": [{"$ref": "#/$defs/Party"}, {"type": "null"}]}},
        "$defs": {"Party": {"properties": {"tax": {"title": "Tax number"}}}},
    }
    document, made = cited("Phone: 555\nTax number: 555\n", {"party": {"tax": Leaf("555")}}, schema)
    assert line_of(document, made.citations["party"]["tax"][0]) == 1


def test_a_page_that_repeats_one_word_does_not_hang():
    words = tuple(Word("aa", Box(5.0 * (i % 40), 12.0 * (i // 40), 4.0, 10.0), i // 40) for i in range(4000))
    document = Document("text/plain", (Page(1, 300.0, 1300.0, words, ()),))
    Finder(document).find("aa" * 500 + "b")
