from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chunkr_integrations.citations import (
    BoundingBox,
    Citation,
    Corners,
    citations_by_path,
    leaves,
    metrics_by_path,
    union_by_line,
)

BOX = {"left": 61.2, "top": 79.2, "width": 122.4, "height": 7.92}


def cited(text: str, **more: Any) -> dict[str, Any]:
    return {"citation_id": text, "citation_type": "Word", "bboxes": [BOX], "content": text, **more}


# --- the vendor's three shapes ------------------------------------------------------------------------------------

RESULTS = {
    "po_number": "PO-7781",
    "buyer": {"name": "Northwind", "vat_id": None},
    "lines": [{"code": "K-10", "qty": 4}, {"code": "K-22", "qty": 1}],
    "labels": ["rush", "export"],
    "discount": None,
    "notes": [],
}
SHAPE_A = {
    "po_number": [cited("PO-7781")],
    "buyer": {"name": [cited("Northwind")], "vat_id": None},
    "lines": [{"code": [cited("K-10")], "qty": [cited("4")]}, {"code": [], "qty": []}],
    "labels": [cited("RUSH EXPORT")],
    "discount": None,
    "notes": [],
}
SHAPE_B = {
    "po_number": [cited("PO-7781")],
    "buyer.name": [cited("Northwind")],
    "lines[0].code": [cited("K-10")],
    "lines[0].qty": [cited("4")],
    "lines[1].code": [],
    "labels[0]": [cited("RUSH EXPORT")],
    "labels[1]": [cited("RUSH EXPORT")],
}
SHAPE_C = {**SHAPE_A, "labels": [[cited("RUSH EXPORT")], [cited("RUSH EXPORT")]]}


@pytest.mark.parametrize("citations", [SHAPE_A, SHAPE_B, SHAPE_C], ids=["A", "B", "C"])
def test_all_published_shapes_give_the_same_paths(citations: Any) -> None:
    found = citations_by_path(RESULTS, citations)
    assert {path: [c.content for c in several] for path, several in found.items()} == {
        "po_number": ["PO-7781"],
        "buyer.name": ["Northwind"],
        "lines[0].code": ["K-10"],
        "lines[0].qty": ["4"],
        "labels[0]": ["RUSH EXPORT"],
        "labels[1]": ["RUSH EXPORT"],
    }


def test_an_element_without_citation_has_none_in_shape_c() -> None:
    assert list(citations_by_path(RESULTS, {**SHAPE_C, "labels": [None, [cited("EXPORT")]]})) == [
        "po_number",
        "buyer.name",
        "lines[0].code",
        "lines[0].qty",
        "labels[1]",
    ]


@pytest.mark.parametrize(
    "metrics",
    [
        {"buyer": {"name": {"confidence": "High"}, "vat_id": None}, "labels": {"confidence": "Low"}},
        {"buyer": {"name": {"confidence": "High"}}, "labels": [{"confidence": "Low"}, {"confidence": "Low"}]},
        {
            "buyer.name": {"confidence": "High"},
            "labels[0]": {"confidence": "Low"},
            "labels[1]": {"confidence": "Low"},
        },
    ],
    ids=["A", "C", "B"],
)
def test_metrics_are_read_in_all_shapes(metrics: Any) -> None:
    found = metrics_by_path(RESULTS, metrics)
    assert {path: metric.confidence for path, metric in found.items()} == {
        "buyer.name": "High",
        "labels[0]": "Low",
        "labels[1]": "Low",
    }


def test_a_skipped_null_leaf_keeps_its_metrics() -> None:
    found = metrics_by_path({"a": None}, {"a": {"confidence": "Low", "citation_status": "Skipped"}})
    assert found["a"].citation_status == "Skipped"


def test_fields_called_like_a_citations_own_are_fields() -> None:
    """The shape of the results says what is a leaf, not the names inside."""
    results = {"content": {"page_number": 3, "bboxes": ["a"]}, "metrics": {"confidence": "medium"}}
    citations = {"content": {"page_number": [cited("3")], "bboxes": [[cited("a")]]}}
    assert list(citations_by_path(results, citations)) == ["content.page_number", "content.bboxes[0]"]
    metrics = {"metrics": {"confidence": {"confidence": "High"}}}
    assert metrics_by_path(results, metrics)["metrics.confidence"].confidence == "High"


def test_a_result_key_with_a_dot_does_not_turn_the_mirror_into_a_map() -> None:
    assert list(citations_by_path({"a.b": 1, "c": 2}, {"a.b": [cited("1")], "c": [cited("2")]})) == ["a.b", "c"]


@pytest.mark.parametrize("junk", [None, 3, "x", [], {}, [[]], {"po_number": "x"}, {"po_number": [3]}])
def test_what_is_no_citation_is_left_out(junk: Any) -> None:
    assert citations_by_path(RESULTS, junk) == {}


def test_a_citation_whose_box_is_no_number_is_left_out_and_its_neighbour_stays() -> None:
    broken = cited("x", bboxes=[{"left": float("nan"), "top": 0, "width": 1, "height": 1}])
    found = citations_by_path({"a": "x"}, {"a": [broken, cited("x")]})
    assert [c.content for c in found["a"]] == ["x"]


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
names = st.text("abcdefgh_", min_size=1, max_size=4)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.dictionaries(names, inner, max_size=4)
        | st.lists(scalars, max_size=4)
        | st.lists(st.dictionaries(names, inner, min_size=1, max_size=3), max_size=3)
    ),
    max_leaves=20,
)


def mirror(value: Any, per_element: bool) -> Any:
    if isinstance(value, dict) and value:
        return {key: mirror(item, per_element) for key, item in value.items()}
    if isinstance(value, list) and value:
        if per_element or any(isinstance(item, dict) for item in value):
            return [mirror(item, per_element) for item in value]
        return [cited("x")]
    return [cited("x")]


@given(st.dictionaries(names, documents, min_size=1, max_size=4))
def test_random_results_have_the_same_citations_in_every_shape(results: dict[str, Any]) -> None:
    per_element = citations_by_path(results, mirror(results, per_element=True))
    whole = citations_by_path(results, mirror(results, per_element=False))
    # Shape B can only be told from a mirror when a path has a dot or bracket.
    flat = {path: [cited("x")] for path, _ in leaves(results)} | {"no.such": []}
    assert per_element == whole == citations_by_path(results, flat)
    assert set(per_element) == {path for path, _ in leaves(results)}


# --- one citation -------------------------------------------------------------------------------------------------


def test_the_oldest_names_are_read() -> None:
    ((old,),) = citations_by_path(
        {"a": "x"}, {"a": [{"citation_type": "Segment", "bbox": BOX, "content": "x", "ss_range": "A1:B2"}]}
    ).values()
    assert old.bboxes == (BoundingBox(**BOX),)
    assert old.ss_ranges == ("A1:B2",)
    assert (old.page_number, old.segment_id) == (None, None)


def test_unknown_keys_and_nulls_do_no_harm() -> None:
    found = citations_by_path(
        {"a": 1}, {"a": [{"citation_type": "Polygon", "bboxes": None, "content": None, "new": 1}]}
    )
    (citation,) = found["a"]
    assert (citation.citation_type, citation.bboxes, citation.content) == ("Polygon", (), "")
    assert citation.bbox is None


def test_boxes_are_scaled_by_the_page_they_were_measured_on() -> None:
    citation = Citation(bboxes=(BoundingBox(**BOX),), page_number=1, page_width=612, page_height=792)
    (corners,) = citation.normalized()
    assert corners == pytest.approx((0.1, 0.1, 0.3, 0.11))
    (corners,) = citation.scaled(1224, 1584)
    assert corners == pytest.approx((122.4, 158.4, 367.2, 174.24))


def test_pdf_space_has_its_origin_at_the_bottom_left() -> None:
    citation = Citation(bboxes=(BoundingBox(**BOX),), page_width=612, page_height=792)
    assert citation.to_pdf_space() == (pytest.approx(Corners(61.2, 704.88, 183.6, 712.8)),)
    assert citation.to_pdf_space(306, 396) == (pytest.approx(Corners(30.6, 352.44, 91.8, 356.4)),)


def test_without_a_page_size_nothing_is_scaled() -> None:
    assert Citation(bboxes=(BoundingBox(**BOX),)).normalized() == ()


def test_words_of_one_line_become_one_box() -> None:
    def box(left: float, top: float, height: float = 10) -> BoundingBox:
        return BoundingBox(left=left, top=top, width=20, height=height)

    words = [box(30, 101), box(0, 100), box(0, 114), box(60, 99, 12), box(25, 115)]
    assert union_by_line(words) == (
        BoundingBox(left=0, top=99, width=80, height=12),
        BoundingBox(left=0, top=114, width=45, height=11),
    )


def test_a_box_of_infinite_size_is_refused() -> None:
    with pytest.raises(ValidationError):
        BoundingBox(left=0, top=0, width=float("inf"), height=1)
