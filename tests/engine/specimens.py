"""Small real files of every kind that is read, made by the libraries that people make them with."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pptx
import pypdfium2
import xlsxwriter
import xlwt
from PIL import Image, ImageDraw, ImageFont

EXAMPLES = Path(__file__).parents[2] / "examples" / "documents"
WORDS = "Order 20458"


def picture(kind: str, *, frames: int = 1, mode: str = "L", text: str = WORDS, **options: object) -> bytes:
    """An image of the kind with one line of text; further frames are upside down."""
    page = Image.new(mode, (360, 90), "white")
    ImageDraw.Draw(page).text((20, 25), text, fill="black", font=ImageFont.load_default(30))
    more = {"save_all": True, "append_images": [page.rotate(180)] * (frames - 1)} if frames > 1 else {}
    stream = io.BytesIO()
    page.save(stream, kind, **more, **options)
    return stream.getvalue()


def xlsx() -> bytes:
    """Sheets with merged cells, dates, formulas and a hidden sheet."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("Orders")
    sheet.merge_range("B2:D2", "Orders by region")
    for row, cells in enumerate([["Region", "Amount", "Share"], ["EMEA", 1200.5, 0.6], ["APAC", 800, 0.4]], 3):
        sheet.write_row(row, 1, cells)
    sheet.merge_range("B7:B8", "Total")
    sheet.write_formula("C7", "=SUM(C5:C6)", value=2000.5)
    book.add_worksheet("Hidden").hide()
    book.close()
    return stream.getvalue()


def xls() -> bytes:
    """The same in the old binary format."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Orders")
    sheet.write_merge(1, 1, 1, 3, "Orders by region")
    for row, cells in enumerate([["Region", "Amount", "Share"], ["EMEA", 1200.5, 0.6], ["APAC", 800, 0.4]], 3):
        for column, cell in enumerate(cells, 1):
            sheet.write(row, column, cell)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def slides() -> bytes:
    """A title, a text box, a table and a group."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Results"
    slide.shapes.add_textbox(914400, 2743200, 3657600, 914400).text_frame.text = "Revenue 12.5"
    table = slide.shapes.add_table(2, 2, 914400, 4000000, 3657600, 914400).table
    for place, text in enumerate(["Region", "Amount", "EMEA", "12.5"]):
        table.cell(place // 2, place % 2).text = text
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def docx() -> bytes:
    """A heading, a paragraph and a table, in the parts that a word processor writes."""
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    row = (
        "<w:tr><w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc></w:tr>"
    )
    body = (
        '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Offer</w:t></w:r></w:p>'
        "<w:p><w:r><w:t>Order number: </w:t></w:r><w:r><w:t>20458</w:t></w:r></w:p>"
        f"<w:tbl>{row.format('Item', 'Price')}{row.format('Bolt', '1.50')}</w:tbl>"
    )

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{main}"><w:body>{body}</w:body></w:document>')
        archive.writestr(
            "word/styles.xml",
            f'<w:styles xmlns:w="{main}"><w:style w:styleId="Heading1">'
            '<w:name w:val="heading 1"/></w:style></w:styles>',
        )
    return stream.getvalue()


def blank_pdf(pages: int) -> bytes:
    """A PDF of so many empty pages."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 100)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def example(name: str) -> Callable[[], bytes]:
    return (EXAMPLES / name).read_bytes


MAIL = b"""From: Anna <anna@example.com>
To: Order desk <orders@example.com>
Subject: =?utf-8?q?Bestellung_Gr=C3=B6=C3=9Fe_L?=
Date: Fri, 28 Mar 2025 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8

Order number: 20458
--c
Content-Type: text/html; charset=utf-8

<p>Order number: <b>20458</b></p><table><tr><td>Item<td>Price<tr><td>Bolt<td>1.50</table>
--c--
--b
Content-Type: text/csv; name=items.csv
Content-Disposition: attachment; filename=items.csv

Item,Price
--b--
"""
HTML = (
    b"<html><head><title>t</title><script>document.write('evil')</script></head><body><h1>Bill</h1>"
    b"<p onclick='x()'>Sum: <b>12</b>,50</p><table><tr><th>A<th>B<tr><td rowspan=2>x<td>1<tr><td>2</table>"
    b"</body></html>"
)

SPECIMENS: dict[str, Callable[[], bytes]] = {
    "a.pdf": example("invoice_en.pdf"),
    "de.pdf": example("rechnung_de.pdf"),
    "agreement.pdf": example("service_agreement_en.pdf"),
    "a.png": lambda: picture("PNG"),
    "a.jpg": lambda: picture("JPEG"),
    "a.tiff": lambda: picture("TIFF", frames=2, compression="tiff_lzw"),
    "a.webp": lambda: picture("WEBP", mode="RGB"),
    "a.bmp": lambda: picture("BMP"),
    "a.gif": lambda: picture("GIF"),
    "a.xlsx": xlsx,
    "stock.xlsx": example("stock_list.xlsx"),
    "a.xls": xls,
    "a.docx": docx,
    "a.pptx": slides,
    "a.html": lambda: HTML,
    "course.html": example("course_en.html"),
    "a.md": example("bestellung_de.md"),
    "a.csv": lambda: b"Name;Betrag\nBolzen;1,50\nMutter;0,75\n",
    "a.xml": lambda: b'<?xml version="1.0"?><inv xmlns="urn:x"><id n="1">42</id><lines><l>a</l><l>b</l></lines></inv>',
    "a.txt": lambda: b"Item      Price\nBolt       1.50\n\nThe end\fSecond page\n",
    "a.eml": lambda: MAIL,
}


_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def encrypted_pdf(password: str) -> bytes:
    """One page that says `Order 20458`, encrypted with 40 bits (ISO 32000-1, 7.6.3: revision 2)."""
    padded = (password.encode("latin-1") + _PAD)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    rights, identity = -4, b"0123456789abcdef"
    key = hashlib.md5(padded + owner + rights.to_bytes(4, "little", signed=True) + identity).digest()[:5]
    content = _rc4(hashlib.md5(key + b"\4\0\0\0\0").digest()[:10], b"BT /F 20 Tf 20 40 Td (Order 20458) Tj ET")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P %d>>"
        % (owner.hex().encode(), _rc4(key, _PAD).hex().encode(), rights),
    ]
    data, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"<</Size 7/Root 1 0 R/Encrypt 6 0 R/ID[<%s><%s>]>>" % ((identity.hex().encode(),) * 2)
    start = b"startxref\n%d\n%%%%EOF" % len(data)
    return data + b"xref\n0 7\n0000000000 65535 f \n" + table + b"trailer" + trailer + b"\n" + start


def _rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
