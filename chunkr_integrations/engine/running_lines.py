"""Lines that run through a document: headers and footers by repetition, page numbers by their wording."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from chunkr_integrations.engine.document import Box, SegmentType, indexes
from chunkr_integrations.engine.drafts import Margin, Proto, Sheet, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["margins_of", "mark_running_lines"]

_BAND = 0.14  # share of the page's height in which running headers and footers are looked for
_DRIFT = 0.02  # share of the page's height by which a running line may move from page to page
_REPEATED = 0.4  # share of the pages a running line must be on
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|pagina|página|p\.|pg\.?|s\.)?\s*[:\-\u2013]?\s*\d{1,4}\s*(?:(?:of|/|von|de|van|di|sur)\s*\d{1,4})?\s*[-\u2013]?",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"[-\u2013\s]*[ivxlc]{1,7}[-\u2013\s]*", re.IGNORECASE)


def margins_of(sheet: Sheet) -> Iterator[Margin]:
    """The lines of a page that stand where running lines do."""
    for line in sheet.lines:
        box = Box.around(sheet.words[i].box for i in line)
        place = (box.top + box.height / 2) / max(sheet.raw.height, 1.0)
        if not (place < _BAND or place > 1 - _BAND):
            continue
        text = text_of(sheet, line)
        key = "#" if _ROMAN.fullmatch(text) else re.sub(r"\d+", "#", text.casefold())
        yield Margin(indexes(line), "PageHeader" if place < _BAND else "PageFooter", text, key, place)


def mark_running_lines(sheets: list[Sheet]) -> None:
    """Makes running lines of all pages headers, footers and page numbers."""
    seen: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for number, sheet in enumerate(sheets):
        for line in sheet.margins:
            seen.setdefault((line.band, line.key), []).append((number, line.place))

    @lru_cache(maxsize=1024)  # most of them stand at the same place on every page
    def count(band: str, key: str, place: float) -> int:
        return len({other for other, at in seen[band, key] if abs(at - place) < _DRIFT})

    for sheet in sheets:
        for line in sheet.margins:
            pages = count(line.band, line.key, line.place)
            text = line.text.strip()
            bare = text.isdigit() or _ROMAN.fullmatch(text) is not None  # alone it may be anything
            if (bare or _PAGE_NUMBER.fullmatch(text)) and (pages > 1 or not bare):
                _cut_out(sheet, line.words, "PageNumber")
            elif pages > 1 and pages >= _REPEATED * len(sheets):
                _cut_out(sheet, line.words, line.band)


def _cut_out(sheet: Sheet, line: Sequence[int], kind: SegmentType) -> None:
    """Takes a line out of the segments it is in and makes it one of `kind`; tables keep their lines."""
    taken = set(line)
    if any(taken & set(p.words) and p.type in ("Table", "Picture") for p in sheet.protos):
        return
    for proto in sheet.protos:
        if taken & set(proto.words):
            proto.words = [i for i in proto.words if i not in taken]
    sheet.protos = [p for p in sheet.protos if p.words or p.box is not None]
    near = [p for p in sheet.protos if p.type == kind and abs(p.words[-1] - line[0]) == 1]
    if near:
        near[0].words += line
    elif kind == "PageHeader":
        sheet.protos.insert(sum(p.type == "PageHeader" for p in sheet.protos), Proto(kind, list(line)))
    else:
        sheet.protos.append(Proto(kind, list(line)))
