from __future__ import annotations

import io
import pickle
import zipfile

import pytest
from PIL import Image, ImageDraw, ImageFont

from chunkr_integrations.engine import UnreadableDocumentError
from chunkr_integrations.engine.readers import read
from chunkr_integrations.engine.render import render_page


def texts(document) -> list[tuple[str, str]]:
    return [(segment.type, segment.text) for segment in document.segments]


def image(kind: str, **options) -> bytes:
    picture = Image.new("RGB", (1000, 300), "white")
    ImageDraw.Draw(picture).text((60, 100), "Order 20458 shipped", fill="black", font=ImageFont.load_default(36))
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def office(name: str, parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    assert name
    return stream.getvalue()


W = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'  # the strict form of the standard


def word(body: str) -> bytes:
    styles = f'<w:styles {W}><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style></w:styles>'
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    return office("a.docx", {"word/document.xml": document, "word/styles.xml": styles})


def workbook(rows: str, merged: str = "") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = (
        f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/'
        'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/></Types>'
    )
    root = f'<Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/>'
    sheets = '<sheet name="Q2" sheetId="1" r:id="r1"/><sheet name="Old" sheetId="2" state="hidden" r:id="r2"/>'
    inner = "".join(
        f'<Relationship Id="r{n}" Type="{relations}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in (1, 2)
    )
    return office(
        "a.xlsx",
        {
            "[Content_Types].xml": types,
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships">{root}</Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>{sheets}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{inner}</Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData>{merged}</worksheet>',
            "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{main}"><sheetData/></worksheet>',
        },
    )


def cell(ref: str, value: object) -> str:
    if isinstance(value, str):
        return f'<c r="{ref}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{ref}"><v>{value}</v></c>'


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"])
def test_images_are_read_in_pixels_of_the_file(kind):
    page = read(image(kind), name=f"a.{kind.lower()}").page(1)
    assert [word.text for word in page.words] == ["Order", "20458", "shipped"]
    assert (round(page.width), round(page.height), page.ocr) == (1000, 300, True)
    assert page.words[0].box.left == pytest.approx(60, abs=6)


def test_every_frame_of_a_tiff_is_a_page():
    with Image.open(io.BytesIO(image("PNG"))) as first:
        stream = io.BytesIO()
        first.save(stream, "TIFF", save_all=True, append_images=[first.rotate(180)])
    document = read(stream.getvalue(), name="a.tiff")
    assert [page.rotation for page in document.pages] == [0, 180]
    assert ["20458" in [word.text for word in page.words] for page in document.pages] == [True, True]


def test_frames_that_are_not_read_are_told():
    with Image.open(io.BytesIO(image("PNG"))) as first:
        stream = io.BytesIO()
        first.convert("P").save(stream, "GIF", save_all=True, append_images=[Image.new("P", first.size)])
    assert "first of 2 frames" in read(stream.getvalue(), name="a.gif").warnings[0]


def test_transparent_paper_is_white():
    with Image.open(io.BytesIO(image("PNG"))) as solid:
        clear = Image.new("RGBA", solid.size, (0, 0, 0, 0))
        clear.paste((0, 0, 0, 255), mask=solid.convert("L").point(lambda value: 255 - value))
        stream = io.BytesIO()
        clear.save(stream, "PNG")
    assert "20458" in [word.text for word in read(stream.getvalue(), name="a.png").page(1).words]


@pytest.mark.parametrize(("size", "message"), [((1, 1), "too few"), ((20000, 20000), "too many pixels")])
def test_images_of_impossible_sizes_are_refused(size, message):
    stream = io.BytesIO()
    Image.new("1", size).save(stream, "PNG")
    with pytest.raises(UnreadableDocumentError, match=message):
        read(stream.getvalue(), name="a.png")


def test_truncated_images_are_refused():
    with pytest.raises(UnreadableDocumentError, match=r"a\.png is an image that is truncated"):
        read(image("PNG")[:200], name="a.png")


def test_markdown_becomes_headings_lists_and_tables():
    document = read(b"# Order\n\nSome *words*.\n\n- one\n- two\n\n|A|B|\n|-|-|\n|1|2|\n", name="a.md")
    assert texts(document) == [
        ("Title", "Order"),
        ("Text", "Some words."),
        ("ListItem", "• one"),
        ("ListItem", "• two"),
        ("Table", "A | B\n1 | 2"),
    ]


def test_html_leaves_out_what_is_not_shown():
    page = b"""<html><head><title>t</title><style>p{}</style></head><body><h1>Bill</h1><script>alert(1)</script>
    <p hidden>secret</p><div style="display: none">secret</div><p>Sum: <b>12</b>,50<br>net</p>
    <table><tr><th>A<th>B<tr><td rowspan=2>x<td>1<tr><td>2</table></body></html>"""
    document = read(page, name="a.html")
    assert texts(document) == [("Title", "Bill"), ("Text", "Sum: 12,50\nnet"), ("Table", "A | B\nx | 1\n | 2")]
    table = list(document.segments)[-1].table
    assert [(c.row, c.column, c.row_span, c.header, c.text) for c in table.cells] == [
        (0, 0, 1, True, "A"),
        (0, 1, 1, True, "B"),
        (1, 0, 2, False, "x"),
        (1, 1, 1, False, "1"),
        (2, 1, 1, False, "2"),
    ]


def test_tables_in_tables_are_looked_at_once() -> None:
    """At twice the work for each level of nesting this would not end."""
    page = b"<table><tr><td>a<td>" * 100 + b"Sum: 12" + b"</table>" * 100
    assert texts(read(page, name="a.html"))[-1][1].endswith("Sum: 12")


def test_xhtml_with_a_prefix_and_closed_elements_is_read_as_html():
    page = (
        b'<?xml version="1.0"?><h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title/></h:head>'
        b"<h:body><h:div/><h:p>Net assets 3,219</h:p></h:body></h:html>"
    )
    assert texts(read(page, name="a.html")) == [("Text", "Net assets 3,219")]


def test_plain_text_keeps_its_columns_and_pages():
    document = read(b"Item      Price\nBolt       1.50\n\nThe end\fSecond page", name="a.txt")
    first, second = document.page(1).words[1], document.page(1).words[3]
    assert first.box.left == 36 + 10 * 5
    assert first.box.right == second.box.right
    assert document.page(2).words[0].text == "Second"


@pytest.mark.parametrize("data", ["Größe".encode(), "Größe".encode("utf-16"), "Größe".encode("cp1252")])
def test_text_is_decoded(data):
    assert read(data, name="a.txt").page(1).words[0].text == "Größe"


def test_word_files_of_the_strict_form_are_read():
    body = (
        '<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>Offer</w:t></w:r></w:p>'
        "<w:p><w:r><w:t>Price </w:t></w:r><w:del><w:r><w:delText>10</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>12</w:t></w:r></w:ins></w:p>"
        '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>Both</w:t></w:r></w:p></w:tc></w:tr>'
        "<w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr>"
        "</w:tbl>"
    )
    document = read(word(body), name="a.docx")
    assert texts(document) == [("Title", "Offer"), ("Text", "Price 12"), ("Table", "Both\na | b")]


def test_slides_have_boxes_of_their_shapes():
    pptx = pytest.importorskip("pptx")
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "Results"
    box = slide.shapes.add_textbox(914400, 2743200, 3657600, 914400)
    box.text_frame.text = "Revenue 12.5"
    stream = io.BytesIO()
    presentation.save(stream)
    document = read(stream.getvalue(), name="a.pptx")
    assert texts(document) == [("Title", "Results"), ("Text", "Revenue 12.5")]
    first = next(word for word in document.page(1).words if word.text == "Revenue")
    assert (first.box.left, first.box.top) == (pytest.approx(72, abs=5), pytest.approx(216, abs=5))


def test_sheets_have_exact_references_and_merged_ranges():
    rows = (
        f'<row r="2">{cell("B2", "Sales by region")}</row>'
        f'<row r="4">{cell("B4", "Region")}{cell("C4", "Amount")}</row>'
        f'<row r="5">{cell("B5", "EMEA")}{cell("C5", 120000)}</row>'
        f'<row r="6">{cell("B6", "APAC")}{cell("C6", 0.5)}</row>'
    )
    data = workbook(rows, '<mergeCells count="1"><mergeCell ref="B2:C2"/></mergeCells>')
    document = read(data, name="a.xlsx")
    page = document.page(1)
    assert page.sheet == "Q2"
    assert [(word.text, word.ref) for word in page.words] == [
        ("Sales", "B2:C2"),
        ("by", "B2:C2"),
        ("region", "B2:C2"),
        ("Region", "B4"),
        ("Amount", "C4"),
        ("EMEA", "B5"),
        ("120000", "C5"),
        ("APAC", "B6"),
        ("0.5", "C6"),
    ]
    assert texts(document) == [("Text", "Sales by\nregion"), ("Table", "Region | Amount\nEMEA | 120000\nAPAC | 0.5")]
    assert document.cell_count == 7
    assert "Old" in document.warnings[0]


def test_csv_finds_its_separator():
    document = read(b"Name;Betrag\nBolzen;1,50\n", name="teile.csv")
    assert [(word.text, word.ref) for word in document.page(1).words] == [
        ("Name", "A1"),
        ("Betrag", "B1"),
        ("Bolzen", "A2"),
        ("1,50", "B2"),
    ]


def test_a_zip_bomb_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * (150 << 20))
    with pytest.raises(UnreadableDocumentError, match="would unpack to"):
        read(stream.getvalue(), name="a.xlsx")


def test_xml_is_read_as_names_and_values():
    document = read(b'<?xml version="1.0"?><inv xmlns="urn:x"><id>42</id></inv>', name="a.xml")
    assert texts(document) == [("Title", "inv"), ("Text", "id: 42")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "entities"),
        (b'<?xml version="1.0"?><a><b></a>', "no well-formed XML"),
        (b'<?xml version="1.0"?>' + b"<a>" * 5000 + b"</a>" * 5000, "nested|too deeply"),
    ],
)
def test_dangerous_or_broken_xml_is_refused(data, message):
    with pytest.raises(UnreadableDocumentError, match=message):
        read(data, name="a.xml")


@pytest.mark.parametrize(
    "name", ["a.pdf", "a.png", "a.tiff", "a.docx", "a.xlsx", "a.pptx", "a.html", "a.xml", "a.csv", "a.md"]
)
@pytest.mark.parametrize(
    "head", [b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"II*\0", b"PK\x03\x04", b"<html>", b"\xff\xd8\xff"]
)
def test_no_foreign_error_leaves_the_readers(name, head):
    """Garbage after any magic bytes under any name is read or refused in our own words."""
    data = head + bytes((i * 73 + 41) % 256 for i in range(3000))
    try:
        read(data, name=name)
    except UnreadableDocumentError as error:
        assert str(error).endswith((".", ")"))  # noqa: PT017 - both outcomes are right


def test_documents_can_be_pickled():
    document = read(b"# Order\n\n|A|B|\n|-|-|\n|1|2|\n", name="a.md")
    assert pickle.loads(pickle.dumps(document)) == document


@pytest.mark.parametrize(("data", "kind"), [(b"# Order 5", "text/markdown"), (b"a,b\n1,2", "text/csv")])
def test_pages_without_a_picture_are_drawn_from_their_words(data, kind):
    with Image.open(io.BytesIO(render_page(data, kind, 1, width=600))) as picture:
        assert picture.width == 600
        assert picture.convert("L").getextrema()[0] < 100
