"""A hand-made extraction: what a task's output says, without a server."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from chunkr_integrations.citations import Citation, citations_by_path, leaves, metrics_by_path
from chunkr_integrations.extraction import Extraction, FieldMap, SourceInfo
from chunkr_integrations.tasks import Task


class Vendor(BaseModel):
    name: str
    vat_id: str | None = None


class Line(BaseModel):
    code: str
    qty: int


class Order(BaseModel):
    po_number: str
    vendor: Vendor
    day: date
    total: Decimal
    lines: list[Line]
    labels: list[str]
    note: str | None = None


RESULTS: dict[str, Any] = {
    "po_number": "PO-7781",
    "vendor": {"name": "Café Nord", "vat_id": None},
    "day": "2025-11-20",
    "total": 120.5,
    "lines": [{"code": "K-10", "qty": 4}, {"code": "K-22", "qty": 1}],
    "labels": ["rush"],
}


def word(text: str, page: int = 1, left: float = 306.0, top: float = 396.0) -> dict[str, Any]:
    return {
        "citation_id": f"run-{text}",
        "citation_type": "Word",
        "bboxes": [{"left": left, "top": top, "width": 61.2, "height": 7.92}],
        "content": text,
        "segment_type": "Text",
        "page_number": page,
        "page_width": 612.0,
        "page_height": 792.0,
    }


BLOCK = {
    **word("Vendor: Café Nord, 12 Quay St"),
    "citation_type": "Segment",
    "segment_id": "run-s",
    "segment_type": "Title",
}

CITATIONS: dict[str, Any] = {
    "po_number": [word("PO-7781")],
    "vendor": {"name": [BLOCK], "vat_id": None},
    "day": [word("20.11.2025")],
    "total": [word("120,50", page=2), word("120.50")],
    "lines": [
        {"code": [word("K-10", left=61.2)], "qty": [word("4")]},
        {"code": [word("K-22", page=2)], "qty": []},
    ],
    "labels": [[BLOCK]],
}

METRICS: dict[str, Any] = {
    "po_number": {"confidence": "High"},
    "total": {"confidence": "High"},
    "lines": [{"code": {"confidence": "High"}}, {"code": {"confidence": "High"}, "qty": {"confidence": "Low"}}],
}


def make_extraction(
    value: Any = None,
    results: Any = None,
    citations: Any = None,
    metrics: Any = None,
    *,
    source: SourceInfo | None = None,
    task_id: str = "task-1",
) -> Extraction[Any]:
    """An extraction as the client would make it; the class's names are the wire's."""
    values = dict(leaves(results))
    cited, measured = citations_by_path(results, citations), metrics_by_path(results, metrics)

    def state(path: str, item: Any) -> Any:
        if item is None or item in ([], {}):
            return "null"
        return "found" if cited.get(path) else "ungrounded"

    from chunkr_integrations.citations import Metrics

    return Extraction(
        value=value,
        results=results,
        leaves=FieldMap(values),
        citations=FieldMap({path: cited.get(path, ()) for path in values}),
        metrics=FieldMap({path: measured.get(path, Metrics()) for path in values}),
        states=FieldMap({path: state(path, item) for path, item in values.items()}),
        task=Task.model_validate({"task_id": task_id, "status": "Succeeded"}),
        source=source or SourceInfo(name="in/order.pdf", uri="in/order.pdf", content_hash="0" * 64),
        schema_hash="f" * 64,
    )


@pytest.fixture
def order() -> Extraction[Order]:
    results = json.loads(json.dumps(RESULTS))
    return make_extraction(Order.model_validate(results), results, CITATIONS, METRICS)


@pytest.fixture
def order_again() -> Extraction[Order]:
    """The same document asked again: all ids of the run are new."""
    renamed = json.loads(json.dumps(CITATIONS).replace("run-", "other-run-"))
    return make_extraction(Order.model_validate(RESULTS), RESULTS, renamed, METRICS, task_id="task-2")


@pytest.fixture
def many_citations() -> Extraction[Any]:
    """500 values, each with its own place."""
    results = {"lines": [{"code": f"K-{n}"} for n in range(500)]}
    citations = {"lines": [{"code": [word(f"K-{n}", page=1 + n // 100, top=float(n))]} for n in range(500)]}
    return make_extraction(results, results, citations)


@pytest.fixture
def make() -> Any:
    return make_extraction


@pytest.fixture
def cite() -> Any:
    return word


@pytest.fixture
def citation() -> Citation:
    return Citation.model_validate(BLOCK)
