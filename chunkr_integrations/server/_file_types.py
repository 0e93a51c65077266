"""`GET /file-types`: what the engine reads, in the vendor's groups."""

from __future__ import annotations

from chunkr_integrations.engine import sniff

__all__ = ["FILE_TYPES"]


def _formats(*pairs: tuple[str, str]) -> dict[str, list[dict[str, str]]]:
    return {"formats": [{"extension": extension, "mime_type": mime_type} for extension, mime_type in pairs]}


FILE_TYPES = {
    "document": _formats(("pdf", sniff.PDF), ("docx", sniff.DOCX)),
    "image": _formats(
        ("png", sniff.PNG),
        ("jpg", sniff.JPEG),
        ("jpeg", sniff.JPEG),
        ("tiff", sniff.TIFF),
        ("tif", sniff.TIFF),
        ("webp", sniff.WEBP),
        ("bmp", sniff.BMP),
        ("gif", sniff.GIF),
    ),
    "presentation": _formats(("pptx", sniff.PPTX)),
    "spreadsheet": _formats(("xlsx", sniff.XLSX), ("xls", sniff.XLS), ("csv", sniff.CSV), ("tsv", sniff.CSV)),
    "text": _formats(
        ("txt", sniff.TEXT),
        ("html", sniff.HTML),
        ("htm", sniff.HTML),
        ("md", sniff.MARKDOWN),
        ("markdown", sniff.MARKDOWN),
        ("mkd", sniff.MARKDOWN),
        ("xml", sniff.XML),
        ("eml", sniff.EML),
    ),
}
