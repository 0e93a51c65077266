from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from chunkr_integrations.citations import Citation
from chunkr_integrations.documents import (
    CITATIONS_KEY,
    flatten_metadata,
    nest_metadata,
    restore_citations,
    to_records,
)
from chunkr_integrations.documents.metadata import decode_citations, encode_citations

numbers = st.floats(min_value=0, max_value=5000, allow_nan=False)
boxes = st.fixed_dictionaries({"left": numbers, "top": numbers, "width": numbers, "height": numbers})
citations = st.builds(
    Citation.model_validate,
    st.fixed_dictionaries(
        {
            "citation_type": st.sampled_from(["Word", "Segment", "Later"]),
            "bboxes": st.lists(boxes, max_size=3),
            "content": st.text(max_size=20),
            "segment_type": st.sampled_from([None, "Text", "Table"]),
            "page_number": st.one_of(st.none(), st.integers(1, 3)),
            "page_width": st.one_of(st.none(), numbers),
            "page_height": st.one_of(st.none(), numbers),
            "ss_ranges": st.lists(st.sampled_from(["A1", "B2:C3"]), max_size=2),
            "ss_sheet_name": st.one_of(st.none(), st.text(max_size=5)),
        }
    ),
)
by_path = st.dictionaries(
    st.text(min_size=1, max_size=8), st.lists(citations, min_size=1, max_size=3).map(tuple), max_size=4
)


@given(by_path)
def test_the_string_is_lossless(found):
    """Whatever the pages' sizes, boxes and types are."""
    assert decode_citations(encode_citations(found)) == found


def test_a_block_that_supports_many_values_is_kept_once(citation):
    encoded = json.loads(encode_citations({f"lines[{n}].price": (citation,) for n in range(40)}))
    assert len(encoded["citations"]) == 1
    assert len(encoded["fields"]) == 40


def test_flat_and_nested_are_each_other(order):
    for split_by in ("document", "field"):
        flat = [record.metadata for record in to_records(order, split_by=split_by)]
        nested = [record.metadata for record in to_records(order, split_by=split_by, metadata_mode="nested")]
        assert [nest_metadata(metadata) for metadata in flat] == nested
        assert [flatten_metadata(metadata) for metadata in nested] == flat
        assert [restore_citations(metadata) for metadata in flat] == [restore_citations(m) for m in nested]


def test_restored_citations_are_those_of_the_extraction_without_the_ids_of_the_run(order):
    (record,) = to_records(order)
    expected = {
        path: tuple(c.model_copy(update={"citation_id": None, "segment_id": None}) for c in cited)
        for path, cited in order.citations.items()
        if cited
    }
    assert restore_citations(record.metadata) == expected


def test_flattening_keeps_the_keys_of_others_lossless():
    metadata = {"tags": ["a", "b"], "owner": None, "deep": {"x": [1]}, "n": 1, "ok": True, "text": "[1]"}
    flat = flatten_metadata(metadata)
    assert all(isinstance(value, str | int | float | bool) for value in flat.values())
    assert nest_metadata(flat) == metadata


def test_flattening_changes_nothing_in_place(order):
    (record,) = to_records(order, metadata_mode="nested")
    before = json.dumps(record.metadata)
    flatten_metadata(record.metadata)
    assert json.dumps(record.metadata) == before


def test_metadata_of_others_have_no_citations():
    assert restore_citations({"source": "a.pdf"}) == {}
    assert CITATIONS_KEY not in flatten_metadata({"source": "a.pdf"})
