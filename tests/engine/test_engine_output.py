from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from chunkr_integrations.engine.document import Box, Document, Page, Segment, Word
from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read
from chunkr_integrations.engine.render import render_page

WORDS = tuple(
    Word(text, Box(10.0 + 50 * i, 20.0, 40.0, 10.0), 0, "s1")
    for i, text in enumerate(["Total", "1,299.50", "EUR", "paid"])
)
SEGMENT = Segment("s1", "Table", 1, Box(10.0, 20.0, 190.0, 10.0), "Total 1,299.50 EUR paid", (0, 1, 2, 3))
DOCUMENT = Document("application/pdf", (Page(1, 600.0, 800.0, WORDS, (SEGMENT,)),))


def test_the_mirrors_have_the_shape_of_the_results():
    """Shape C: arrays of primitives by element, null leaves null in both, empty lists empty."""
    leaf = Leaf(1299.5, (Place(1, (1,)),), score=0.95)
    draft = {
        "a": {"b": leaf, "none": Leaf(None)},
        "rows": [{"x": leaf}, {"x": Leaf("y")}],
        "tags": [leaf, Leaf("z")],
        "e": [],
    }
    made = output(DOCUMENT, draft, {})
    assert made.results == {
        "a": {"b": 1299.5, "none": None},
        "rows": [{"x": 1299.5}, {"x": "y"}],
        "tags": [1299.5, "z"],
        "e": [],
    }
    high = {"confidence": "High", "citation_status": "Created"}
    failed = {"confidence": "Low", "citation_status": "Failed"}
    assert made.metrics == {
        "a": {"b": high, "none": None},
        "rows": [{"x": high}, {"x": failed}],
        "tags": [high, failed],
        "e": [],
    }
    assert made.citations["a"]["none"] is None
    assert made.citations["rows"][1]["x"] == []
    assert [len(element) for element in made.citations["tags"]] == [1, 0]
    assert made.citations["e"] == []


def test_a_word_citation_has_one_box_a_word():
    made = output(DOCUMENT, {"t": Leaf("1,299.50 EUR", (Place(1, (1, 2)),), score=1.0)}, {})
    (citation,) = made.citations["t"]
    assert citation.pop("citation_id")
    assert citation == {
        "citation_type": "Word",
        "bboxes": [
            {"left": 60.0, "top": 20.0, "width": 40.0, "height": 10.0},
            {"left": 110.0, "top": 20.0, "width": 40.0, "height": 10.0},
        ],
        "content": "1,299.50 EUR",
        "segment_id": "s1",
        "segment_type": "Text",
        "page_number": 1,
        "page_width": 600.0,
        "page_height": 800.0,
    }


def test_a_segment_citation_has_the_segments_box_and_text():
    made = output(DOCUMENT, {"t": Leaf("paid", (Place(1, (), exact=False, segment_id="s1"),), score=1.0)}, {})
    (citation,) = made.citations["t"]
    assert citation["citation_type"] == "Segment"
    assert citation["segment_type"] == "Table"
    assert citation["bboxes"] == [{"left": 10.0, "top": 20.0, "width": 190.0, "height": 10.0}]
    assert citation["content"] == SEGMENT.text
    assert made.metrics["t"] == {"confidence": "Low", "citation_status": "Created"}


@pytest.mark.parametrize(
    "leaf",
    [
        Leaf("x", (Place(1, (1,)),), score=0.89),
        Leaf("x", (Place(1, (1,), exact=False),), score=0.99),
        Leaf("x", (Place(1, (1,)),), score=0.99, tied=True),
        Leaf("x", (), score=0.99),
        Leaf("x", (Place(1, (), segment_id="gone"),), score=0.99),
    ],
)
def test_high_needs_a_score_an_exact_place_and_no_tie(leaf):
    assert output(DOCUMENT, leaf, {}).metrics["confidence"] == "Low"


def test_citation_ids_are_stable_and_differ_between_fields():
    draft = {"a": Leaf("x", (Place(1, (1,)),)), "b": Leaf("x", (Place(1, (1,)),))}
    first, again = output(DOCUMENT, draft, {}).citations, output(DOCUMENT, draft, {}).citations
    assert first == again
    assert first["a"][0]["citation_id"] != first["b"][0]["citation_id"]


def test_sheets_cite_their_cells():
    document = read(b"Name,Amount\nBolt,1.50\n", name="parts.csv")
    made = output(
        document,
        {"a": Leaf(1.5, (Place(1, (3,)),)), "s": Leaf("x", (Place(1, (), segment_id=next(document.segments).id),))},
        {},
    )
    assert made.citations["a"][0]["ss_ranges"] == ["B2"]
    assert made.citations["a"][0]["ss_sheet_name"] == "parts"
    assert made.citations["s"][0]["ss_ranges"] == ["A1:B2"]


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_boxes_of_a_turned_page_lie_on_the_print_of_the_file(turned):
    """A page that was read upright is cited as the file shows it, so that viewers can draw the boxes."""
    picture = Image.new("L", (1200, 700), 255)
    ImageDraw.Draw(picture).text((100, 100), "Invoice 12345 of March", fill=0, font=ImageFont.load_default(36))
    ImageDraw.Draw(picture).text((100, 300), "Total amount 99.50", fill=0, font=ImageFont.load_default(36))
    stream = io.BytesIO()
    picture.rotate(-turned, expand=True).save(stream, "PNG")
    document = read(stream.getvalue(), name="a.png")
    place = next(i for i, word in enumerate(document.page(1).words) if word.text == "12345")
    (citation,) = output(document, Leaf("12345", (Place(1, (place,)),)), {}).citations
    shown = Image.open(io.BytesIO(render_page(stream.getvalue(), "image/png", 1, width=800))).convert("L")
    assert citation["page_width"] / citation["page_height"] == pytest.approx(shown.width / shown.height, rel=0.01)
    scale = shown.width / citation["page_width"]
    (box,) = citation["bboxes"]
    part = shown.crop(
        [round(v * scale) for v in (box["left"], box["top"], box["left"] + box["width"], box["top"] + box["height"])]
    )
    assert part.getextrema()[0] < 100
    outside = shown.copy()
    outside.paste(
        255,
        [
            round(v * scale)
            for v in (box["left"] - 3, box["top"] - 3, box["left"] + box["width"] + 3, box["top"] + box["height"] + 3)
        ],
    )
    dark = sum(shown.histogram()[:100])
    assert 0.05 < 1 - sum(outside.histogram()[:100]) / dark < 0.35, "the box holds this word's ink and no other's"


def test_boxes_of_recognised_words_have_the_room_that_a_font_has():
    """Recognition draws them along the ink; a margin that would leave the page is cut."""
    words = (Word("7", Box(50.0, 50.0, 5.0, 10.0), 0), Word("edge", Box(0.0, 90.0, 100.0, 10.0), 1))
    scan, digital = (Document("image/png", (Page(1, 100.0, 100.0, words, (), ocr=ocr),)) for ocr in (True, False))
    leaves = [Leaf("7", (Place(1, (0,)),)), Leaf("edge", (Place(1, (1,)),))]
    made = [citation["bboxes"] for [citation] in output(scan, leaves, {}).citations]
    assert made[0] == [{"left": 49.0, "top": 48.5, "width": 7.0, "height": 13.0}]
    assert made[1] == [{"left": 0.0, "top": 88.5, "width": 100.0, "height": 11.5}]
    assert output(digital, leaves, {}).citations[0][0]["bboxes"] == [
        {"left": 50.0, "top": 50.0, "width": 5.0, "height": 10.0}
    ]
