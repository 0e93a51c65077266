"""What the filler sees of a document: runs of words between gaps, their neighbours, and the captions among them.

A *run* is a stretch of words on one line without a column's gap inside: a cell, a label, a line of a paragraph. A
*caption* is a part of a run that may be the label of a value beside or below it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from chunkr_integrations.engine.values import Convention, convention, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chunkr_integrations.engine.document import Document, Page

__all__ = ["Caption", "Reading", "Run", "canonical", "tokens_of"]

_GAP = 0.9  # in heights of the line: a wider gap parts two runs
_CELL_GAP = 0.45  # the same where the reader sees a border of two cells; it sometimes sees one between plain words
_BLANK = 1.5  # in characters: a gap of less is a blank, whatever the height: tills print with one width
_LONGEST_CAPTION = 14  # words
_LOOK_BEHIND = 5  # words before a colon or a number that may belong to its label

_SAME = {
    "nr": "number",
    "no": "number",
    "num": "number",
    "nummer": "number",
    "numero": "number",
    "numéro": "number",
    "n": "number",
    "nro": "number",
    "#": "number",
    "№": "number",
    "qty": "quantity",
    "ref": "reference",
    "amt": "amount",
    "amnt": "amount",
    "dob": "birth",
    "addr": "address",
    "desc": "description",
    "descr": "description",
    "acct": "account",
    "inv": "invoice",
    "tel": "phone",
    "telephone": "phone",
    "postal": "zip",
    "postcode": "zip",
    "licence": "license",
    "organisation": "organization",
    "st": "street",
    "yr": "year",
    "ccy": "currency",
    "dept": "department",
    "id": "id",
    "identification": "id",
    "identifier": "id",
    "pct": "percent",
    "percentage": "percent",
    "%": "percent",
    "excl": "excluding",
    "incl": "including",
    "exkl": "exklusive",
    "inkl": "inklusive",
}
_TOKEN = re.compile(r"[^\W_]+|[#№%]")


@lru_cache(maxsize=65_536)
def canonical(token: str) -> str:
    """One spelling for words that are used alike in labels; plurals lose their s."""
    known = _SAME.get(token)
    if known is not None:
        return known
    if len(token) > 3 and token.endswith("ies"):  # noqa: PLR2004 - "ties" stays
        return token[:-3] + "y"
    if len(token) > 3 and token.endswith("s") and not token.endswith(("ss", "us", "is")):  # noqa: PLR2004 - "gas" stays
        return token[:-1]
    return token


@lru_cache(maxsize=65_536)
def tokens_of(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: folded, without punctuation, canonical."""
    return tuple(canonical(token) for token in _TOKEN.findall(fold(text)))


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A stretch of words on one line of a page."""

    number: int  # its index in `Reading.runs`
    page: int  # from 1
    line: int  # index in `Reading.lines`
    words: tuple[int, ...]  # indexes into the page's words
    texts: tuple[str, ...]
    left: float
    top: float
    right: float
    bottom: float
    cell: tuple[str, int, int] | None = None  # the table's segment id, row and column

    @property
    def text(self) -> str:
        """The words with one blank between them."""
        return " ".join(self.texts)

    @property
    def height(self) -> float:
        """In page units."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True, eq=False)
class Caption:
    """Words of a run that may be a label."""

    run: Run
    start: int  # index into the run's words
    stop: int
    tokens: tuple[str, ...]
    colon: bool  # ends with a colon
    whole: bool  # starts where the run, or the piece after the last value, starts


# Signs of a place where the month is written first, for documents whose dates leave it open.
_AMERICAN = re.compile(
    r"\b[A-Z]{2},? \d{5}(?:-\d{4})?$|\bU\.S\.|\d/\d{1,2}/\d{2,4} \d{1,2}:\d{2}(?::\d{2})? [AP]M\b|\$\d"
)
_RATE = re.compile(r"\(?\b\d{1,2}(?:[.,]\d+)?\s?%\)?")  # of a tax: "VAT 20 %" is labelled VAT
# A code, a unit or a currency after a name says nothing.
_ASIDE = re.compile(r"\(\d+\)|[(\[](?:[A-Z]{3}|k?[gmtl]|[cm]m|ml|k?Wh?|[hm][²³23]?|[$€£¥%])[)\]]:?")
_COLON = (":", "\uff1a")


@dataclass
class Reading:
    """The index of one document, made once."""

    document: Document
    runs: list[Run] = field(default_factory=list)
    lines: list[list[Run]] = field(default_factory=list)  # of all pages, in order
    page_lines: dict[int, range] = field(default_factory=dict)  # page number -> indexes into `lines`
    captions: list[Caption] = field(default_factory=list)
    captions_by_token: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    convention: Convention = field(default_factory=Convention)
    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict)  # a label's word -> near words of the page

    @classmethod
    def of(cls, document: Document) -> Reading:
        """The index of `document`."""
        reading = cls(document)
        for page in document.pages:
            first = len(reading.lines)
            for line in _lines(page, reading):
                reading.lines.append(line)
                reading.runs += line
            reading.page_lines[page.number] = range(first, len(reading.lines))
        for run in reading.runs:
            for caption in _captions(run):
                for token in dict.fromkeys(caption.tokens):
                    reading.captions_by_token[token].append(len(reading.captions))
                reading.captions.append(caption)
        texts = [text for run in reading.runs for text in run.texts if any(c.isdigit() for c in text)]
        reading.convention = convention(texts)
        if reading.convention.day_first is None and any(_AMERICAN.search(run.text) for run in reading.runs):
            reading.convention = replace(reading.convention, day_first=False)
        return reading

    def after(self, run: Run) -> list[Run]:
        """The runs to the right on the same line, nearest first."""
        line = self.lines[run.line]
        return line[line.index(run) + 1 :]

    def below(self, run: Run, reach: float = 4.0) -> Iterator[Run]:
        """Runs under `run` that share some of its width, nearest line first, within `reach` heights."""
        lines = self.page_lines[run.page]
        limit = run.bottom + reach * max(run.height, 4.0)
        for index in range(run.line + 1, lines.stop):
            line = self.lines[index]
            if line[0].top > limit:
                return
            for other in line:
                if other.left < run.right and other.right > run.left and other.top > run.top + run.height * 0.5:
                    yield other

    def above(self, run: Run, reach: float = 4.0) -> Iterator[Run]:
        """Runs over `run` that share some of its width, nearest line first."""
        lines = self.page_lines[run.page]
        limit = run.top - reach * max(run.height, 4.0)
        for index in range(run.line - 1, lines.start - 1, -1):
            line = self.lines[index]
            if line[0].bottom < limit:
                return
            for other in line:
                if other.left < run.right and other.right > run.left and other.bottom < run.bottom - run.height * 0.5:
                    yield other


def _lines(page: Page, reading: Reading) -> Iterator[list[Run]]:
    cells = {
        word: (segment.id, cell.row, cell.column)
        for segment in page.segments
        if segment.table is not None
        for cell in segment.table.cells
        for word in cell.words
    }
    number, line_number = len(reading.runs), len(reading.lines)
    for indexes in page.lines:
        line = []
        for part in _parts(page, indexes, cells):
            boxes = [page.words[i].box for i in part]
            run = Run(
                number,
                page.number,
                line_number,
                tuple(part),
                tuple(page.words[i].text for i in part),
                min(b.left for b in boxes),
                min(b.top for b in boxes),
                max(b.left + b.width for b in boxes),
                max(b.top + b.height for b in boxes),
                cells.get(part[0]),
            )
            line.append(run)
            number += 1
        if line:
            yield line
            line_number += 1


def _parts(page: Page, indexes: tuple[int, ...], cells: dict[int, tuple[str, int, int]]) -> Iterator[list[int]]:
    """The words of a line, parted at wide gaps and at the borders of cells."""
    part: list[int] = []
    end = 0.0
    for index in indexes:
        word = page.words[index]
        box = word.box
        if part:
            last = page.words[part[-1]]
            height = max(min(box.height, last.box.height), 1.0)
            gap = (box.left - end) / height
            character = max(last.box.width / len(last.text), box.width / len(word.text))
            parted = (gap > _GAP and gap * height > _BLANK * character) or (
                gap > _CELL_GAP and cells.get(part[-1]) != cells.get(index)
            )
            if parted or last.ref != word.ref:
                yield part
                part = []
        part.append(index)
        end = box.left + box.width
    if part:
        yield part


def _captions(run: Run) -> Iterator[Caption]:
    seen: set[tuple[int, int]] = set()
    start = 0  # of the piece after the last label's value
    for stop, text in enumerate(run.texts, 1):
        ends = text.endswith(_COLON)
        before_value = stop < len(run.texts) and (_digit(run.texts[stop]) or run.texts[stop][:1] in "$€£¥")
        if stop < len(run.texts) and not ends and (not before_value or _digit(text)):
            continue
        low = max(start, stop - _LONGEST_CAPTION)
        if low and not start and not (ends or before_value):
            continue  # a line of prose
        starts = {low} if low == start else set()
        if ends or before_value:
            starts.update(range(max(low, stop - _LOOK_BEHIND), stop))
        for begin in sorted(starts):
            caption = _caption(run, begin, stop, start) if (begin, stop) not in seen else None
            seen.add((begin, stop))
            if caption is not None:
                yield caption
        if ends:
            start = stop


def _digit(text: str) -> bool:
    return any(c.isdigit() for c in text)


def _caption(run: Run, begin: int, stop: int, start: int) -> Caption | None:
    words = " ".join(t for t in run.texts[begin:stop] if not _ASIDE.fullmatch(t))
    tokens = tokens_of(_RATE.sub("", words))
    if len(tokens) > 1 and tokens[0].isdigit() and len(tokens[0]) <= 2:  # noqa: PLR2004 - "8. Name": its number
        tokens = tokens[1:]
    if not tokens or all(t.isdigit() for t in tokens):
        return None
    return Caption(run, begin, stop, tokens, run.texts[stop - 1].endswith(_COLON), begin == start)
