"""What a user hands in becomes content or a reference, and nothing is guessed."""

from __future__ import annotations

import base64
import gc
import hashlib
import io
import os
import tracemalloc
import uuid
import zipfile
from pathlib import Path

import httpx
import pytest

from chunkr_integrations.exceptions import ConfigurationError, SourceError
from chunkr_integrations.sources import Source, media_type, source_name, to_source
from chunkr_integrations.sources._content import INLINE_LIMIT
from chunkr_integrations.tasks import File, Task

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30
TASK_ID = "5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10"


def office(*names: str, mimetype: str | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        if mimetype:
            parts.writestr("mimetype", mimetype)
        for name in names:
            parts.writestr(name, "<x/>")
    return file.getvalue()


class Pipe(io.RawIOBase):
    """A stream that cannot go back."""

    def __init__(self, data: bytes) -> None:
        self._left = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return self._left.read(size)


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(PDF)
    return path


def test_a_path_is_read_named_and_hashed(invoice: Path):
    for value in (invoice, str(invoice), invoice.as_uri()):
        source = to_source(value)
        assert (source.name, source.uri, source.file_name) == (str(invoice), str(invoice), "invoice.pdf")
        assert source.media_type == "application/pdf"
        assert source.content_hash == hashlib.sha256(PDF).hexdigest()
        assert source.data_uri() == f"data:application/pdf;base64,{base64.b64encode(PDF).decode()}"


@pytest.mark.parametrize("value", [PDF, bytearray(PDF), memoryview(PDF), io.BytesIO(PDF), Pipe(PDF)])
def test_bytes_have_a_name_that_is_the_same_on_every_run(value):
    source = to_source(value)
    digest = hashlib.sha256(PDF).hexdigest()
    assert (source.name, source.uri) == (f"bytes (sha256 {digest[:12]}…)", f"sha256:{digest}")
    assert source.file_name == f"document-{digest[:12]}.pdf"


def test_a_file_object_is_read_from_its_beginning_twice_and_left_where_it_was():
    stream = io.BytesIO(PDF)
    stream.seek(7)
    assert to_source(stream).content_hash == to_source(stream).content_hash == hashlib.sha256(PDF).hexdigest()
    assert stream.tell() == 7


def test_a_pipe_can_be_used_twice_although_it_can_be_read_once():
    pipe = Pipe(PDF)
    assert to_source(pipe) == to_source(pipe)


def test_an_open_file_lends_its_name(invoice: Path):
    with invoice.open("rb") as file:
        assert to_source(file).file_name == "invoice.pdf"


def test_a_source_passes_through_and_can_be_renamed():
    source = to_source(b"text", file_name="a.txt")
    assert to_source(source) is source
    assert to_source(source, file_name="b.md").media_type == "text/markdown"


@pytest.mark.parametrize(
    "value", ["https://example.com/a/b.pdf?token=abc&id=5", httpx.URL("https://example.com/a/b.pdf?token=abc&id=5")]
)
def test_a_url_goes_as_it_is_and_shows_no_secret(value):
    source = to_source(value)
    assert source.reference == "https://example.com/a/b.pdf?token=abc&id=5"
    assert source.content is None
    assert (source.name, source.uri) == ("https://example.com/a/b.pdf", "https://example.com/a/b.pdf?id=5")
    assert "abc" not in repr(source)


def test_a_url_hides_its_user():
    assert source_name("https://me:secret@example.com/x?y=1#z") == "https://example.com/x"
    assert "secret" not in repr(to_source("https://me:secret@example.com/x"))


def test_a_data_uri_is_decoded_and_checked():
    source = to_source("data:application/pdf;base64," + base64.b64encode(PDF).decode())
    assert (source.media_type, source.content_hash) == ("application/pdf", hashlib.sha256(PDF).hexdigest())
    assert to_source("data:,hello%20there").data_uri() == "data:text/plain;base64,aGVsbG8gdGhlcmU="
    with pytest.raises(SourceError, match=r"its name says \.png and it is application/pdf"):
        to_source("data:image/png;base64," + base64.b64encode(PDF).decode())
    with pytest.raises(SourceError, match="its base64 is broken"):
        to_source("data:application/pdf;base64,###")
    with pytest.raises(SourceError, match="no comma"):
        to_source("data:application/pdf")


def test_references_to_files_and_tasks():
    assert to_source("ch://files/f-1").reference == "ch://files/f-1"
    file = File(file_id="f-1", file_name="a.pdf", content_type="application/pdf", url="ch://files/f-1")
    assert to_source(file).reference == "ch://files/f-1"
    assert to_source(File(file_id="f-2")).reference == "ch://files/f-2"
    for value in (
        TASK_ID,
        TASK_ID.upper(),
        uuid.UUID(TASK_ID),
        Task(task_id=TASK_ID, status="Succeeded", task_type="Parse"),
    ):
        source = to_source(value)
        assert (source.reference, source.is_task) == (TASK_ID, True)


def test_an_extract_task_stands_for_the_parse_it_worked_on():
    assert to_source(Task(task_id="e", status="Succeeded", task_type="Extract", parse_task_id="p")).reference == "p"
    with pytest.raises(SourceError, match="does not say which parse"):
        to_source(Task(task_id="e", status="Succeeded", task_type="Extract"))


def test_a_task_takes_no_file_name():
    with pytest.raises(ConfigurationError, match="file_name cannot be given with a task"):
        to_source(TASK_ID, file_name="a.pdf")


def test_a_task_id_that_is_also_a_file_is_refused_and_both_ways_to_say_it_work(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(TASK_ID).write_text("hello")
    with pytest.raises(SourceError, match=r"both .* Write Path\("):
        to_source(TASK_ID)
    assert to_source(Path(TASK_ID)).content is not None
    assert to_source(uuid.UUID(TASK_ID)).is_task


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("no/such/file.pdf", r"no/such/file\.pdf: there is no such file\. Check the path"),
        ("", "the string is empty"),
        ("s3://bucket/key.pdf", "s3:// is not understood.*http"),
        ("ch://files/", "no reference to a file"),
        ("ch://tasks/1", "no reference to a file"),
        ("https://", "no http"),
        ("file://elsewhere/x.pdf", "on another machine"),
        (base64.b64encode(PDF * 3).decode(), r"neither a path nor a URL\. If it is base64, give base64\.b64decode"),
        ("Invoice\nTotal 5", r"neither a path nor a URL\. .*text\.encode\(\)"),
        ("a\0b", "neither a path nor a URL"),
        (httpx.URL("relative/path"), "no http"),
        (["a.pdf", "b.pdf"], "no document.*extract_many"),
        (None, "no document"),
        (3, "no document"),
        (b"", "it is empty"),
        (io.BytesIO(b""), "it is empty"),
        (io.StringIO("text"), 'gives text, not bytes.*"rb"'),
    ],
)
def test_what_cannot_be_sent_says_what_to_do(value, message):
    with pytest.raises(SourceError, match=message):
        to_source(value)


def test_directories_empty_files_pipes_and_closed_files_are_refused(tmp_path: Path, invoice: Path):
    with pytest.raises(SourceError, match=r"it is a directory.*extract_many"):
        to_source(tmp_path)
    (tmp_path / "empty.pdf").touch()
    with pytest.raises(SourceError, match=r"empty\.pdf: it is empty"):
        to_source(tmp_path / "empty.pdf")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(SourceError, match="pipe or device"):
        to_source(tmp_path / "fifo")
    file = invoice.open("rb")
    file.close()
    with pytest.raises(SourceError, match="cannot be read"):
        to_source(file)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<html><body>Not found</body></html>"),
        ("a.pdf", PNG),
        ("a.png", PDF),
        ("a.docx", PDF),
        ("a.docx", office("xl/workbook.xml")),
        ("a.xlsx", b"PK\x03\x04broken"),
        ("a.txt", PDF),
        ("a.html", PNG),
        ("a.csv", b"\x01\0\x02\0" * 20),
        ("a.jpg", b"nothing of the kind"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name, content, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"its name says .*file_name=|get the file again"):
        to_source(path)


def test_the_cure_for_a_wrong_name_works(tmp_path: Path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(PNG)
    with pytest.raises(SourceError, match=r'pass file_name="….png"'):
        to_source(path)
    assert to_source(path, file_name="photo.png").media_type == "image/png"


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (PDF, "", "application/pdf"),
        (b"junk before the header\n" + PDF, "a.pdf", "application/pdf"),
        (office("word/document.xml"), "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (office("xl/workbook.xml"), "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (
            office(mimetype="application/vnd.oasis.opendocument.text"),
            "a.odt",
            "application/vnd.oasis.opendocument.text",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", "application/vnd.ms-excel"),
        (b"  <!DOCTYPE html><html></html>", "", "text/html"),
        ("Grüße".encode("latin-1"), "a.txt", "text/plain"),
        ("Grüße".encode("utf-16"), "a.txt", "text/plain"),
        (b"BM25 is a ranking function", "notes.md", "text/markdown"),
        (b"A PDF file begins with %PDF-1.7 or so", "notes.txt", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b"plain words", "", "text/plain"),
        (b"\x01\x02\0\x03", "", "application/octet-stream"),
        (b"plain words", "README", "text/plain"),
    ],
)
def test_the_kind_is_known_by_magic_bytes_then_by_name(content, name, expected):
    assert media_type(io.BytesIO(content), name) == expected


def test_large_content_stays_on_disk(tmp_path: Path):
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.write(PDF)
        file.truncate(64 * 1024 * 1024)
    tracemalloc.start()
    try:
        source = to_source(path)
        for _ in source.content.blocks():
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert source.is_large
    assert peak < 4 * 1024 * 1024
    with pytest.raises(SourceError, match="too large"):
        source.data_uri()


def test_a_large_stream_is_kept_in_a_temporary_file_that_goes_with_the_source():
    data = PDF + b"\0" * INLINE_LIMIT
    source = to_source(Pipe(data))
    path = source.content.path
    assert path.exists()
    assert b"".join(source.content.blocks()) == data
    del source
    gc.collect()
    assert not path.exists()


def test_a_file_that_changes_before_it_is_sent_is_refused(tmp_path: Path):
    path = tmp_path / "growing.txt"
    path.write_bytes(b"a" * (INLINE_LIMIT + 1))
    source = to_source(path)
    path.write_bytes(b"b" * (INLINE_LIMIT + 2))
    with pytest.raises(SourceError, match="changed while"):
        source.content.open()
    path.unlink()
    with pytest.raises(SourceError, match="any more"):
        source.content.open()


def test_small_content_does_not_change_with_its_file(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    source = to_source(path)
    path.write_text("after")
    assert b"".join(source.content.blocks()) == b"before"


def test_names_hold_no_content():
    assert source_name(b"secret text") == "11 bytes"
    assert source_name("data:text/plain;base64,c2VjcmV0") == "data:text/plain;base64,…"
    assert source_name("x" * 1000).endswith("(1000 characters)")
    assert "secret" not in repr(to_source(b"secret text"))
    assert isinstance(to_source(b"x"), Source)
