from __future__ import annotations

from email.message import EmailMessage

import pytest

from chunkr_integrations.engine.engine import Engine
from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.readers import read

TEXT = "Invoice number: R-77\n\nTotal due: 120.50 EUR\n"


def mail(*, html: str = "", attached: bool = False) -> bytes:
    message = EmailMessage()
    message["From"] = "Zoë Müller <zoe@example.com>"
    message["To"] = "books@example.org"
    message["Date"] = "Fri, 27 Nov 2026 10:00:00 +0000"
    message["Subject"] = "Rechnung für März"
    message.set_content(TEXT)
    if html:
        message.add_alternative(html, subtype="html")
    if attached:
        message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="rechnung märz.pdf")
    return message.as_bytes()


def text_of(data: bytes) -> str:
    return "\n".join(segment.text for segment in read(data, name="a.eml").segments)


def test_headers_and_text_are_read_and_decoded():
    text = text_of(mail())
    assert text.splitlines()[0] == "From: Zoë Müller <zoe@example.com>"
    assert "Subject: Rechnung für März" in text
    assert "Invoice number: R-77" in text


def test_the_html_is_read_where_there_is_one_with_its_tables():
    html = "<p>See below</p><table><tr><th>Item</th><th>Price</th></tr><tr><td>Bolt</td><td>1.50</td></tr></table>"
    document = read(mail(html=html), name="a.eml")
    (table,) = [segment.table for segment in document.segments if segment.table]
    assert [cell.text for cell in table.cells] == ["Item", "Price", "Bolt", "1.50"]
    assert "R-77" not in text_of(mail(html=html)), "the same once more, as plain text"


def test_attachments_are_named_and_said_not_to_be_read():
    document = read(mail(attached=True), name="a.eml")
    assert "Attachment: rechnung märz.pdf" in [line for s in document.segments for line in s.text.splitlines()]
    assert document.warnings == ("What is attached to a.eml was not read (rechnung märz.pdf). Send it by itself.",)


def test_a_mail_fills_a_schema_and_is_cited():
    engine = Engine()
    document = engine.parse(mail(), name="a.eml")
    schema = {"type": "object", "properties": {"invoice_number": {"type": "string"}, "total_due": {"type": "number"}}}
    made = engine.extract(document, schema)
    assert made.results == {"invoice_number": "R-77", "total_due": 120.5}
    assert made.citations["invoice_number"][0]["content"] == "R-77"


def test_a_file_that_is_no_mail_says_so():
    with pytest.raises(UnreadableDocumentError, match="is named as a mail and has none of its headers"):
        read(b"just some words\nand more of them\n", name="note.eml")


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'charset="utf-8"', b'charset="no-such"'), (b"Content-Transfer-Encoding: 7bit", b"Content-Transfer-Encoding: x")],
)
def test_damaged_declarations_do_not_hide_the_text(old, new):
    data = mail()
    assert old in data
    assert "R-77" in text_of(data.replace(old, new))
