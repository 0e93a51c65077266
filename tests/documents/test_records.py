from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chunkr_integrations.documents import CITATIONS_KEY, RecordOptions, restore_citations, to_records
from chunkr_integrations.exceptions import ConfigurationError
from chunkr_integrations.extraction import SourceInfo


def test_the_text_is_json_that_the_class_reads_back(order):
    """Dates and decimals come back exact; characters are not escaped; defaults nobody said are absent."""
    (record,) = to_records(order)
    assert type(order.value).model_validate_json(record.text) == order.value
    assert "Café Nord" in record.text
    assert "note" not in json.loads(record.text)


def test_flat_metadata_are_scalars_and_say_where_and_how_sure(order):
    (record,) = to_records(order)
    metadata = dict(record.metadata)
    assert json.loads(metadata.pop(CITATIONS_KEY))["pages"] == {"1": [612, 792], "2": [612, 792]}
    assert metadata == {
        "source": "in/order.pdf",
        "file_name": "order.pdf",
        "page": 1,
        "page_start": 1,
        "page_end": 2,
        "n_citations": 9,
        "n_ungrounded": 1,
        "min_confidence": "Low",
    }


def test_a_second_run_gives_equal_records(order, order_again):
    """New task, citation and segment ids: nothing of them shows."""
    for split_by in ("document", "row", "field", "page"):
        assert to_records(order, split_by=split_by, row_field=None) == to_records(order_again, split_by=split_by)
    assert to_records(order, metadata_mode="nested") == to_records(order_again, metadata_mode="nested")
    assert "task" not in str(to_records(order))


def test_ids_tell_sources_schemas_and_places_apart(order):
    ids = [record.id for split in ("document", "row", "field", "page") for record in to_records(order, split_by=split)]
    ids += [record.id for record in to_records(replace(order, schema_hash="0" * 64))]
    elsewhere = SourceInfo(name="other.pdf", uri="other.pdf", content_hash=order.source.content_hash)
    ids += [record.id for record in to_records(replace(order, source=elsewhere))]
    assert len(set(ids)) == len(ids)


def test_a_changed_file_keeps_its_id(order):
    """So that a docstore that upserts by id replaces the old document instead of keeping both."""
    changed = replace(order, source=replace(order.source, content_hash="1" * 64))
    assert [r.id for r in to_records(changed)] == [r.id for r in to_records(order)]


def test_ids_are_equal_in_another_process(order):
    """A written-down id: neither the process nor the machine has a part in it."""
    (record,) = to_records(order)
    assert record.id == "61dd270f-1bc2-55d4-ac10-49d3afdc54f4"


def test_a_row_is_its_own_citation(order):
    first, second = to_records(order, split_by="row", row_field="lines")
    assert (json.loads(first.text), json.loads(second.text)) == ({"code": "K-10", "qty": 4}, {"code": "K-22", "qty": 1})
    assert first.metadata["field"] == "lines[0]"
    assert list(restore_citations(first.metadata)) == ["lines[0].code", "lines[0].qty"]
    box = {key: first.metadata[key] for key in ("cite_page", "cite_x0", "cite_y0", "cite_x1", "cite_y1")}
    assert box == {"cite_page": 1, "cite_x0": 0.1, "cite_y0": 0.5, "cite_x1": 0.6, "cite_y1": 0.51}
    assert (second.metadata["page"], second.metadata["n_ungrounded"], second.metadata["min_confidence"]) == (
        2,
        1,
        "Low",
    )


def test_rows_of_plain_values_are_named(order):
    (record,) = to_records(order, split_by="row", row_field="labels")
    assert (record.text, record.metadata["field"]) == ('{"labels[0]": "rush"}', "labels[0]")


def test_a_row_field_is_needed_when_several_could_be_meant(make):
    results = {"a": [{"x": 1}], "b": {"c": [{"x": 1}]}}
    with pytest.raises(ConfigurationError, match=r"'a' or 'b\.c'.*row_field='a'"):
        to_records(make(results, results), split_by="row")
    (record,) = to_records(make(results, results), split_by="row", row_field="b.c")
    assert record.metadata["field"] == "b.c[0]"


def test_a_row_field_must_be_a_list(order):
    with pytest.raises(ConfigurationError, match=r"'vendor' is no list"):
        to_records(order, split_by="row", row_field="vendor")


def test_no_rows_are_no_records(make):
    assert to_records(make({"lines": []}, {"lines": []}), split_by="row") == ()
    assert to_records(make({}, {}), split_by="row", row_field="lines") == ()


def test_a_field_has_one_best_citation(order):
    by_field = {record.metadata["field"]: record for record in to_records(order, split_by="field")}
    assert list(by_field) == [path for path, state in order.states.items() if state != "null"]
    total = by_field["total"]
    assert total.text == '{"total": "120.5"}'
    assert (total.metadata["cite_page"], total.metadata["cite_text"]) == (2, "120,50")
    assert (total.metadata["page_start"], total.metadata["page_end"]) == (1, 2)
    assert total.metadata["page"] == 2
    assert "cite_page" not in by_field["lines[1].qty"].metadata
    assert by_field["lines[1].qty"].metadata["n_ungrounded"] == 1


def test_a_page_holds_what_is_cited_on_it_and_nothing_is_lost(order):
    first, second, without = to_records(order, split_by="page")
    assert (first.metadata["page"], second.metadata["page"]) == (1, 2)
    assert json.loads(second.text) == {"total": "120.5", "lines": [{"code": "K-22"}]}
    assert json.loads(without.text) == {"lines": [{"qty": 1}]}
    assert "page" not in without.metadata
    assert {c.page_number for cited in restore_citations(second.metadata).values() for c in cited} == {2}


def test_an_empty_extraction_still_has_its_page_record(make):
    (record,) = to_records(make({"a": None}, {"a": None}), split_by="page")
    assert record.text == '{"a": null}'


def test_spreadsheet_fields_name_sheet_and_cells(make, cite):
    cell = {**cite("120,000", page=2), "ss_ranges": ["C7"], "ss_sheet_name": "Q2"}
    (record,) = to_records(make({"t": 1}, {"t": 1}, {"t": [cell]}), split_by="field")
    assert (record.metadata["cite_sheet"], record.metadata["cite_cells"], record.metadata["page"]) == ("Q2", "C7", 2)


def test_without_page_sizes_there_is_no_box(make, cite):
    """A fraction of an unknown page would point nowhere."""
    old = {key: value for key, value in cite("x").items() if not key.startswith("page_")}
    (record,) = to_records(make({"t": "x"}, {"t": "x"}, {"t": [old]}), split_by="field")
    assert not {"page", "page_start", "cite_page", "cite_x0"} & set(record.metadata)
    assert record.metadata["n_citations"] == 1


def test_text_and_markdown(order):
    (text,), (markdown,) = to_records(order, content="text"), to_records(order, content="markdown")
    assert text.text.splitlines()[:3] == ["po_number: PO-7781", "vendor.name: Café Nord", "day: 2025-11-20"]
    assert "| code | qty |\n| --- | --- |\n| K-10 | 4 |" in markdown.text
    assert "- **labels**: rush" in markdown.text


def test_a_callable_makes_the_text_from_the_part(order):
    """The header of the document can stand in each row."""
    records = to_records(
        order,
        split_by="row",
        row_field="lines",
        content=lambda part: f"{part.extraction.value.po_number}: {part.json['code']} ({len(part.citations)} cited)",
    )
    assert [record.text for record in records] == ["PO-7781: K-10 (2 cited)", "PO-7781: K-22 (1 cited)"]


def test_none_keeps_only_the_place(order):
    records = to_records(order, split_by="row", row_field="lines", metadata_mode="none")
    assert records[0].metadata == {
        "source": "in/order.pdf",
        "file_name": "order.pdf",
        "field": "lines[0]",
        "page": 1,
    }


def test_above_the_cap_the_pages_and_a_reference_remain(many_citations):
    (record,) = to_records(many_citations)
    assert CITATIONS_KEY not in record.metadata
    assert record.metadata["citation_pages"] == "1,2,3,4,5"
    assert record.metadata["n_citations"] == 500
    assert len(json.dumps(record.metadata)) < 1000


def test_the_citation_store_keeps_what_is_above_the_cap(many_citations):
    store: dict[str, str] = {}
    (record,) = to_records(many_citations, citation_store=store)
    found = restore_citations(record.metadata, store=store)
    assert found["lines[499].code"][0].content == "K-499"
    with pytest.raises(KeyError, match="citation_store"):
        restore_citations(record.metadata)


def test_bytes_are_told_apart_by_their_hash(make):
    sources = [SourceInfo(name=f"bytes (sha256 {n}…)", uri=f"sha256:{n}") for n in ("aa", "bb")]
    records = [to_records(make({"a": 1}, {"a": 1}, source=source))[0] for source in sources]
    assert records[0].metadata["source"] != records[1].metadata["source"]
    assert records[0].id != records[1].id


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"split_by": "line"}, r"split_by='line' is not known\. Use one of 'document', 'row', 'field', 'page'\."),
        ({"content": "yaml"}, "or a callable"),
        ({"metadata_mode": "deep"}, "'flat', 'nested', 'none'"),
        ({"row_field": "lines"}, 'Set split_by="row"'),
        ({"metadata_cap": -1}, "bytes"),
    ],
)
def test_options_that_mean_nothing_are_refused(wrong, match):
    with pytest.raises(ConfigurationError, match=match):
        RecordOptions(**wrong)
