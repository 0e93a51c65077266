from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from chunkr_integrations.engine import EngineError, UnreadableDocumentError
from chunkr_integrations.engine.document import Box, Document
from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.options import ParseOptions
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read
from chunkr_integrations.engine.readers._liteparse import LiteParser
from chunkr_integrations.engine.readers._parser import ParserError, PasswordError
from chunkr_integrations.engine.readers._pdfium import PdfiumParser
from chunkr_integrations.engine.readers.pdf import read_pdf
from chunkr_integrations.engine.render import render_page
from chunkr_integrations.engine.segments import to_pages

LINES = ["Invoice 4711", "Date 2024-03-05", "Total 1,299.50 EUR"]


def pdf(lines=LINES, *, pages: int = 1, rotate: int = 0, size=(612, 792), footer: str = "") -> bytes:
    """A digital PDF with one line of Helvetica every 40 points, written by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for number in range(1, pages + 1):
        shown = [(72, size[1] - 100 - 40 * i, line.replace("{n}", str(number))) for i, line in enumerate(lines)]
        if footer:
            shown.append((72, 30, footer.replace("{n}", str(number))))
        content = "".join(f"BT /F1 14 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in shown).encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Rotate %d /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (*size, rotate, len(objects))
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(b"%d 0 R" % kid for kid in kids))
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


def scan(lines=LINES, *, turned: int = 0) -> Image.Image:
    """A page of print as an image, turned clockwise."""
    image = Image.new("L", (1240, 900), 255)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((100, 100 + 120 * number), line, fill=0, font=ImageFont.load_default(32))
    return image.rotate(-turned, expand=True)


def ink(picture: bytes, box, width: float, height: float) -> int:
    """The darkest pixel under a box given in page units."""
    with Image.open(io.BytesIO(picture)) as image:
        x, y = image.width / width, image.height / height
        part = image.convert("L").crop((int(box.left * x), int(box.top * y), int(box.right * x), int(box.bottom * y)))
        return part.getextrema()[0]


def words(page) -> list[str]:
    return [word.text for word in page.words]


def test_words_have_boxes_lines_and_segments():
    page = read(pdf(), name="a.pdf").page(1)
    assert words(page) == ["Invoice", "4711", "Date", "2024-03-05", "Total", "1,299.50", "EUR"]
    assert [word.line for word in page.words] == [0, 0, 1, 1, 2, 2, 2]
    assert (page.width, page.height, page.ocr) == (612, 792, False)
    assert {word.segment_id for word in page.words} <= {segment.id for segment in page.segments}
    assert page.words[0].box.left == pytest.approx(72, abs=2)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("parser", [LiteParser(), PdfiumParser()])
def test_cited_boxes_lie_on_the_print_of_the_rendered_page(rotate, parser):
    """Words, page size and picture share one frame, whatever /Rotate says and however the reader turned the page."""
    data = pdf(rotate=rotate)
    pages = to_pages(parser.pages(data), ParseOptions(), "x")
    assert len(pages[0].words) == 7
    draft = [Leaf(word.text, (Place(1, (index,)),)) for index, word in enumerate(pages[0].words)]
    picture = render_page(data, "application/pdf", 1, width=900)
    for (citation,) in output(Document("application/pdf", pages), draft, {}).citations:
        box = Box(**citation["bboxes"][0])
        assert ink(picture, box, citation["page_width"], citation["page_height"]) < 128


def test_sideways_text_is_turned_upright():
    page = read(pdf(rotate=90), name="a.pdf").page(1)
    assert words(page)[:2] == ["Invoice", "4711"]
    assert page.rotation == 270


def test_words_that_touch_are_joined():
    """Some producers draw a number in pieces; the pieces are one word."""
    content = pdf(["x"]).replace(b"(x) Tj", b"(1.) Tj (234,50) Tj")
    content = content.replace(b"/Length 38", b"/Length 52")
    assert words(read(content, name="a.pdf").page(1)) == ["1.234,50"]


def test_the_second_parser_takes_over_at_the_page_where_the_first_one_fails():
    class Broken:
        def pages(self, data):
            yield next(iter(LiteParser().pages(data)))
            raise ParserError("lost")

    pages = list(read_pdf(pdf(pages=3), ParseOptions(), "a.pdf", parsers=(Broken(), PdfiumParser())))
    assert [page.number for page in pages] == [1, 2, 3]
    assert [word.text for word in pages[2].words][:2] == ["Invoice", "4711"]


def test_both_parsers_find_the_same_words():
    def found(parser):
        return [(word.text, round(word.box.left)) for word in next(iter(parser.pages(pdf()))).words]

    first, second = found(LiteParser()), found(PdfiumParser())
    assert [text for text, _ in first] == [text for text, _ in second]
    assert all(abs(a - b) <= 2 for (_, a), (_, b) in zip(first, second, strict=True))


def test_only_pages_without_text_are_recognised():
    """A mixed file: the digital page keeps its text layer, the scanned one is read by recognition."""
    stream = io.BytesIO()
    scan().save(stream, "PDF", resolution=150)
    mixed = pypdfium2.PdfDocument(pdf())
    mixed.import_pages(pypdfium2.PdfDocument(stream.getvalue()))
    joined = io.BytesIO()
    mixed.save(joined)
    document = read(joined.getvalue(), name="a.pdf")
    assert [page.ocr for page in document.pages] == [False, True]
    assert "4711" in words(document.page(2))
    assert all(word.confidence == 1.0 for word in document.page(1).words)


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_turned_scans_are_read_upright(turned):
    stream = io.BytesIO()
    scan(turned=turned).save(stream, "PDF", resolution=150)
    page = read(stream.getvalue(), name="a.pdf").page(1)
    assert {"Invoice", "4711", "Total"} <= set(words(page))
    assert page.rotation == 360 - turned


@pytest.mark.parametrize("cut", [20, 200, 600])
def test_truncated_files_are_refused_or_read_but_never_crash(cut):
    try:
        document = read(pdf()[:cut], name="cut.pdf")
    except UnreadableDocumentError as error:
        assert "cut.pdf" in str(error)  # noqa: PT017 - both outcomes are right
    else:
        assert document.pages


def test_encrypted_files_are_told_to_need_a_password():
    class Locked:
        def pages(self, data):
            raise PasswordError("password required")

    with pytest.raises(UnreadableDocumentError, match="opens only with a password"):
        list(read_pdf(pdf(), ParseOptions(), "a.pdf", parsers=(Locked(),)))


def test_running_lines_are_headers_footers_and_page_numbers():
    lines = ["Acme Annual Report", "Body of page {n} differs", "and goes on here"]
    data = pdf(lines, pages=3, footer="Page {n} of 3").replace(b"72 692 Td", b"72 760 Td")
    document = read(data, name="a.pdf")
    kinds = [[segment.type for segment in page.segments] for page in document.pages]
    assert all(kind[0] == "PageHeader" and kind[-1] == "PageNumber" for kind in kinds)


def test_ignored_segments_leave_no_words():
    data = pdf(pages=3, footer="Page {n} of 3")
    configuration = {"segment_processing": {"PageNumber": {"strategy": "Ignore"}}}
    document = read(data, name="a.pdf", configuration=configuration)
    for page in document.pages:
        assert "of" not in words(page)
        assert all(page.words[i].segment_id == segment.id for segment in page.segments for i in segment.words)


def test_one_segment_a_page_when_asked():
    document = read(pdf(pages=2), name="a.pdf", configuration={"segmentation_strategy": "Page"})
    assert [[segment.type for segment in page.segments] for page in document.pages] == [["Page"], ["Page"]]
    assert document.page(1).segments[0].words == tuple(range(7))


def test_segment_ids_are_the_same_on_every_run_and_differ_between_files():
    first, again, other = (
        [segment.id for segment in read(data, name="a.pdf").segments]
        for data in (pdf(), pdf(), pdf(["Invoice 4712", *LINES[1:]]))
    )
    assert first == again
    assert not set(first) & set(other)


def test_a_page_that_cannot_be_recognised_is_told(monkeypatch, tmp_path):
    """Broken recognition data fails the parse, or, where the rest is wanted, a sentence says what is missing."""
    (tmp_path / "eng.traineddata").write_bytes(b"no data")
    monkeypatch.setenv("CHUNKR_TESSDATA", str(tmp_path))
    stream = io.BytesIO()
    scan().save(stream, "PDF", resolution=150)
    with pytest.raises(UnreadableDocumentError, match=r"Page 1 of a\.pdf could not be recognised.*Continue"):
        read(stream.getvalue(), name="a.pdf")
    document = read(stream.getvalue(), name="a.pdf", configuration={"error_handling": "Continue"})
    assert document.page(1).words == ()
    assert "Page 1 could not be recognised" in document.warnings[0]


def test_a_language_without_data_is_refused_before_anything_is_downloaded(monkeypatch):
    monkeypatch.setenv("CHUNKR_OCR_LANGUAGES", "eng+tlh")
    stream = io.BytesIO()
    scan().save(stream, "PDF", resolution=150)
    with pytest.raises(EngineError, match="no recognition data for tlh"):
        read(stream.getvalue(), name="a.pdf")
    assert read(pdf(), name="a.pdf").page(1).words, "digital files do not need it"


def test_all_pages_of_a_long_file_are_read():
    """The parser's own limit is 1,000 pages, and it says nothing about the rest."""
    assert len(read(pdf(["Page {n}"], pages=1003), name="a.pdf").pages) == 1003
