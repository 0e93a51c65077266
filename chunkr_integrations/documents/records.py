"""The one mapping from an extraction to what both frameworks call documents."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from chunkr_integrations.citations import Citation, Corners, leaves
from chunkr_integrations.documents.metadata import (
    CITATIONS_KEY,
    REFERENCE_KEY,
    cited_pages,
    encode_citations,
    to_dicts,
)
from chunkr_integrations.documents.rendering import to_json_text, to_markdown, to_text
from chunkr_integrations.exceptions import ConfigurationError

if TYPE_CHECKING:
    from chunkr_integrations.extraction import Extraction, SourceInfo

__all__ = ["Content", "MetadataMode", "Part", "Record", "RecordOptions", "SplitBy", "to_records"]

SplitBy = Literal["document", "row", "field", "page"]
MetadataMode = Literal["flat", "nested", "none"]
Content = Literal["json", "markdown", "text"]

_NAMESPACE: Final = uuid.UUID(
    "6d0c2a5e-9a5b-5f0e-8f5e-3f1c5f6b7a10"
)  # any constant will do; changing it changes all ids
_STEP: Final = re.compile(r"[.\[]")  # where a field path goes one level down
_CITED_TEXT_SHOWN = 500  # characters; a longer text is a block, and stands in the citation itself


@dataclass(frozen=True)
class Record:
    """A document before it belongs to a framework."""

    id: str
    """A UUID made of the source, the schema and the place: the same on every run."""
    text: str
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Part:
    """The piece of an extraction that becomes one record; what a `content` callable gets."""

    extraction: Extraction[Any]
    position: str
    """"" for the whole, a field path for a row or field, "page 3" for a page."""
    path: str
    """Field path; "" for the whole and for pages."""
    json: Any
    """The piece as JSON under attribute names; fields the results lack are absent."""
    paths: tuple[str, ...]
    """Field paths of its leaves."""
    page: int | None = None
    """Set on pages; from 1."""

    @cached_property
    def citations(self) -> dict[str, tuple[Citation, ...]]:
        """Those of its leaves by field path; on a page only those of this page. Uncited leaves are absent."""
        found = ((path, self.extraction.citations[path]) for path in self.paths)
        on_page = (
            (path, tuple(c for c in cited if self.page is None or c.page_number == self.page)) for path, cited in found
        )
        return {path: cited for path, cited in on_page if cited}


@dataclass(frozen=True)
class RecordOptions:
    """How an extraction becomes records; the fields are the arguments of `to_records`."""

    split_by: SplitBy = "document"
    row_field: str | None = None
    content: Content | Callable[[Part], str] = "json"
    metadata_mode: MetadataMode = "flat"
    metadata_cap: int = 8192
    citation_store: MutableMapping[str, str] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot mean anything."""
        _one_of("split_by", self.split_by, get_args(SplitBy))
        _one_of("metadata_mode", self.metadata_mode, get_args(MetadataMode))
        if not callable(self.content):
            _one_of("content", self.content, get_args(Content), more=" or a callable")
        if self.row_field is not None and self.split_by != "row":
            msg = f'row_field={self.row_field!r} needs split_by="row", not {self.split_by!r}. Set split_by="row".'
            raise ConfigurationError(msg)
        if self.metadata_cap < 0:
            msg = f"metadata_cap={self.metadata_cap} is negative. Give a size in bytes; 0 keeps no citations."
            raise ConfigurationError(msg)


def _one_of(name: str, value: object, allowed: tuple[str, ...], more: str = "") -> None:
    if value not in allowed:
        msg = f"{name}={value!r} is not known. Use one of {', '.join(map(repr, allowed))}{more}."
        raise ConfigurationError(msg)


def to_records(
    extraction: Extraction[Any],
    *,
    split_by: SplitBy = "document",
    row_field: str | None = None,
    content: Content | Callable[[Part], str] = "json",
    metadata_mode: MetadataMode = "flat",
    metadata_cap: int = 8192,
    citation_store: MutableMapping[str, str] | None = None,
) -> tuple[Record, ...]:
    """An extraction as records; equal for equal results, whatever the run.

    Args:
        extraction: What `extract` gave.
        split_by: One record for the whole, per item of a list field, per value, or per cited page. Values that are null
            have no record of their own; on pages, those without citation come last, in a record without page.
        row_field: Field path of the list; may be left out when the value has exactly one list of objects.
        content: The text: compact JSON, Markdown, `path: value` lines, or what a callable makes of a `Part`.
        metadata_mode: "flat": scalars only, the citations as one JSON string. "nested": the citations as plain dicts.
            "none": no evidence, only `source`, `file_name`, `field` and `page`. See the module `metadata` for all keys.
        metadata_cap: Bytes of UTF-8 the JSON string may have. Above, the metadata hold the pages and a reference.
        citation_store: Where the JSON strings above the cap are kept, by record id.

    Raises:
        ConfigurationError: An option is not known, or `row_field` names no list.
    """
    options = RecordOptions(split_by, row_field, content, metadata_mode, metadata_cap, citation_store)
    return records_of(extraction, options)


def records_of(extraction: Extraction[Any], options: RecordOptions) -> tuple[Record, ...]:
    """`to_records` with its options in one object."""
    parts = _SPLITS[options.split_by](extraction, value_as_json(extraction.value), options)
    return tuple(_record(part, options) for part in parts)


def _record(part: Part, options: RecordOptions) -> Record:
    source = part.extraction.source
    identity = record_id(source.uri, part.extraction.schema_hash, part.position)
    metadata = {"source": source.uri, "file_name": file_name_of(source), **_place(part)}
    if options.metadata_mode != "none":
        metadata |= {**_facts(part), **_citations(part, identity, options)}
    return Record(identity, _text(part, options.content), metadata)


def record_id(uri: str, schema_hash: str, position: str) -> str:
    """A UUID of the place, not of the content: a file that changed keeps it, so that an upsert replaces the old one."""
    return str(uuid.uuid5(_NAMESPACE, f"{uri}\n{schema_hash}\n{position}"))


def file_name_of(source: SourceInfo) -> str:
    """The last step of a path or URL; bytes without a name keep their description."""
    return re.split(r"[/\\\\]", source.name.rstrip("/\\"))[-1] or source.name


def _text(part: Part, content: Content | Callable[[Part], str]) -> str:
    if callable(content):
        return content(part)
    render = {"json": to_json_text, "markdown": to_markdown, "text": to_text}[content]
    return render(part.json, part.path)


# What becomes a record ------------------------------------------------------------------------------------------------


def _whole(extraction: Extraction[Any], tree: Any, _: RecordOptions) -> Iterator[Part]:
    yield Part(extraction, "", "", tree, tuple(extraction.leaves))


def _rows(extraction: Extraction[Any], tree: Any, options: RecordOptions) -> Iterator[Part]:
    field = options.row_field if options.row_field is not None else _only_table(tree)
    rows = dict(_nodes(tree)).get(field) if field is not None else None
    if field is None or rows is None:
        return
    if not isinstance(rows, list):
        msg = f"row_field={field!r} is no list. Name a field that is a list, as in Invoice.lines: list[Line]."
        raise ConfigurationError(msg)
    below: dict[str, list[str]] = {}
    for leaf in extraction.leaves:
        if leaf.startswith(f"{field}["):
            below.setdefault(leaf[: leaf.index("]", len(field)) + 1], []).append(leaf)
    for index, row in enumerate(rows):
        path = f"{field}[{index}]"
        yield Part(extraction, path, path, row, tuple(below.get(path, ())))


def _only_table(tree: Any) -> str | None:
    found = [path for path, node in _nodes(tree) if _is_table(node)]
    if len(found) > 1:
        msg = f"split_by='row' could mean {' or '.join(map(repr, found))}. Say which: row_field={found[0]!r}."
        raise ConfigurationError(msg)
    return found[0] if found else None


def _is_table(node: Any) -> bool:
    return isinstance(node, list) and any(isinstance(item, Mapping) for item in node)


def _fields(extraction: Extraction[Any], tree: Any, _: RecordOptions) -> Iterator[Part]:
    values = dict(leaves(tree))
    for path, raw in extraction.leaves.items():
        value = values.get(path, raw)
        if value is not None and value not in ([], {}):
            yield Part(extraction, path, path, value, (path,))


def _pages(extraction: Extraction[Any], tree: Any, _: RecordOptions) -> Iterator[Part]:
    on_page: dict[int | None, list[str]] = {}
    for path, value in extraction.leaves.items():
        if value is not None and value not in ([], {}):
            pages: list[int | None] = [*cited_pages({path: extraction.citations[path]})]
            for page in pages or [None]:
                on_page.setdefault(page, []).append(path)
    if not on_page:  # nothing was found; the input is still worth its one record
        yield from _whole(extraction, tree, RecordOptions())
    for page in sorted(on_page, key=lambda page: (page is None, page or 0)):
        paths = on_page[page]
        position = "without page" if page is None else f"page {page}"
        above = {path[: step.start()] for path in paths for step in _STEP.finditer(path)} | {""}
        yield Part(extraction, position, "", _only(tree, set(paths), above), tuple(paths), page)


_SPLITS: Final = {"document": _whole, "row": _rows, "field": _fields, "page": _pages}


def value_as_json(value: Any) -> Any:
    """JSON under attribute names, as field paths have them; defaults that no document said are left out."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True, warnings=False)
    return to_jsonable_python(value, by_alias=False, fallback=str)


def _nodes(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every node that can be named without an index, with its field path."""
    yield path, tree
    if isinstance(tree, Mapping):
        for name, node in tree.items():
            yield from _nodes(node, f"{path}.{name}" if path else str(name))


def _only(tree: Any, paths: set[str], above: set[str], path: str = "") -> Any:
    """The part of the tree that leads to `paths`, whose ancestors are `above`; None where nothing does."""
    if path in paths:
        return tree
    if path not in above:
        return None
    if isinstance(tree, Mapping):
        nodes = (
            (name, _only(node, paths, above, f"{path}.{name}" if path else str(name))) for name, node in tree.items()
        )
        return {name: node for name, node in nodes if node is not None} or None
    if isinstance(tree, list):
        items = (_only(node, paths, above, f"{path}[{index}]") for index, node in enumerate(tree))
        return [item for item in items if item is not None] or None
    return tree  # a validator made one value of several leaves; it stays with them


# What is said about it ------------------------------------------------------------------------------------------------


def _place(part: Part) -> dict[str, Any]:
    pages = cited_pages(part.citations)
    place: dict[str, Any] = {"field": part.path} if part.path else {}
    if pages:
        first = next(citation.page_number for cited in part.citations.values() for citation in cited)
        place["page"] = first if part.path and first is not None else pages[0]
    if len(pages) > 1:
        place |= {"page_start": pages[0], "page_end": pages[-1]}
    return place


def _facts(part: Part) -> dict[str, Any]:
    extraction = part.extraction
    facts: dict[str, Any] = {
        "n_citations": sum(map(len, part.citations.values())),
        "n_ungrounded": sum(extraction.states[path] == "ungrounded" for path in part.paths),
    }
    confidence = {extraction.confidence[path] for path in part.paths} - {None}
    if confidence:  # a word that a newer service says is no "High"
        facts["min_confidence"] = min(confidence, key=lambda word: (word != "Low", word == "High", word))
    return facts | (_best_citation(part) if part.path else {})


def _best_citation(part: Part) -> dict[str, Any]:
    """One place to point at: of a field its first citation, of a row everything on its first page."""
    cited = [citation for found in part.citations.values() for citation in found]
    if part.paths == (part.path,):
        cited = cited[:1]
    cited = [citation for citation in cited if citation.page_number == cited[0].page_number]
    if not cited:
        return {}
    text = cited[0].content if len(cited) == 1 else ""
    best = {
        "cite_page": cited[0].page_number,
        **_corners([corners for citation in cited for corners in citation.normalized()]),
        "cite_text": text if 0 < len(text) <= _CITED_TEXT_SHOWN else None,
        "cite_sheet": cited[0].ss_sheet_name,
        "cite_cells": ",".join(dict.fromkeys(cells for citation in cited for cells in citation.ss_ranges)) or None,
    }
    return {key: value for key, value in best.items() if value is not None}


def _corners(boxes: list[Corners]) -> dict[str, float]:
    if not boxes:
        return {}
    return {
        "cite_x0": round(min(box.x0 for box in boxes), 4),
        "cite_y0": round(min(box.y0 for box in boxes), 4),
        "cite_x1": round(max(box.x1 for box in boxes), 4),
        "cite_y1": round(max(box.y1 for box in boxes), 4),
    }


def _citations(part: Part, identity: str, options: RecordOptions) -> dict[str, Any]:
    if not part.citations:
        return {}
    if options.metadata_mode == "nested":
        return {CITATIONS_KEY: to_dicts(part.citations)}
    encoded = encode_citations(part.citations)
    if len(encoded.encode()) <= options.metadata_cap:
        return {CITATIONS_KEY: encoded}
    if options.citation_store is not None:
        options.citation_store[identity] = encoded
    return {REFERENCE_KEY: identity, "citation_pages": ",".join(map(str, cited_pages(part.citations)))}
