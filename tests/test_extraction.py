from __future__ import annotations

import dataclasses
import pickle
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from chunkr_integrations.exceptions import OutputError
from chunkr_integrations.extraction import Extraction, SourceInfo, missing_paths, to_extraction
from chunkr_integrations.schema import compile_schema
from chunkr_integrations.tasks import Task

SOURCE = SourceInfo(name="invoice.pdf", uri="invoice.pdf", content_hash="0" * 64, media_type="application/pdf")


class Line(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    item_name: str
    unit_price: Decimal


class Invoice(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    invoice_number: str
    issued_on: date | None = None
    due_on: date | None = None
    line_items: list[Line] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)


def cited(text: str) -> list[dict[str, Any]]:
    box = {"left": 1, "top": 2, "width": 3, "height": 4}
    return [{"citation_type": "Word", "content": text, "bboxes": [box], "page_number": 1, "citation_id": text}]


HIGH = {"confidence": "High", "citation_status": "Created"}
LOW = {"confidence": "Low", "citation_status": "Created"}
RESULTS = {
    "invoiceNumber": "A-1",
    "issuedOn": "2026-03-01",
    "dueOn": None,
    "lineItems": [{"itemName": "Desk", "unitPrice": 12.5}],
    "tags": ["rush"],
}
OUTPUT = {
    "results": RESULTS,
    "citations": {
        "invoiceNumber": cited("A-1"),
        "issuedOn": [],
        "dueOn": None,
        "lineItems": [{"itemName": cited("Desk"), "unitPrice": cited("12.50")}],
        "tags": [cited("RUSH")],
    },
    "metrics": {
        "invoiceNumber": HIGH,
        "issuedOn": {"confidence": "Low", "citation_status": "Failed"},
        "dueOn": None,
        "lineItems": [{"itemName": HIGH, "unitPrice": LOW}],
        "tags": [HIGH],
    },
}


def read(output: dict[str, Any], **options: Any) -> Extraction[Invoice]:
    task = Task.model_validate({"task_id": "t-1", "status": "Succeeded", "output": output})
    return to_extraction(task, compile_schema(Invoice), SOURCE, **options)


def test_the_instance_comes_with_its_evidence_under_its_own_names() -> None:
    found = read(OUTPUT)
    assert found.value == Invoice(
        invoice_number="A-1",
        issued_on=date(2026, 3, 1),
        line_items=[Line(item_name="Desk", unit_price=Decimal("12.5"))],
        tags=["rush"],
    )
    assert found.task_id == "t-1"
    assert [c.content for c in found.citations["line_items[0].unit_price"]] == ["12.50"]
    assert found.confidence["line_items[0].unit_price"] == "Low"
    assert found.confidence["due_on"] is None
    assert found.leaves["line_items[0].unit_price"] == 12.5
    paths = ["invoice_number", "issued_on", "due_on", "line_items[0].item_name", "line_items[0].unit_price", "tags[0]"]
    assert list(found.citations) == list(found.metrics) == list(found.leaves) == paths


def test_states_are_told_apart() -> None:
    output = {**OUTPUT, "results": {key: value for key, value in RESULTS.items() if key != "tags"}}
    assert dict(read(output).states) == {
        "invoice_number": "found",
        "issued_on": "ungrounded",
        "due_on": "null",
        "line_items[0].item_name": "found",
        "line_items[0].unit_price": "found",
        "tags": "missing",
    }


def test_review_lists_what_is_not_beyond_doubt() -> None:
    found = read(OUTPUT)
    assert [(item.path, item.state) for item in found.review()] == [
        ("issued_on", "ungrounded"),
        ("line_items[0].unit_price", "found"),
    ]
    assert [item.path for item in found.review(confidence="Low")] == ["issued_on"]


def test_a_perfect_extraction_has_nothing_to_review() -> None:
    class Number(BaseModel):
        number: str

    output = {"results": {"number": "1"}, "citations": {"number": cited("1")}, "metrics": {"number": HIGH}}
    task = Task.model_validate({"task_id": "t", "status": "Succeeded", "output": output})
    assert to_extraction(task, compile_schema(Number), SOURCE).review() == ()


def test_citations_are_reached_by_attribute_index_and_lambda() -> None:
    found = read(OUTPUT)
    price = found.citations["line_items[0].unit_price"]
    assert found.cite.line_items[0].unit_price == price
    assert found.cite["line_items"][-1]["unit_price"] == price
    assert found.cite(lambda invoice: invoice.line_items[0].unit_price) == price
    assert [line.item_name[0].content for line in found.cite.line_items] == ["Desk"]
    assert len(found.cite.line_items) == 1
    assert "invoice_number" in dir(found.cite)


def test_a_wrong_path_names_the_right_ones() -> None:
    found = read(OUTPUT)
    with pytest.raises(KeyError, match=r"invoice_number"):
        found.citations["invoice_nr"]
    with pytest.raises(AttributeError, match="invoice_number"):
        found.cite.invoice_nr  # noqa: B018 - the access is the test
    with pytest.raises(IndexError):
        found.cite.line_items[1]


def test_results_that_do_not_fit_keep_everything_on_the_error() -> None:
    broken = {**OUTPUT, "results": {**RESULTS, "lineItems": [{"itemName": "Desk", "unitPrice": "many"}]}}
    with pytest.raises(OutputError, match=r"invoice\.pdf.*t-1.*line_items\[0\]\.unit_price") as caught:
        read(broken)
    assert caught.value.results == broken["results"]
    assert caught.value.citations == OUTPUT["citations"]
    assert caught.value.metrics == OUTPUT["metrics"]


def test_a_partial_reading_says_what_failed() -> None:
    broken = {**OUTPUT, "results": {**RESULTS, "lineItems": [{"itemName": "Desk", "unitPrice": "many"}]}}
    found = read(broken, on_invalid="partial")
    assert found.value.invoice_number == "A-1"
    assert [path for path, _ in found.invalid] == ["line_items[0].unit_price"]
    assert found.states["line_items[0].unit_price"] == "invalid"
    assert "line_items[0].unit_price" in [item.path for item in found.review(confidence="Low")]


def test_a_task_without_output_is_an_error_of_the_tree() -> None:
    with pytest.raises(OutputError):
        to_extraction(Task(task_id="t", status="Succeeded"), compile_schema(Invoice), SOURCE)


def test_missing_paths_look_into_arrays_and_nullable_objects() -> None:
    schema = {
        "properties": {
            "a": {"anyOf": [{"type": "object", "properties": {"x": {}, "y": {}}}, {"type": "null"}]},
            "rows": {"type": "array", "items": {"properties": {"n": {}, "m": {}}}},
            "b": {},
        }
    }
    assert list(missing_paths(schema, {"a": {"x": 1}, "rows": [{"n": 1}, {"m": 2}]})) == [
        "a.y",
        "rows[0].m",
        "rows[1].n",
        "b",
    ]
    assert list(missing_paths(schema, {"a": None, "rows": [], "b": 1})) == []


def test_an_extraction_is_frozen_and_can_be_pickled() -> None:
    found = read(OUTPUT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.value = None  # type: ignore[misc]
    copy = pickle.loads(pickle.dumps(found))
    assert copy.value == found.value
    assert dict(copy.citations) == dict(found.citations)
