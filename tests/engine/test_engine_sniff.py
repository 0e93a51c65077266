from __future__ import annotations

import io
import zipfile

import pytest

from chunkr_integrations.engine import UnreadableDocumentError
from chunkr_integrations.engine.sniff import CSV, DOCX, HTML, MARKDOWN, PDF, PPTX, TEXT, XLSX, XML, media_type


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.7\n", None, PDF),
        (b"junk before\n%PDF-1.4\n", "a.bin", PDF),
        (b"%PDF-1.7\n", "picture.png", PDF),
        (archive("[Content_Types].xml", "word/document.xml"), None, DOCX),
        (archive("xl/workbook.xml"), "a.zip", XLSX),
        (archive("ppt/presentation.xml"), "a.docx", PPTX),
        (b"<!DOCTYPE html><p>x", None, HTML),
        (b"<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'>", "a.xml", HTML),
        (b"<?xml version='1.0'?><a/>", None, XML),
        (b"# Head\n", "a.md", MARKDOWN),
        (b"a,b\n1,2\n", "a.CSV", CSV),
        (b"just words", None, TEXT),
        ("Größe".encode("utf-16"), "a.txt", TEXT),
    ],
)
def test_content_decides_before_the_name(data, name, kind):
    assert media_type(data, name) == kind


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.pdf", "a.pdf is empty"),
        (b"\0\0\0", None, "The document is empty"),
        (b"hello", "a.pdf", "a.pdf is not what its name says: no PDF"),
        (b"PK\x03\x04broken", "a.docx", "truncated or damaged"),
        (archive("a.txt"), "a.zip", "zip archive without a document"),
        (bytes(range(256)) * 9, "a.dat", "of a kind that cannot be read"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(99), "a.mp4", "video/mp4"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "a.doc", "save it as .docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "encrypted"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_cure(data, name, message):
    with pytest.raises(UnreadableDocumentError, match=message):
        media_type(data, name)
