"""What bad input gets, through the client and the embedded engine: an error that says why and what to do.

Most are tasks that failed. What is seen to be wrong before it is sent is the client's `SourceError`; a kind that nobody
reads is refused by the service before there is a task.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from specimens import HTML, SPECIMENS, blank_pdf, docx, encrypted_pdf, slides, xlsx

from chunkr_integrations.client import Client
from chunkr_integrations.engine import Engine
from chunkr_integrations.exceptions import BadRequestError, SourceError, TaskFailedError

SCHEMA = {"type": "object", "properties": {"order_number": {"type": "string"}, "sum": {"type": "number"}}}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client(engine=Engine()) as made:
        yield made


def bomb(data: bytes, part: str) -> bytes:
    """The office file with a part that unpacks to 300 MB."""
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(part, "w") as inside:
        for _ in range(300):
            inside.write(b"\0" * (1 << 20))
    return stream.getvalue()


def plain(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("1", (width, height)).save(stream, "PNG")
    return stream.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(9))
    + b"]><l>&j;</l>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
NO_PAGES = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>"
)

REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "encrypted": ("a.pdf", lambda: encrypted_pdf("secret"), r"opens only with a password\. Remove the password"),
    "truncated pdf": ("a.pdf", lambda: SPECIMENS["a.pdf"]()[:900], r"truncated or damaged.*Open it in a viewer"),
    "truncated image": ("a.png", lambda: SPECIMENS["a.png"]()[:120], r"truncated or damaged\. Open it in a viewer"),
    "no pages": ("a.pdf", lambda: NO_PAGES, r"Send a PDF with at least one page|Open it in a viewer"),
    "one pixel": ("a.png", lambda: plain(1, 1), r"1 x 1 pixels, too few for any text\. Send an image"),
    "20,000 pixels": ("a.png", lambda: plain(20_000, 20_000), r"too many pixels.*Scan it at"),
    "bomb in xlsx": ("a.xlsx", lambda: bomb(xlsx(), "xl/x.xml"), r"would unpack to .* Save it anew, or split it"),
    "bomb in docx": ("a.docx", lambda: bomb(docx(), "word/x.xml"), r"would unpack to .* Save it anew, or split it"),
    "bomb in pptx": ("a.pptx", lambda: bomb(slides(), "ppt/x.xml"), r"would unpack to .* Save it anew, or split it"),
    "entities from outside": ("a.xml", lambda: OUTSIDE, r"declares XML entities.*Save it without a DTD"),
    "a billion laughs": ("a.xml", lambda: LAUGHS, r"declares XML entities.*Save it without a DTD"),
    "nested": ("a.xml", lambda: b"<a>" * 9999 + b"</a>" * 9999, r"nested|too deeply"),
}
EARLY: dict[str, tuple[str, Callable[[], bytes], type[Exception], str]] = {
    "truncated workbook": ("a.xlsx", lambda: xlsx()[:900], SourceError, r"otherwise get the file again"),
    "text called pdf": ("a.pdf", lambda: b"Order number: 20458", SourceError, r"it is text/plain.*rename it"),
    "picture called pdf": ("a.pdf", SPECIMENS["a.png"], SourceError, r"it is image/png.*rename it"),
    "empty": ("a.txt", lambda: b" \n", BadRequestError, r"is empty\. Send a file that has content"),
    "unknown kind": ("a.bin", lambda: bytes(range(256)) * 9, BadRequestError, r"cannot be read\. Send a PDF"),
    "an archive": ("a.zip", lambda: bomb(b"", "x.txt"), BadRequestError, r"without a document\. Send the files in it"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_fails_with_a_cure(case: str, client: Client) -> None:
    name, make, message = REFUSED[case]
    with pytest.raises(TaskFailedError, match=message):
        client.extract(make(), SCHEMA, file_name=name)


@pytest.mark.parametrize("case", EARLY)
def test_what_is_seen_to_be_wrong_makes_no_task(case: str, client: Client) -> None:
    name, make, kind, message = EARLY[case]
    with pytest.raises(kind, match=message):
        client.extract(make(), SCHEMA, file_name=name)


def test_a_password_that_the_operator_named_opens(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHUNKR_PDF_PASSWORDS", "wrong\nsesame")
    found = client.extract(encrypted_pdf("sesame"), SCHEMA, file_name="a.pdf")
    assert found.task.output.results == {"order_number": "20458", "sum": None}


def test_ten_thousand_pages_are_read(client: Client) -> None:
    found = client.extract(blank_pdf(10_000), SCHEMA, file_name="long.pdf")
    assert found.task.file_info.page_count == 10_000


def test_scripts_are_not_text(client: Client) -> None:
    found = client.extract(HTML, SCHEMA, file_name="a.html")
    assert found.task.output.results == {"order_number": None, "sum": 12.5}


@pytest.mark.parametrize(
    ("box", "font"),
    [(b"[0 0 nan 100]", b"/Helvetica"), (b"[0 0 1e39 1e39]", b"/Helvetica"), (b"[0 0 300 100]", b"/Nonsense")],
)
def test_boxes_and_fonts_that_make_no_sense_do_no_harm(box: bytes, font: bytes, client: Client) -> None:
    data = encrypted_pdf("").replace(b"[0 0 300 100]", box).replace(b"/Helvetica", font)
    try:
        found = client.extract(data, SCHEMA, file_name="a.pdf")
    except TaskFailedError as error:
        assert "Open it in a viewer" in str(error)  # noqa: PT017 - both outcomes are right
    else:
        assert found.task.output.results["order_number"] in ("20458", None)
