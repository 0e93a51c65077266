"""The contract's schemas, in this server's own spelling."""

from __future__ import annotations

from typing import Any

__all__ = ["FILE_TYPES", "PARSE_CONFIGURATION", "SEGMENT_TYPES"]

# Keys of `segment_processing`: the vendor's segment types, without SectionHeader.
SEGMENT_TYPES = (
    *("Caption", "Footnote", "FormRegion", "Formula", "GraphicalItem", "Legend", "LineNumber", "ListItem", "Page"),
    *("PageFooter", "PageHeader", "PageNumber", "Picture", "Table", "Text", "Title", "Unknown"),
)


def _enum(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [{"type": "null"}, schema]}


_GENERATION = {
    "type": "object",
    "properties": {
        "crop_image": _or_null(_enum("All", "Auto")),
        "description": {"type": ["boolean", "null"]},
        "extended_context": {"type": ["boolean", "null"]},
        "format": _or_null(_enum("Html", "Markdown")),
        "llm": {"type": ["string", "null"]},
        "strategy": _or_null(_enum("LLM", "Auto", "Ignore")),
    },
}
_TOKENIZER = {
    "oneOf": [
        {
            "type": "object",
            "required": ["Enum"],
            "properties": {"Enum": _enum("Word", "Cl100kBase", "XlmRobertaBase", "BertBaseUncased")},
        },
        {"type": "object", "required": ["String"], "properties": {"String": {"type": "string"}}},
    ]
}
_CHUNKS = {
    "type": "object",
    "properties": {
        "ignore_headers_and_footers": {"type": ["boolean", "null"]},
        "target_length": {"type": "integer", "minimum": 0},
        "tokenizer": _TOKENIZER,
    },
}

PARSE_CONFIGURATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "chunk_processing": _CHUNKS,
        "error_handling": _enum("Fail", "Continue"),
        "ocr_strategy": _enum("All", "Auto"),
        "pipeline": _enum("Azure", "Chunkr"),
        "segment_processing": _or_null(
            {"type": "object", "properties": {name: _or_null(_GENERATION) for name in SEGMENT_TYPES}}
        ),
        "segmentation_strategy": _enum("LayoutAnalysis", "Page"),
    },
}

_OFFICE = "application/vnd.openxmlformats-officedocument."
_FORMATS = {
    "document": (("pdf", "application/pdf"), ("docx", f"{_OFFICE}wordprocessingml.document")),
    "image": (
        *(("bmp", "image/bmp"), ("gif", "image/gif"), ("jpeg", "image/jpeg"), ("jpg", "image/jpeg")),
        *(("png", "image/png"), ("tif", "image/tiff"), ("tiff", "image/tiff"), ("webp", "image/webp")),
    ),
    "presentation": (("pptx", f"{_OFFICE}presentationml.presentation"),),
    "spreadsheet": (
        ("csv", "text/csv"),
        ("xls", "application/vnd.ms-excel"),
        ("xlsx", f"{_OFFICE}spreadsheetml.sheet"),
    ),
    "text": (
        *(("htm", "text/html"), ("html", "text/html"), ("markdown", "text/markdown"), ("md", "text/markdown")),
        *(("mkd", "text/markdown"), ("txt", "text/plain"), ("xml", "application/xml")),
    ),
}
FILE_TYPES = {
    group: {"formats": [{"extension": extension, "mime_type": kind} for extension, kind in formats]}
    for group, formats in _FORMATS.items()
}
