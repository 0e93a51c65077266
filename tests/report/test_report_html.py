from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from chunkr_integrations.exceptions import ConfigurationError, SourceError
from chunkr_integrations.extraction import SourceInfo
from chunkr_integrations.report import PageImage, page_images, report_html, write_report


class Elements(HTMLParser):
    """Every start tag with its attributes and its text up to the next tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.open = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), ""))
        self.open = True

    def handle_endtag(self, tag):
        self.open = False

    def handle_data(self, data):
        if self.open:
            tag, attrs, text = self.found[-1]
            self.found[-1] = (tag, attrs, text + data)

    def all(self, tag, **attributes):
        return [
            (attrs, text)
            for name, attrs, text in self.found
            if name == tag and all(attrs.get(key) == value for key, value in attributes.items())
        ]


def boxes(html):
    """The rectangles of the boxes, each with the ids of its fields."""
    parsed, found, fields = Elements(html), [], None
    for tag, attrs, _ in parsed.found:
        if tag == "g":
            fields = tuple(attrs["data-fields"].split())
        elif tag == "rect" and attrs.get("class") != "paper":
            found.append((fields, tuple(float(attrs[name]) for name in ("x", "y", "width", "height"))))
    return found


def no_pictures(_number):
    return None


def test_the_file_loads_nothing(extraction, citation, png):
    """No address of another file or host stands in the page; its policy forbids all but what is inside."""
    found = extraction({"total": 3}, {"total": [citation("3", (1, 2, 3, 4))]})
    html = report_html(found, documents=[lambda _: PageImage.of(png(6, 8))])
    for _, attrs, _ in Elements(html).found:
        for name in ("src", "href", "action", "srcset", "data", "poster"):
            assert (attrs.get(name) or "#").startswith(("#", "data:image/png;base64,"))
    policy = Elements(html).all("meta", **{"http-equiv": "Content-Security-Policy"})[0][0]["content"]
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        ((_, text),) = Elements(html).all(tag)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert "url(" not in text
        assert "@import" not in text
    assert not re.search(r"\sstyle=|\son\w+=", html.partition("<body>")[2].partition("<script>")[0])


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></svg><iframe>",
    "<!-- ]]> &amp; &lt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(extraction, citation, text):
    """Whatever a document, a name or a message says, the page has the same elements."""

    def page(words: str) -> str:
        return report_html(
            extraction(
                {"a": words, words: "b"},
                {"a": [citation(words, (1, 2, 3, 4), ss_sheet_name=words)], words: [citation(words, (9, 9, 3, 4))]},
                confidence={"a": words},
                states={words: "invalid"},
                source=SourceInfo(words, words),
                invalid=((words, words),),
                task_id=words,
            ),
            documents=[no_pictures],
            title=words,
        )

    def skeleton(html: str):
        # Line breaks are offered inside paths, by their dots and brackets.
        return [(tag, sorted(attrs)) for tag, attrs, _ in Elements(html).found if tag not in {"wbr", "text"}]

    hostile, harmless = page(text), page("word")
    assert skeleton(hostile) == skeleton(harmless)
    assert ("bdi", text) in [(tag, shown) for tag, _, shown in Elements(hostile).found]


def test_characters_that_html_cannot_hold_are_replaced(extraction, tmp_path):
    """Control characters and lone surrogates, which JSON can carry, do not spoil the file."""
    path = write_report(tmp_path / "r.html", extraction({"a": "x\x00\x1b[31m\ud800y"}))
    assert "x\ufffd\ufffd[31m\ufffdy" in path.read_text("utf-8")


def test_every_state_is_told(extraction, citation):
    """Found, null, missing, without citation and invalid fields differ in words, not in colour only."""
    found = extraction(
        {"found": "A", "null": None, "loose": "B", "wrong": "C"},
        {"found": [citation("A", (1, 2, 3, 4))]},
        confidence={"found": "High", "loose": "Low"},
        states={"wrong": "invalid", "absent": "missing"},
        invalid=(("wrong", "not a date"),),
    )
    html = report_html(found, documents=[no_pictures])
    rows = {attrs["data-state"] for attrs, _ in Elements(html).all("tr") if "data-state" in attrs}
    assert rows == {"found", "null", "ungrounded", "invalid", "missing"}
    tags = [text for _, text in Elements(html).all("span", **{"class": "tag"})]
    assert tags == ["High", "no citation", "invalid"]
    states = [text for _, text in Elements(html).all("span", **{"class": "state"})]
    assert states == ["not found", "missing"]
    assert "not a date" in html
    assert "1 of 5 fields found, 1 not found, 1 missing, 1 no citation, 1 invalid, 1 of low confidence" in html


def test_what_is_printed_is_shown_beside_the_value(extraction, citation):
    """A value that was read differently than printed shows both; the page is a link to it."""
    found = extraction({"due": "2025-04-13"}, {"due": [citation("13 April 2025", (1, 2, 3, 4), page_number=2)]})
    html = report_html(found, documents=[no_pictures])
    assert [text for _, text in Elements(html).all("q")] == ["13 April 2025"]
    ((attrs, text),) = [(a, t) for a, t in Elements(html).all("a") if a["href"].startswith("#page")]
    assert text == "2"
    assert Elements(html).all("figure", id=attrs["href"][1:])


def test_hovering_a_box_tells_its_fields_and_text(extraction, citation):
    """The title of a box has the path, the value and the content of its citation; in workbooks the cells."""
    cited = citation("No. 7", (10, 20, 30, 8), (42, 20, 8, 8), ss_ranges=["B7"], ss_sheet_name="Stock")
    found = extraction({"a": {"b": 7}}, {"a.b": [cited]})
    ((_, title),) = [e for e in Elements(report_html(found, documents=[no_pictures])).all("title") if "7" in e[1]]
    assert title == "a.b: 7\n“No. 7” B7"
    assert [text for _, text in Elements(report_html(found, documents=[no_pictures])).all("figcaption")] == [
        "Page 1 · Stock · no picture of this page, cited words only"
    ]


def test_boxes_are_scaled_by_the_page_of_their_citation(extraction, citation):
    """Citations of one page in other units land in the same place."""
    found = extraction(
        {"a": "x", "b": "y"},
        {
            "a": [citation("x", (60, 80, 30, 8))],
            "b": [citation("y", (0.5, 0.25, 0.1, 0.01), page_width=1, page_height=1)],
        },
    )
    assert boxes(report_html(found, documents=[no_pictures])) == [
        (("field-0-1",), (300.0, 200.0, 60.0, 8.0)),
        (("field-0-0",), (60.0, 80.0, 30.0, 8.0)),
    ]


def test_words_of_a_line_are_one_box_and_distant_ones_are_not(extraction, citation):
    """Neighbours are joined; a second line and a word far off have their own boxes."""
    words = (10, 10, 20, 8), (32, 10, 20, 8), (300, 10, 20, 8), (10, 22, 20, 8)
    found = extraction({"a": "one two three four"}, {"a": [citation("one two three four", *words)]})
    assert sorted(box for _, box in boxes(report_html(found, documents=[no_pictures]))) == [
        (10.0, 10.0, 42.0, 8.0),
        (10.0, 22.0, 20.0, 8.0),
        (300.0, 10.0, 20.0, 8.0),
    ]


def test_one_box_of_several_fields_is_drawn_once(extraction, citation):
    """A table cited by two fields is one rectangle that leads to both."""
    table = citation("4 2", (10, 10, 200, 80), citation_type="Segment")
    html = report_html(extraction({"a": 4, "b": 2}, {"a": [table], "b": [table]}), documents=[no_pictures])
    assert boxes(html) == [(("field-0-0", "field-0-1"), (10.0, 10.0, 200.0, 80.0))]


def test_citations_without_a_place_have_no_box(extraction, citation):
    """The oldest shape has no page, a broken one no size: their text is shown, nothing is drawn."""
    nowhere = [
        citation("x", (1, 2, 3, 4), page_number=None),
        citation("y", (1, 2, 3, 4), page_width=None),
        citation("z", (1, 2, 3, 4), page_height=0),
        citation("w"),
    ]
    html = report_html(extraction({"a": "A"}, {"a": nowhere}), documents=[no_pictures])
    assert boxes(html) == []
    assert [text for _, text in Elements(html).all("q")] == ["x", "y", "z", "w"]


def test_a_page_without_picture_shows_the_cited_words_in_their_places(extraction, citation):
    """A blank page of the citation's size, which says that it is blank."""
    found = extraction({"a": "No. 7"}, {"a": [citation("No. 7", (10, 20, 30, 8), (42, 20, 8, 8))]})
    html = report_html(found, documents=[no_pictures])
    texts = [(text, attrs["x"], attrs["textlength"]) for attrs, text in Elements(html).all("text")]
    assert texts == [("No.", "10", "30"), ("7", "42", "8")]
    assert Elements(html).all("svg", viewbox="0 0 600 800")
    assert "no picture of this page" in html


def test_a_picture_of_other_proportions_is_not_drawn_under_the_boxes(extraction, citation, png):
    """The picture of another page, or of a turned one, would put the boxes on the wrong text."""
    found = extraction({"a": "x"}, {"a": [citation("x", (1, 2, 3, 4))]})
    assert "data:image/png" in report_html(found, documents=[lambda _: PageImage.of(png(60, 80))])
    assert "data:image/png" not in report_html(found, documents=[lambda _: PageImage.of(png(80, 60))])


def test_documents_are_found_by_place_by_uri_and_by_name(extraction, citation, png, tmp_path):
    """A sequence goes with the extractions; a mapping is asked for uri and name."""
    a, b = (
        extraction({"a": n}, {"a": [citation("x", (1, 2, 3, 4))]}, source=SourceInfo(f"{n}.pdf", f"/gone/{n}.pdf"))
        for n in "ab"
    )
    picture = PageImage.of(png(60, 80))
    assert report_html([a, b], documents=[None, lambda _: picture]).count("data:image/png") == 1
    assert report_html([a, b], documents={"/gone/a.pdf": lambda _: picture}).count("data:image/png") == 1
    assert report_html([a, b], documents={"b.pdf": lambda _: picture}).count("data:image/png") == 1
    with pytest.raises(ConfigurationError, match=r"2 extractions and 1 documents\. Give one document for each"):
        report_html([a, b], documents=[None])
    with pytest.raises(SourceError, match=r"nothing\.pdf: No such file"):
        report_html(a, documents=[tmp_path / "nothing.pdf"])


def test_a_local_file_is_read_again_only_when_it_is_the_same(extraction, citation, example_documents, tmp_path):
    """Boxes of yesterday's file are not drawn on today's."""
    copy = tmp_path / "invoice.pdf"
    copy.write_bytes((example_documents / "invoice_en.pdf").read_bytes())
    source = SourceInfo("invoice.pdf", str(copy), hashlib.sha256(copy.read_bytes()).hexdigest(), "application/pdf")
    cited = {"a": [citation("x", (1, 2, 3, 4), page_width=595, page_height=842)]}
    found = extraction({"a": "x"}, cited, source=source)
    assert "data:image/png" in report_html(found)
    copy.write_bytes((example_documents / "rechnung_de.pdf").read_bytes())
    assert "data:image/png" not in report_html(found)


def test_without_citations_the_first_page_is_shown(extraction, example_documents):
    """Who looks for what is missing sees at least the page."""
    found = extraction({"a": None})
    html = report_html(found, documents=[example_documents / "invoice_en.pdf"])
    assert html.count("data:image/png") == 1
    assert boxes(html) == []


def test_pages_that_cannot_be_drawn_have_no_picture(example_documents):
    """No such page, or bytes that are no document."""
    assert page_images(example_documents / "invoice_en.pdf")(1) is not None
    assert page_images(example_documents / "invoice_en.pdf")(2) is None
    assert page_images(b"%PDF-1.4 nothing", media_type="application/pdf")(1) is None


def test_without_the_engine_there_are_no_pictures_and_no_error(example_documents):
    """The report needs no extra."""
    code = (
        "import sys\n"
        "sys.modules['chunkr_integrations.engine'] = None\n"
        "from chunkr_integrations.report import page_images\n"
        f"assert page_images({str(example_documents / 'invoice_en.pdf')!r})(1) is None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_several_documents_are_listed(extraction):
    """Each document has its own section and a link to it; ids do not collide."""
    html = report_html([extraction({"a": 1}), extraction({"a": 2})], documents=[no_pictures] * 2)
    ids = [attrs["id"] for _, attrs, _ in Elements(html).found if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {"document-0", "document-1", "field-0-0", "field-1-0"} <= set(ids)
    assert [attrs["href"] for attrs, _ in Elements(html).all("a")] == ["#document-0", "#document-1"]


def test_an_empty_report_is_a_page(extraction):
    """No extractions, or one of an empty object, is nothing to fail at."""
    assert "0 of 0 fields found" in report_html([])
    assert "0 of 1 fields found" in report_html(extraction({}))


def test_writing_makes_folders_and_says_why_it_cannot(extraction, tmp_path):
    """The path comes back; an impossible one is an error with a cure."""
    assert write_report(tmp_path / "new" / "r.html", extraction({"a": 1})).read_text("utf-8").startswith("<!doctype")
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match=r"cannot be written.*Choose another path"):
        write_report(tmp_path / "file" / "r.html", extraction({"a": 1}))


def test_what_is_no_png_is_refused():
    """A page image of another format is a mistake of the caller."""
    with pytest.raises(ValueError, match="no PNG"):
        PageImage.of(b"\xff\xd8\xff\xe0 a JPEG would begin like this")
