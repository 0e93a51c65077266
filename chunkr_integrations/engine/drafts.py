"""Pages and segments in the making."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from chunkr_integrations.engine.document import Box, Cell, SegmentType, Word, indexes
from chunkr_integrations.engine.layout import RawPage, RawWord
from chunkr_integrations.engine.packed import PackedWords

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Margin", "Proto", "Sheet", "rows_of", "text_of"]


@dataclass
class Proto:
    """A segment in the making."""

    type: SegmentType
    words: list[int]
    box: Box | None = None  # pictures keep the parser's; else the words' hull
    level: int = 0
    cells: tuple[Cell, ...] = ()


class Margin(NamedTuple):
    """A line where running headers and footers are looked for."""

    words: tuple[int, ...]
    band: Literal["PageHeader", "PageFooter"]
    text: str
    key: str  # the text without its numbers
    place: float  # of its middle, as a share of the page's height


@dataclass
class Sheet:
    """A page in the making: words in line order, and its segments."""

    raw: RawPage
    words: list[RawWord]
    lines: list[list[int]]
    protos: list[Proto] = field(default_factory=list)
    margins: list[Margin] = field(default_factory=list)
    packed: PackedWords | None = None  # instead of words and lines, while the other pages of a long document are read

    @cached_property
    def line_of(self) -> list[int]:
        """The line of each word."""
        return [number for number, line in enumerate(self.lines) for _ in line]

    def pack(self) -> None:
        """Keep the words as columns until `unpack`."""
        self.packed = PackedWords(
            [
                Word(self.words[i].text, self.words[i].box, number, None, self.words[i].confidence, self.words[i].ref)
                for number, line in enumerate(self.lines)
                for i in line
            ]
        )
        self.words, self.lines = [], []
        self.__dict__.pop("line_of", None)
        for proto in self.protos:
            proto.words = list(indexes(proto.words))

    def unpack(self) -> None:
        """Make objects of them again; nothing happens where they are."""
        if self.packed is None:
            return
        for index, word in enumerate(self.packed.words):
            self.words.append(RawWord(word.text, word.box, word.confidence, word.ref))
            if word.line == len(self.lines):
                self.lines.append([])
            self.lines[-1].append(index)
        self.packed = None


def rows_of(sheet: Sheet, words: Sequence[int]) -> list[list[int]]:
    """The given words, line by line."""
    rows: list[list[int]] = []
    number = -1
    for index in sorted(words):  # words are numbered in line order
        if sheet.line_of[index] != number:
            number = sheet.line_of[index]
            rows.append([])
        rows[-1].append(index)
    return rows


def text_of(sheet: Sheet, words: Sequence[int]) -> str:
    """The given words, a line for each of theirs."""
    return "\n".join(" ".join(sheet.words[i].text for i in row) for row in rows_of(sheet, words))
