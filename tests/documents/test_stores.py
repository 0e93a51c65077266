from __future__ import annotations

import re

import pytest

from chunkr_integrations.documents import check_metadata, to_records
from chunkr_integrations.exceptions import ConfigurationError

STORES = ["chroma", "flat", "lancedb", "pinecone", "vectorize"]


@pytest.mark.parametrize("store", STORES)
def test_default_metadata_go_into_every_store(order, many_citations, make, store):
    """Also of a document without any citation, and of one with five hundred."""
    for extraction in (order, many_citations, make({"a": 1}, {"a": 1})):
        for split_by in ("document", "field", "page"):
            for record in to_records(extraction, split_by=split_by):
                assert check_metadata(record.metadata, store=store) == ()


def test_a_stored_text_counts(many_citations):
    """Pinecone keeps the text among the metadata; half of its limit is left for it."""
    (record,) = to_records(many_citations)
    assert check_metadata(record.metadata, store="pinecone", text=record.text) == ()
    assert check_metadata(record.metadata, store="pinecone", text=record.text * 4) != ()


@pytest.mark.parametrize(
    ("store", "metadata", "refused"),
    [
        ("chroma", {"a": []}, "a: chroma takes .* not an empty list"),
        ("chroma", {"a": ["x", 1]}, "a: "),
        ("chroma", {"a": None}, "not NoneType"),
        ("chroma", {"a": [{"x": 1}]}, "a list of dict"),
        ("flat", {"a": ["x"]}, "not a list of str"),
        ("pinecone", {"a": None}, "not NoneType"),
        ("pinecone", {"a": [1]}, "not a list of int"),
        ("pinecone", {"a": "x" * 50_000}, "40960"),
        ("vectorize", {"a": "x" * 11_000}, "10240"),
        ("vectorize", {"a": {1, 2}}, "not set"),
    ],
)
def test_what_a_store_refuses_is_named(store, metadata, refused):
    (sentence,) = check_metadata(metadata, store=store)
    assert re.search(refused, sentence)


@pytest.mark.parametrize(
    ("store", "metadata"),
    [("chroma", {"a": ["x", "y"]}), ("flat", {"a": None}), ("pinecone", {"a": ["x"]}), ("vectorize", {"a": {"b": []}})],
)
def test_what_a_store_takes_passes(store, metadata):
    assert check_metadata(metadata, store=store) == ()


def test_an_unknown_store_is_an_error():
    with pytest.raises(ConfigurationError, match="'chroma'"):
        check_metadata({}, store="sqlite")
