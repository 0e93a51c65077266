from __future__ import annotations

from chunkr_integrations.documents import to_quotes, to_records


def test_quotes_name_file_page_box_and_text(order):
    metadatas = [record.metadata for record in to_records(order, split_by="field")]
    quotes = to_quotes(metadatas, fields=["total"])
    assert [str(quote) for quote in quotes] == [
        '[1] order.pdf, p. 2, box (0.50, 0.50)-(0.60, 0.51): "120,50"',
        '[2] order.pdf, p. 1, box (0.50, 0.50)-(0.60, 0.51): "120.50"',
    ]


def test_a_field_stands_for_all_below_it_and_not_for_its_namesakes(order):
    (record,) = to_records(order)
    assert [q.field for q in to_quotes([record.metadata], fields=["lines[0]"])] == ["lines[0].code", "lines[0].qty"]
    assert to_quotes([record.metadata], fields=["line", "lines[0].co"]) == ()


def test_the_same_place_is_quoted_once(order):
    """A document and its row, both retrieved."""
    (whole,) = to_records(order)
    row, _ = to_records(order, split_by="row", row_field="lines")
    assert to_quotes([whole.metadata, row.metadata]) == to_quotes([whole.metadata])


def test_cells_are_quoted_as_cells(make, cite):
    cell = {**cite("120,000"), "ss_ranges": ["C7"], "ss_sheet_name": "Q2"}
    (record,) = to_records(make({"t": 1}, {"t": 1}, {"t": [cell]}))
    assert str(to_quotes([record.metadata])[0]) == '[1] order.pdf, sheet Q2, cells C7: "120,000"'


def test_documents_of_others_are_quoted_as_nothing():
    assert to_quotes([{"source": "a.pdf", "page": 3}]) == ()
