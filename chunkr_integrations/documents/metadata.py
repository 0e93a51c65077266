"""The metadata of a record: flat by default, so that every vector store takes it, and lossless to take apart again.

=================================  =================================================================================
`source`                           the input, unique, the same on every run: path or URL as given, `sha256:…` of bytes
`file_name`                        for people
`field`                            field path of the record; on records of one row or field
`page`                             **from 1**: the first cited page; of a row or field that of its best citation
`page_start`, `page_end`           first and last cited page, when there are several
`n_citations`                      how many citations the record has
`n_ungrounded`                     values that nothing on the pages can be pointed at for
`min_confidence`                   "Low" when one value is, else "High"; absent when the service says nothing
`cite_page`, `cite_x0` … `cite_y1` one box around a row or field, as fractions of the page, origin top left
`cite_text`                        the cited text of a field, when short
`cite_sheet`, `cite_cells`         the same for spreadsheets
`chunkr_citations`                 all citations: one JSON string (flat) or a list of plain dicts (nested)
`chunkr_citations_ref`             instead of it above the size cap: the record's id, the key in `citation_store`
`citation_pages`                   beside it: the cited pages, as "1,2,7"
=================================  =================================================================================

A key that would hold nothing is absent: stores refuse None and empty lists. Ids of citations and segments are left out:
they are new on every run of the service, and metadata that changes makes `index()` and `IngestionPipeline` add the same
document again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from chunkr_integrations.citations import Citation

__all__ = ["CITATIONS_KEY", "HEAVY_KEYS", "REFERENCE_KEY", "flatten_metadata", "nest_metadata", "restore_citations"]

CITATIONS_KEY: Final = "chunkr_citations"
REFERENCE_KEY: Final = "chunkr_citations_ref"
HEAVY_KEYS: Final = (
    "source",
    CITATIONS_KEY,
    REFERENCE_KEY,
    "citation_pages",
    "cite_page",
    "cite_x0",
    "cite_y0",
    "cite_x1",
    "cite_y1",
    "cite_text",
    "cite_sheet",
    "cite_cells",
    "n_citations",
    "n_ungrounded",
)
"""Keys that are for programs: no prompt and no embedding should contain them."""

_JSON_KEYS: Final = "chunkr_json_keys"  # names of the foreign keys that flatten_metadata wrote as JSON
_RUN_IDS: Final = {"citation_id", "segment_id"}

ByPath = Mapping[str, tuple[Citation, ...]]


def restore_citations(
    metadata: Mapping[str, Any], *, store: Mapping[str, str] | None = None
) -> dict[str, tuple[Citation, ...]]:
    """The citations of a record by field path, from flat or nested metadata; without the ids of the run.

    Args:
        metadata: As a store gave it back; keys of others do not matter.
        store: The `citation_store` the record was made with; where those above the size cap are looked up.

    Raises:
        KeyError: The citations were above the size cap and are not in `store`.
    """
    kept = metadata.get(CITATIONS_KEY)
    if isinstance(kept, str):
        return decode_citations(kept)
    if kept is not None:
        return _from_dicts(kept)
    reference = metadata.get(REFERENCE_KEY)
    if reference is None:
        return {}
    if store is None or reference not in store:
        msg = (
            f"the citations of {reference} were larger than the metadata cap and are not in the store; "
            "pass the citation_store the documents were made with"
        )
        raise KeyError(msg)
    return decode_citations(store[reference])


def flatten_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that holds only str, int, float and bool; `nest_metadata` gives the original back.

    Nested citations become the one JSON string. Other values that are no scalars become JSON under their own key.
    """
    flat: dict[str, Any] = {}
    as_json: list[str] = []
    for key, value in metadata.items():
        if key == CITATIONS_KEY and not isinstance(value, str):
            flat[key] = encode_citations(_from_dicts(value))
        elif isinstance(value, str | int | float | bool):
            flat[key] = value
        else:
            flat[key] = _dumps(value)
            as_json.append(key)
    return {**flat, _JSON_KEYS: _dumps(as_json)} if as_json else flat


def nest_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with the citations as a list of plain dicts; undoes `flatten_metadata`."""
    as_json = set(json.loads(metadata.get(_JSON_KEYS, "[]")))
    nested = {key: json.loads(value) if key in as_json else value for key, value in metadata.items()}
    nested.pop(_JSON_KEYS, None)
    if isinstance(nested.get(CITATIONS_KEY), str):
        nested[CITATIONS_KEY] = to_dicts(decode_citations(nested[CITATIONS_KEY]))
    return nested


def to_dicts(citations: ByPath) -> list[dict[str, Any]]:
    """One plain dict per field and citation: `field`, then the vendor's words."""
    return [
        {"field": path, **citation.model_dump(mode="json", exclude_defaults=True, exclude=_RUN_IDS)}
        for path, cited in citations.items()
        for citation in cited
    ]


def _from_dicts(items: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Citation, ...]]:
    found: dict[str, tuple[Citation, ...]] = {}
    for item in items:
        path = str(item["field"])
        rest = {key: value for key, value in item.items() if key != "field"}
        found[path] = (*found.get(path, ()), Citation.model_validate(rest))
    return found


def encode_citations(citations: ByPath) -> str:
    """All citations as one JSON string: each different one once, in `fields` its index, in `pages` the pages' sizes.

    A table that supports forty values is thereby kept once.
    """
    pages: dict[int | None, Any] = {}
    for citation in (citation for cited in citations.values() for citation in cited):
        if _size(citation):
            pages.setdefault(citation.page_number, _size(citation))
    unique: dict[str, int] = {}
    fields = {
        path: [unique.setdefault(_dumps(_shrink(citation, pages)), len(unique)) for citation in cited]
        for path, cited in citations.items()
        if cited
    }
    sizes = {str(page): size for page, size in pages.items() if page is not None}
    return _dumps(
        {"fields": fields, "citations": [json.loads(one) for one in unique], "pages": dict(sorted(sizes.items()))}
    )


def decode_citations(text: str) -> dict[str, tuple[Citation, ...]]:
    """Undo `encode_citations`."""
    kept = json.loads(text)
    citations = [Citation.model_validate(_grow(item, kept["pages"])) for item in kept["citations"]]
    return {path: tuple(citations[index] for index in indexes) for path, indexes in kept["fields"].items()}


def _shrink(citation: Citation, pages: Mapping[int | None, Any]) -> dict[str, Any]:
    """What is usual is left out: words, of type Text, on a page of the known size."""
    size = _size(citation)
    usual = citation.page_number is not None and pages.get(citation.page_number) == size
    small = {
        "page": citation.page_number,
        "text": citation.content or None,
        "boxes": [[_number(n) for n in (b.left, b.top, b.width, b.height)] for b in citation.bboxes] or None,
        "type": None if citation.citation_type == "Word" else citation.citation_type,
        "segment": None if citation.segment_type == "Text" else (citation.segment_type or ""),
        "size": None if usual else (size or []),
        "cells": list(citation.ss_ranges) or None,
        "sheet": citation.ss_sheet_name,
    }
    return {key: value for key, value in small.items() if value is not None}


def _grow(item: Mapping[str, Any], pages: Mapping[str, Any]) -> dict[str, Any]:
    size = item.get("size", pages.get(str(item.get("page")))) or (None, None)
    return {
        "page_number": item.get("page"),
        "content": item.get("text", ""),
        "bboxes": [dict(zip(("left", "top", "width", "height"), box, strict=True)) for box in item.get("boxes", ())],
        "citation_type": item.get("type", "Word"),
        "segment_type": item.get("segment", "Text") or None,
        "page_width": size[0],
        "page_height": size[1],
        "ss_ranges": item.get("cells", ()),
        "ss_sheet_name": item.get("sheet"),
    }


def _size(citation: Citation) -> list[float | int | None] | None:
    if citation.page_width is None and citation.page_height is None:
        return None
    return [_number(citation.page_width), _number(citation.page_height)]


def _number(value: float | None) -> float | int | None:
    """612 rather than 612.0: two bytes, many times."""
    return int(value) if value is not None and value.is_integer() else value


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cited_pages(citations: ByPath) -> list[int]:
    """The pages that are cited, in order."""
    return sorted(set(_pages(citations)))


def _pages(citations: ByPath) -> Iterator[int]:
    for cited in citations.values():
        yield from (citation.page_number for citation in cited if citation.page_number is not None)
