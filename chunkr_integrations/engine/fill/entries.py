"""Entries of a section with the time each is of: posts, studies, in any of the usual layouts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill.outline import Line, Text, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Entry", "Point", "Span", "entries", "items", "span_in"]

_MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?\.?|july?\.?|aug(?:ust|\.)?|sept?(?:ember|\.)?|"
    r"oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?|spring|summer|autumn|fall|winter|januar|februar|m\u00e4rz|mai|juni|juli|"
    r"oktober|dezember|janvier|f\u00e9vrier|mars|avril|juin|juillet|ao\u00fbt|septembre|octobre|novembre|d\u00e9cembre)"
)
_POINT = rf"(?:(?:{_MONTH},?\s+(?:of\s+)?)?(?:19|20)\d\d|(?:0?[1-9]|1[0-2])[/.](?:19|20)\d\d|{_MONTH}\s*['\u2019]\d\d)"
_NOW = r"(?:present|current(?:ly)?|now|today|ongoing|to date|date|heute|aktuell|aujourd['\u2019]hui|actualidad|actual)"
_RANGE = re.compile(
    rf"(?P<start>{_POINT})\s*(?:-|\u2010|\u2011|\u2012|\u2013|\u2014|\bto\b|\buntil\b|\btill\b|\bbis\b)\s*(?P<end>{_POINT}|{_NOW})(?![\w/])",
    re.IGNORECASE,
)
_BESIDE = re.compile(rf"^\W*(?P<start>{_POINT})\s+(?P<end>{_POINT}|{_NOW})\W*$", re.IGNORECASE)  # a dash got lost
_SINCE = re.compile(rf"\b(?P<now>since|seit|depuis)\s+(?P<start>{_POINT})", re.IGNORECASE)
_SINGLE = re.compile(rf"(?<![\w/.-])(?P<start>{_POINT})(?![\w/-])", re.IGNORECASE)
_WRAP = re.compile(r"[|,&(\u2013\u2014-]$|\b(?:and|of|for|the|in|at|with)$")
_ASIDE = 20  # characters after a year in brackets
_INDENT = 3.0  # points
_SHORT = 14  # words of a line that only heads an entry
_MOST_HEADS = 3  # lines over the date that belong to the head


@dataclass(frozen=True)
class Point:
    """A day, a month or a year as printed, and the words it is in."""

    printed: str
    words: Text


@dataclass(frozen=True)
class Span:
    """When something was: its first and last time as printed, and whether it goes on."""

    start: Point | None
    end: Point | None
    now: Point | None
    whole: tuple[int, int]  # characters of the line
    ranged: bool


@dataclass
class Entry:
    """The lines that say what, where and when, and those that tell more."""

    head: list[Line]
    span: Span
    dated: Line
    body: list[Line] = field(default_factory=list)


def span_in(line: Text, *, single: bool = True) -> Span | None:
    """The time that a line prints; a single day or year only where `single` is set and it opens or ends the line."""
    text = line.text

    def point(group: str) -> Point:
        return Point(match[group], line.part(*match.span(group)))  # type: ignore[index, union-attr]

    match = _RANGE.search(text) or _BESIDE.match(text)
    if match is not None:
        now = re.fullmatch(_NOW, match["end"], re.IGNORECASE) is not None
        end = point("end")
        return Span(point("start"), None if now else end, end if now else None, match.span(), ranged=True)
    match = _SINCE.search(text)
    if match is not None:
        return Span(point("start"), None, point("now"), match.span(), ranged=True)
    if not single:
        return None
    for match in _SINGLE.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        if (
            not before.strip(" (")
            or not re.sub(r"[).,;\s]", "", after)
            or (before.endswith("(") and len(after) < _ASIDE)
        ):
            return Span(None, point("start"), None, match.span(), ranged=False)
    return None


def items(lines: Sequence[Line]) -> list[Text]:
    """The items of a list: bullets or numbers with the lines that go on; each line where there are neither."""
    groups: list[list[Line]] = []
    marked = sum(_marked(line) for line in lines)
    left = 0.0
    for line in lines:
        if _marked(line) or not groups:
            groups.append([line])
            left = line.left
        elif (marked and (line.left > left - _INDENT or _unfinished(groups[-1][-1]))) or (
            not marked and _goes_on(groups[-1][-1], line, lines)
        ):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_unnumbered(joined(group)) for group in groups]


_NUMBERED = re.compile(r"^(?:\[?\d{1,3}[.)\]]|\(\d{1,3}\))$")


def _marked(line: Line) -> bool:
    return line.bullet or bool(line.words and _NUMBERED.match(line.words[0][2]))


def _unnumbered(text: Text) -> Text:
    return Text(text.words[1:]) if len(text.words) > 1 and _NUMBERED.match(text.words[0][2]) else text


def _unfinished(line: Line) -> bool:
    return bool(_WRAP.search(line.text))


def _goes_on(last: Line, line: Line, lines: Sequence[Line]) -> bool:
    """Whether a line reads on from the last, which filled its column."""
    full = max(x.right for x in lines)
    wide = last.right > last.left + 0.8 * (full - last.left) and len(last.words) > 6  # noqa: PLR2004 - words
    return _unfinished(last) or (wide and (line.text[:1].islower() or line.text[:1] == "("))


def _wrapped(lines: Sequence[Line]) -> list[Line]:
    """Lines that go on with the line before them are one."""
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if (
            last is not None
            and not line.bullet
            and _goes_on(last, line, lines)
            and (not last.bullet or line.left > last.left + _INDENT)
        ):
            gaps = (*last.gaps, *(g + len(last.words) for g in line.gaps))
            found[-1] = Line((*last.words, *line.words), last.bullet, last.left, line.right, gaps)
        elif (
            last is not None
            and last.bullet
            and not line.bullet
            and line.left > last.left + _INDENT
            and span_in(line) is None
        ):
            found[-1] = Line((*last.words, *line.words), last.bullet, last.left, line.right, last.gaps)
        else:
            found.append(line)
    return found


def entries(lines: Sequence[Line], *, single: bool) -> list[Entry]:
    """The entries of a section; `single`: an entry may be of one year only, as a degree is."""
    lines = _wrapped(lines)
    spans = [span_in(line, single=single or line.bullet) for line in lines]
    anchors = [
        i for i, line in enumerate(lines) if spans[i] is not None and not line.bullet and len(line.words) <= 3 * _SHORT
    ]
    if not anchors:
        anchors = [i for i, line in enumerate(lines) if spans[i] is not None]
        return [_entry(lines, spans[i], i, i, i + 1) for i in anchors]
    over = _heads_over(lines, anchors)
    starts = [_start(lines, anchors, place, over) for place in range(len(anchors))]
    found: list[Entry] = []
    for place, anchor in enumerate(anchors):
        stop = starts[place + 1] if place + 1 < len(anchors) else len(lines)
        listed = _listed(lines, spans, anchor + 1, stop)
        found.append(_entry(lines, spans[anchor], anchor, starts[place], listed if listed is not None else stop))
        if listed is not None:
            found += [_entry(lines, spans[i], i, i, i + 1) for i in range(listed + 1, stop) if spans[i] is not None]
    return found


def _heads_over(lines: Sequence[Line], anchors: Sequence[int]) -> int:
    """How many lines stand over the date in the head of an entry: as many as in the first."""
    count = anchors[0]
    return count if count <= _MOST_HEADS and not any(line.bullet for line in lines[:count]) else min(1, count)


def _start(lines: Sequence[Line], anchors: Sequence[int], place: int, over: int) -> int:
    anchor = anchors[place]
    floor = anchors[place - 1] + 1 if place else 0
    start = anchor
    while (
        start > floor
        and anchor - start < over
        and not lines[start - 1].bullet
        and len(lines[start - 1].words) <= _SHORT
    ):
        start -= 1
    return start


def _listed(lines: Sequence[Line], spans: Sequence[Span | None], begin: int, stop: int) -> int | None:
    """Where a heading with a colon opens a list whose items are dated entries of their own; None for no such."""
    for index in range(begin, stop):
        if lines[index].text.endswith(":") and not lines[index].bullet:
            under = [i for i in range(index + 1, stop) if lines[i].bullet]
            if under and sum(spans[i] is not None for i in under) > 0.7 * len(under):
                return index
    return None


def _entry(lines: Sequence[Line], span: Span | None, anchor: int, start: int, stop: int) -> Entry:
    assert span is not None  # noqa: S101 - anchors have one
    head = list(lines[start : anchor + 1])
    return Entry(head, span, lines[anchor], list(lines[anchor + 1 : stop]))
