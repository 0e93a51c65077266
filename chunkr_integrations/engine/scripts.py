"""What is particular to scripts: words of Chinese and Japanese that hold label and value, and text from right to left.

Chinese and Japanese are written without spaces, so a parser gives label, colon and value as one word. It is taken apart
at its colon, its brackets, and where digits begin and end, so that a value has a box of its own. A date stays whole.

A line from right to left is read in that order, with its numbers and Latin words from left to right.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.values import norm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["glyphs_in_order", "in_reading_order", "is_right_to_left", "parts"]

_WIDE = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff"  # Han, kana, and their punctuation
_MARKS = "\uff1a\uff1b\uff0c\uff08\uff09\u300c\u300d\u3010\u3011"  # full width colon, brackets, ...
_HAS_WIDE = re.compile(f"[{_WIDE}]")
_DATE = r"\d{2,4}\u5e74\d{1,2}\u6708(?:\d{1,2}\u65e5)?"  # year, month, day
_PART = re.compile(
    rf"{_DATE}|[\uff08\u300c\u3010]?[{_WIDE}]+[\uff1a\uff1b\uff0c\uff09\u300d\u3011:]*"
    rf"|[^{_WIDE}{_MARKS}]+[\uff1a\uff1b\uff0c\uff09\u300d\u3011]*|[{_MARKS}]+"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LEFT_TO_RIGHT = re.compile(r"[0-9a-z]+")


def parts(text: str, box: Box) -> Iterator[tuple[str, Box]]:
    """The word, or the parts of one that holds Chinese or Japanese and something else, each with its share of the box.

    A wide character is taken as twice as wide as any other.
    """
    if text.isascii() or not _HAS_WIDE.search(text):
        yield text, box
        return
    found = _PART.findall(text)
    unit = box.width / (sum(map(_width, text)) or 1)
    left = box.left
    for part in found:
        width = unit * sum(map(_width, part))
        yield part, Box(left, box.top, width, box.height)
        left += width


def in_reading_order(texts: Sequence[str]) -> list[int]:
    """The indexes of the words of a line, given from left to right, in the order in which they are read."""
    toward_left = sum(len(text) for text in texts if is_right_to_left(text))
    toward_right = sum(len(text) for text in texts if not is_right_to_left(text) and any(map(str.isalpha, text)))
    order = list(range(len(texts)))
    if toward_left <= toward_right:
        return order
    read: list[int] = []
    run: list[int] = []
    for index in reversed(order):
        if is_right_to_left(texts[index]):
            read += [*reversed(run), index]
            run = []
        else:
            run.append(index)
    return [*read, *reversed(run)]


def is_right_to_left(text: str) -> bool:
    """Whether it has Hebrew or Arabic letters."""
    return not text.isascii() and bool(_RIGHT_TO_LEFT.search(text))


def glyphs_in_order(text: str) -> str:
    """The letters and digits of a text from right to left as a PDF holds the glyphs, each word from left to right.

    Few readers turn them round. Numbers stand as they are read.
    """
    return "".join(_LEFT_TO_RIGHT.sub(lambda run: run[0][::-1], norm(word))[::-1] for word in text.split())


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
