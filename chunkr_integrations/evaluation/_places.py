"""Citations against labelled places: does the evidence of a right value lie where the value is printed?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ._values import contains

if TYPE_CHECKING:
    from ._comparison import Pair, Pointer

__all__ = ["judge_places"]

Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom; fractions of the page
PageBox: TypeAlias = tuple[int, Box]
Words: TypeAlias = Mapping[int, Sequence[Sequence[Any]]]  # page number: [left, top, right, bottom, text]

_HALF = 0.5
_SLACK = 0.002  # of the page: a word on the edge of a box is inside
_MARKS = ("citation_id", "citation_type", "content", "page_number", "segment_id")
_RANGE = re.compile(r"([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?")
_Cells: TypeAlias = tuple[int, int, int, int]  # first column, first row, last column, last row


def judge_places(
    pairs: Iterable[Pair], results: Any, citations: Any, places: Mapping[str, Any], words: Words
) -> Counter[str]:
    """Count, over the right leaves, what the labels let us check.

    Keys come in twos, `name` of `name_of`: `cited`, `content`, `under`, `page`, `cell`, and for boxes that people drew
    (`gold`) or that were found by looking the value up (`derived`): `gold_box`, `gold_iou`, `derived_box`,
    `derived_iou`.

    Args:
        pairs: The labelled leaves and what answers them.
        results: The predicted values.
        citations: Their mirror, as on the wire.
        places: Labelled places by JSON pointer into the labels: alternatives with `bbox`, `page` or `cell`.
        words: The words of the pages, where they are known.
    """
    counts: Counter[str] = Counter()
    for pair in pairs:
        if pair.right and pair.value_at is not None:
            cited = _citations_at(citations, pair.value_at)
            alternatives = places.get(_pointer(pair.label_at)) or []
            _judge_text(counts, pair, _value_at(results, pair.value_at), cited)
            _judge_position(counts, cited, alternatives)
            if words:
                _judge_words(counts, pair, _value_at(results, pair.value_at), _boxes(cited), words)
    return counts


def _judge_text(counts: Counter[str], pair: Pair, value: Any, cited: list[Mapping[str, Any]]) -> None:
    _count(counts, "cited", bool(cited))
    if not isinstance(pair.label, bool):  # a check box prints no "true"
        contents = [str(citation.get("content") or "") for citation in cited]
        alone = any(contains(content, wanted) for content in contents for wanted in (pair.label, value))
        _count(counts, "content", alone or contains(" ".join(contents), pair.label))


def _judge_position(
    counts: Counter[str], cited: list[Mapping[str, Any]], alternatives: list[Mapping[str, Any]]
) -> None:
    drawn = [place for place in alternatives if "bbox" in place]
    pages = {place["page"] for place in alternatives if "page" in place}
    cells = [place for place in alternatives if "cell" in place]
    if drawn:
        kind = "gold" if any(place.get("source") == "gold" for place in drawn) else "derived"
        covered, overlapping = _hits(drawn, _boxes(cited))
        _count(counts, f"{kind}_box", covered)
        _count(counts, f"{kind}_iou", overlapping)
    elif pages:
        _count(counts, "page", any(citation.get("page_number") in pages for citation in cited))
    if cells:
        _count(counts, "cell", any(_cites_cell(citation, place) for place in cells for citation in cited))


def _judge_words(counts: Counter[str], pair: Pair, value: Any, boxes: list[PageBox], words: Words) -> None:
    if boxes and not isinstance(pair.label, bool):
        text = " ".join(_words_under(boxes, words))
        _count(counts, "under", contains(text, pair.label) or contains(text, value))


def _count(counts: Counter[str], name: str, hit: bool) -> None:
    counts[f"{name}_of"] += 1
    counts[name] += hit


def _words_under(boxes: list[PageBox], words: Words) -> Iterable[str]:
    for page, (left, top, right, bottom) in boxes:
        for word in words.get(page, ()):
            x, y = (word[0] + word[2]) / 2, (word[1] + word[3]) / 2
            if left - _SLACK <= x <= right + _SLACK and top - _SLACK <= y <= bottom + _SLACK:
                yield word[4]


def _hits(drawn: list[Mapping[str, Any]], boxes: list[PageBox]) -> tuple[bool, bool]:
    """Whether a cited box, or all of a page together, covers half of a labelled one; and whether IoU is one half."""
    covered = overlapping = False
    for place in drawn:
        label, size = place["bbox"], _area(place["bbox"])
        here = [box for page, box in boxes if page == place["page"]]
        if not here or not size:
            continue
        for box in (*here, _around(here)):
            common = _area(_overlap(label, box))
            covered = covered or common / size >= _HALF
            overlapping = overlapping or (common > 0 and common / (size + _area(box) - common) >= _HALF)
    return covered, overlapping


def _area(box: Sequence[float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _overlap(one: Sequence[float], other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _around(boxes: list[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _boxes(cited: Iterable[Mapping[str, Any]]) -> list[PageBox]:
    found = []
    for citation in cited:
        width, height = citation.get("page_width") or 1, citation.get("page_height") or 1
        for box in citation.get("bboxes") or ():
            if isinstance(box, dict):
                left, top = box.get("left", 0) / width, box.get("top", 0) / height
                corner = left + box.get("width", 0) / width, top + box.get("height", 0) / height
                found.append((citation.get("page_number") or 0, (left, top, *corner)))
    return found


def _cites_cell(citation: Mapping[str, Any], place: Mapping[str, Any]) -> bool:
    if citation.get("ss_sheet_name") not in (None, place.get("sheet")):
        return False
    wanted = _cells(place["cell"])
    ranges = (_cells(one) for one in citation.get("ss_ranges") or ())
    return wanted is not None and any(_holds(cells, wanted) for cells in ranges if cells is not None)


def _holds(cells: _Cells, wanted: _Cells) -> bool:
    return cells[0] <= wanted[0] <= cells[2] and cells[1] <= wanted[1] <= cells[3]


def _cells(reference: Any) -> _Cells | None:
    """The corners of an A1 reference, with or without sheet and dollar signs."""
    found = _RANGE.fullmatch(str(reference).replace("$", "").rpartition("!")[2].upper())
    if not found:
        return None
    column, row = _column(found[1]), int(found[2])
    return column, row, _column(found[3]) if found[3] else column, int(found[4]) if found[4] else row


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _citations_at(citations: Any, at: Pointer) -> list[Mapping[str, Any]]:
    """The citations of a leaf; a list of scalars may have one list for all of them."""
    here = citations
    for part in at:
        if isinstance(here, list) and here and all(_is_citation(one) for one in here):
            break
        here = _step(here, part)
    if _is_citation(here):
        return [here]
    return [one for one in here if _is_citation(one)] if isinstance(here, list) else []


def _value_at(results: Any, at: Pointer) -> Any:
    here = results
    for part in at:
        here = _step(here, part)
    return here


def _step(here: Any, part: str | int) -> Any:
    if isinstance(here, dict):
        return here.get(str(part))
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return None


def _is_citation(value: Any) -> bool:
    """Whether it is no inner node: its keys may be named as a citation's, but their values are no scalars."""
    return isinstance(value, dict) and any(isinstance(value.get(mark), (str, int)) for mark in _MARKS)


def _pointer(at: Pointer) -> str:
    """RFC 6901."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in at)
