"""Parsed documents as files: a line of JSON a page, compressed. Not pickled, so that a data folder cannot run code.

Written and read page by page, so that the size of a document is no matter.
"""

from __future__ import annotations

import gzip
import json
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.document import Box, Cell, Document, Page, Segment, Table, indexes
from chunkr_integrations.engine.packed import PackedWords

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["FORMAT", "Documents"]

FORMAT = "2"  # of the files; a part of the key that documents are found again by
_IN_MEMORY = 8 << 20  # compressed bytes; about ten times as much as objects


class Documents:
    """Writes and reads documents, and keeps the newest in memory: an extraction mostly follows its parse."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, Document]] = OrderedDict()
        self._lock = Lock()

    def write(self, key: str, path: Path, document: Document) -> None:
        """Store a document that later is asked for by `key`."""
        with gzip.open(path, "wb", compresslevel=1) as stream:
            for line in _lines(document):
                stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._keep(key, path.stat().st_size, document)

    def read(self, key: str, path: Path) -> Document:
        """The document of that key, which lies at `path`."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        texts: dict[str, str] = {}
        with gzip.open(path, "rb") as stream:
            head = json.loads(stream.readline())
            pages = tuple(_page(json.loads(line), texts) for line in stream)
        document = Document(**{**head, "pages": pages, "warnings": tuple(head["warnings"])})
        self._keep(key, path.stat().st_size, document)
        return document

    def _keep(self, key: str, size: int, document: Document) -> None:
        with self._lock:
            self._kept[key] = size, document
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(size for size, _ in self._kept.values()) > _IN_MEMORY:
                self._kept.popitem(last=False)


def _lines(document: Document) -> Iterator[dict[str, Any]]:
    yield {name: value for name, value in vars(document).items() if name != "pages"}
    for page in document.pages:
        shown = {name: value for name, value in vars(page).items() if name in _PAGE}
        yield {
            **shown,
            "words": page.packed.columns(),
            "segments": [_segment_line(segment) for segment in page.segments],
        }


_PAGE = frozenset(Page.__dataclass_fields__) - {"words", "segments"}


def _segment_line(segment: Segment) -> dict[str, Any]:
    table = segment.table
    cells = None if table is None else [_cell_line(cell) for cell in table.cells]
    return {
        **vars(segment),
        "box": _box_line(segment.box),
        "table": None if table is None else [table.rows, table.columns, cells],
    }


def _cell_line(cell: Cell) -> list[Any]:
    return [_box_line(cell.box) if name == "box" else getattr(cell, name) for name in _CELL]


_CELL = tuple(Cell.__dataclass_fields__)


def _box_line(box: Box | None) -> list[float] | None:
    return None if box is None else [box.left, box.top, box.width, box.height]


def _page(line: dict[str, Any], texts: dict[str, str]) -> Page:
    words = PackedWords.of_columns(line["words"], texts)
    return Page(**{**line, "words": words, "segments": tuple(_segment(each, texts) for each in line["segments"])})


def _segment(line: dict[str, Any], texts: dict[str, str]) -> Segment:
    table = line["table"]
    if table is not None:
        table = Table(table[0], table[1], tuple(_cell(each, texts) for each in table[2]))
    return Segment(**{**line, "box": Box(*line["box"]), "words": indexes(line["words"]), "table": table})


def _cell(line: list[Any], texts: dict[str, str]) -> Cell:
    found = dict(zip(_CELL, line, strict=True))
    box = found["box"]
    text = texts.setdefault(found["text"], found["text"])
    return Cell(**{**found, "text": text, "words": indexes(found["words"]), "box": None if box is None else Box(*box)})
