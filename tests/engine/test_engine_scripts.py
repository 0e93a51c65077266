from __future__ import annotations

import pytest

from chunkr_integrations.engine.document import Box, Document
from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.find import Finder
from chunkr_integrations.engine.ground import ground
from chunkr_integrations.engine.layout import RawPage, RawWord
from chunkr_integrations.engine.options import parse_options
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read
from chunkr_integrations.engine.scripts import in_reading_order, parts
from chunkr_integrations.engine.segments import to_pages

BOX = Box(0.0, 0.0, 120.0, 10.0)


def printed(*lines: list[str], width: float = 40.0) -> Document:
    """A page as a parser gives it: words of a line from left to right."""
    words = [
        RawWord(text, Box(10.0 + (width + 4) * index, 20.0 * number, width, 10.0))
        for number, line in enumerate(lines)
        for index, text in enumerate(line)
    ]
    raw = RawPage(1, 600.0, 800.0, tuple(words))
    return Document("application/pdf", to_pages([raw], parse_options(None), "f"))


@pytest.mark.parametrize(
    ("word", "apart"),
    [
        ("請求書番号：2024-0098", ["請求書番号：", "2024-0098"]),
        ("発行日：2024年5月16日", ["発行日：", "2024年5月16日"]),
        ("合計¥128,000円（税込）", ["合計", "¥128,000", "円", "（税込）"]),
        ("電話:03-1234-5678", ["電話:", "03-1234-5678"]),
        ("株式会社ABC", ["株式会社", "ABC"]),
        ("株式会社サンプル", ["株式会社サンプル"]),
        ("Straße:12", ["Straße:12"]),
        ("plain", ["plain"]),
    ],
)
def test_a_word_without_spaces_is_taken_apart_where_the_script_changes(word, apart):
    assert [text for text, _ in parts(word, BOX)] == apart


def test_parts_share_the_box_from_left_to_right():
    (_, label), (_, value) = parts("番号：12345678", BOX)
    assert (label.left, value.right) == (0.0, pytest.approx(120.0))
    assert label.right == value.left == pytest.approx(120.0 * 6 / 14)


def test_a_value_behind_its_label_has_a_box_of_its_own():
    document = printed(["請求書番号：2024-0098"], width=210.0)
    answer = output(document, ground(document, {"number": Leaf("2024-0098")}, {}), {})
    assert answer.citations["number"][0]["content"] == "2024-0098"
    assert answer.citations["number"][0]["bboxes"][0]["left"] > 100


@pytest.mark.parametrize(
    ("value", "content"),
    [("2024-05-16", "2024年5月16日"), (128000, "¥128,000"), ("サンプル商事", "株式会社サンプル商事")],
)
def test_dates_and_amounts_inside_such_words_are_found(value, content):
    document = printed(["発行日：2024年5月16日"], ["合計金額¥128,000（税込）"], ["株式会社サンプル商事"], width=220.0)
    hit = Finder(document).find(value)[0]
    assert (" ".join(document.pages[0].words[i].text for i in hit.words), hit.exact) == (content, True)


def test_a_line_from_right_to_left_is_read_in_that_order():
    assert in_reading_order(["980.50", ":לתשלום", "כולל", "סכום"]) == [3, 2, 1, 0]
    assert in_reading_order(["Ltd", "Acme", ":הלקוח", "שם"]) == [3, 2, 0, 1]
    assert in_reading_order(["Total", "due", "סכום"]) == [0, 1, 2]


def test_text_from_right_to_left_is_found_and_quoted_as_it_is_read():
    document = printed(["980.50", ":לתשלום", "כולל", "סכום"], ["ובניו", "כהן", "ישראל", ":הלקוח", "שם"])
    draft = {"customer": Leaf("ישראל כהן ובניו"), "total": Leaf(980.5)}
    citations = output(document, ground(document, draft, {}), {}).citations
    assert citations["customer"][0]["content"] == "ישראל כהן ובניו"
    assert citations["total"][0]["content"] == "980.50"
    assert next(document.segments).text.splitlines()[0] == "סכום כולל :לתשלום 980.50"


def test_glyphs_that_a_reader_left_from_left_to_right_are_found_too():
    document = printed(["05.089", "םולשתל:", "ללוכ", "םוכס"])
    hit = Finder(document).find("סכום כולל לתשלום")[0]
    assert [document.pages[0].words[i].text for i in hit.words] == ["םוכס", "ללוכ", "םולשתל:"]


def test_flowing_text_from_right_to_left_keeps_its_order():
    document = read("المبلغ الإجمالي 250 ريال\n".encode(), name="a.txt")
    assert [word.text for word in document.pages[0].words] == ["المبلغ", "الإجمالي", "250", "ريال"]
