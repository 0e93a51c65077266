"""A parsed document as the vendor's parse output: chunks, contents, boxes in the frame of the file."""

from __future__ import annotations

from typing import Any

import pytest

from chunkr_integrations.engine.document import Box, Cell, Document, Page, Segment, Table, Word
from chunkr_integrations.server._parsed import parse_output


def segment(number: int, kind: Any = "Text", text: str = "one two three", **more: Any) -> Segment:
    return Segment(f"s{number}", kind, 1, Box(10, 20, 30, 40), text, **more)


def document(*segments: Segment, **page: Any) -> Document:
    words = (Word("one", Box(10, 20, 5, 8), 0, "s1", 0.87654),)
    return Document("application/pdf", (Page(1, 100, 200, words, segments, **page),), "a.pdf")


def output(found: Document, **configuration: Any) -> dict[str, Any]:
    return parse_output(
        found, configuration, lambda number: f"http://server/{number}", lambda one: f"http://server/{one.id}"
    )


def only(found: dict[str, Any]) -> dict[str, Any]:
    (chunk,) = found["chunks"]
    (one,) = chunk["segments"]
    assert isinstance(one, dict)
    return one


@pytest.mark.parametrize(
    ("target", "sizes"), [(0, [1, 1, 1]), (1, [1, 1, 1]), (5, [1, 1, 1]), (6, [2, 1]), (9, [3]), (4096, [3])]
)
def test_a_chunk_has_as_many_whole_segments_as_fit(target: int, sizes: list[int]) -> None:
    found = output(document(*map(segment, (1, 2, 3))), chunk_processing={"target_length": target})
    assert [len(chunk["segments"]) for chunk in found["chunks"]] == sizes
    assert [chunk["chunk_length"] for chunk in found["chunks"]] == [3 * size for size in sizes]


def test_chunks_have_ids_of_their_own_that_stay() -> None:
    made = [output(document(*map(segment, (1, 2))), chunk_processing={"target_length": 0}) for _ in "ab"]
    ids = [[chunk["chunk_id"] for chunk in each["chunks"]] for each in made]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_an_empty_document_has_no_chunks() -> None:
    found = output(document())
    assert (found["chunks"], found["page_count"]) == ([], 1)


@pytest.mark.parametrize(
    "configuration",
    [
        {"segment_processing": {"PageFooter": {"strategy": "Ignore"}}},
        {"chunk_processing": {"ignore_headers_and_footers": True}},
    ],
)
def test_ignored_segments_are_not_given(configuration: dict[str, Any]) -> None:
    found = output(document(segment(1), segment(2, "PageFooter")), **configuration)
    assert only(found)["segment_id"] == "s1"


@pytest.mark.parametrize(
    ("kind", "more", "markdown", "html"),
    [
        ("Text", {}, "a <b> & c", "<p>a &lt;b&gt; &amp; c</p>"),
        ("Title", {}, "# a <b> & c", "<h1>a &lt;b&gt; &amp; c</h1>"),
        ("SectionHeader", {"level": 2}, "## a <b> & c", "<h2>a &lt;b&gt; &amp; c</h2>"),
        ("SectionHeader", {"level": 9}, "###### a <b> & c", "<h6>a &lt;b&gt; &amp; c</h6>"),
        ("ListItem", {}, "- a <b> & c", "<li>a &lt;b&gt; &amp; c</li>"),
    ],
)
def test_content_is_markdown_or_html_as_asked(kind: str, more: dict[str, Any], markdown: str, html: str) -> None:
    one = document(segment(1, kind, "a <b> & c", **more))
    assert only(output(one))["content"] == markdown
    for wanted, content in (("Html", html), ("Markdown", markdown)):
        found = output(one, segment_processing={kind: {"format": wanted}})
        assert only(found)["content"] == content
        assert only(found)["text"] == "a <b> & c"


GRID = Table(
    2,
    2,
    (
        Cell(0, 0, "Item", header=True, ref="A1"),
        Cell(0, 1, "Price | net", header=True, ref="B1"),
        Cell(1, 0, "<x>\ny", column_span=2, ref="A2:B2"),
    ),
)


def test_a_table_is_html_unless_markdown_is_asked_for() -> None:
    one = document(segment(1, "Table", table=GRID))
    assert only(output(one))["content"] == (
        '<table><tr><th>Item</th><th>Price | net</th></tr><tr><td colspan="2">&lt;x&gt;\ny</td></tr></table>'
    )
    found = output(one, segment_processing={"Table": {"format": "Markdown"}})
    assert only(found)["content"] == "| Item | Price \\| net |\n|---|---|\n| <x> y |  |"


def test_a_sheet_says_its_name_and_cells() -> None:
    words = tuple(Word(text, Box(0, 0, 5, 5), 0, "s1", ref=ref) for text, ref in (("Item", "A1"), ("x", "A2:B2")))
    table = Segment("s1", "Table", 1, Box(0, 0, 50, 20), "Item x", (0, 1), GRID)
    found = output(Document("x", (Page(1, 100, 200, words, (table,), "Prices"),), cell_count=3))
    one = only(found)
    assert (one["ss_sheet_name"], one["ss_range"]) == ("Prices", "A1:B2")
    assert one["ss_cells"][2] == {"cell_id": "s1-A2:B2", "range": "A2:B2", "text": "<x>\ny", "value": "<x>\ny"}
    assert one["ocr"][1]["ss_cell_ref"] == "A2:B2"
    assert found["pages"][0]["ss_sheet_name"] == "Prices"


def test_words_are_given_with_their_boxes_and_confidence() -> None:
    one = only(output(document(segment(1, words=(0,)))))
    assert one["ocr"] == [
        {"ocr_id": "1-0", "text": "one", "confidence": 0.8765, "bbox": {"left": 10, "top": 20, "width": 5, "height": 8}}
    ]


@pytest.mark.parametrize(
    ("rotation", "size", "box"),
    [
        (0, (100, 200), (10, 20, 30, 40)),
        (90, (200, 100), (20, 60, 40, 30)),
        (180, (100, 200), (60, 140, 30, 40)),
        (270, (200, 100), (140, 10, 40, 30)),
    ],
)
def test_a_page_that_was_turned_upright_is_turned_back(
    rotation: int, size: tuple[float, float], box: tuple[float, float, float, float]
) -> None:
    """The same frame as that of citations."""
    from chunkr_integrations.engine.draft import Leaf, Place
    from chunkr_integrations.engine.output import output as engine_output

    one = document(segment(1), rotation=rotation)
    found = only(output(one))
    assert (found["page_width"], found["page_height"]) == size
    assert tuple(found["bbox"][side] for side in ("left", "top", "width", "height")) == box
    cited = engine_output(one, {"a": Leaf("x", (Place(1, (), segment_id="s1"),))}, {}).citations["a"][0]
    assert (cited["bboxes"], cited["page_width"]) == ([found["bbox"]], found["page_width"])


def test_a_page_says_where_its_picture_is() -> None:
    assert output(document())["pages"] == [
        {"image": "http://server/1", "page_number": 1, "page_width": 100, "page_height": 200}
    ]


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        ({}, {"Picture"}),
        ({"Picture": {"crop_image": "Auto"}}, set()),
        ({"Text": {"crop_image": "All"}, "Table": {"crop_image": "Auto"}}, {"Picture", "Text"}),
        ({"Picture": {"crop_image": "All"}, "Table": {"crop_image": "All"}}, {"Picture", "Table"}),
    ],
)
def test_segments_say_where_their_picture_is_when_it_is_cropped(setting: dict[str, Any], shown: set[str]) -> None:
    """`Auto` crops what a model is to look at, and here none is; the default of pictures is `All`."""
    one = document(segment(1), segment(2, "Picture"), segment(3, "Table", table=GRID))
    found = output(one, segment_processing=setting)
    segments = [each for chunk in found["chunks"] for each in chunk["segments"]]
    assert {each["segment_type"] for each in segments if "image" in each} == shown
    assert all(each["image"] == f"http://server/{each['segment_id']}" for each in segments if "image" in each)


def test_spans_in_both_directions_stand_in_the_html_of_a_table() -> None:
    cells = (
        Cell(0, 0, "Region", row_span=2, header=True),
        Cell(0, 1, "Sales", column_span=2, header=True),
        Cell(1, 1, "2023", header=True),
        Cell(1, 2, "2024", header=True),
        Cell(2, 0, "North"),
        Cell(2, 1, "1"),
        Cell(2, 2, "2"),
    )
    one = document(segment(1, "Table", table=Table(3, 3, cells)))
    assert only(output(one))["content"] == (
        '<table><tr><th rowspan="2">Region</th><th colspan="2">Sales</th></tr><tr><th>2023</th><th>2024</th></tr>'
        "<tr><td>North</td><td>1</td><td>2</td></tr></table>"
    )
    found = output(one, segment_processing={"Table": {"format": "Markdown"}})
    assert only(found)["content"].splitlines() == [
        "| Region | Sales |  |",
        "|---|---|---|",
        "|  | 2023 | 2024 |",
        "| North | 1 | 2 |",
    ]


def test_a_chunk_is_measured_with_the_tokenizer_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.util import find_spec
    from pathlib import Path

    found = find_spec("llama_index.core")
    if found is None or found.origin is None:
        pytest.skip("the vocabulary comes with llama-index-core")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(Path(found.origin).parent / "_static" / "tiktoken_cache"))
    text = "Donaudampfschifffahrtsgesellschaft"
    one = document(segment(1, text=text), segment(2, text=text))
    asked = {"target_length": 10, "tokenizer": {"Enum": "Cl100kBase"}}
    chunks = output(one, chunk_processing=asked)["chunks"]
    assert len(chunks) == 2  # in words, both fit into one
    assert chunks[0]["chunk_length"] > 5
    assert len(output(one, chunk_processing={"target_length": 10})["chunks"]) == 1
