"""Words as columns of numbers: a tenth of the memory of objects, which are made when they are looked at.

A long document is packed at rest. The words of the pages in use, up to a bound, are kept as objects; so a short
document is unpacked all the time, and a long one takes the memory of its columns.
"""

from __future__ import annotations

from array import array
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.word import Box, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PackedWords"]

_UNPACKED = 100_000  # words of all documents of the process that are kept as objects; 200 bytes each
_LARGEST = 20_000_000  # hundredths that fit into the column, with room to spare


class PackedWords:
    """The words of one page.

    Numbers of boxes are hundredths where that is exact, as it is for PDF files, else as they are.
    """

    __slots__ = ("boxes", "confidences", "ids", "lines", "made", "owners", "refs", "texts")

    def __init__(self, words: Sequence[Word]) -> None:
        ids = dict.fromkeys(word.segment_id for word in words if word.segment_id is not None)
        places: dict[str | None, int] = {None: -1, **{name: place for place, name in enumerate(ids)}}
        self.texts = tuple(word.text for word in words)
        self.boxes = _numbers(words)
        self.lines = array("i", [word.line for word in words])
        self.owners = array("i", [places[word.segment_id] for word in words])
        self.ids = tuple(ids)
        sure = all(word.confidence == 1.0 for word in words)
        self.confidences = None if sure else array("d", [word.confidence for word in words])
        self.refs = tuple(word.ref for word in words) if any(word.ref is not None for word in words) else None
        self.made: tuple[Word, ...] | None = None
        _keep(self, tuple(words))

    @property
    def words(self) -> tuple[Word, ...]:
        """The same objects as long as they are in use."""
        made = self.made
        if made is None:
            made = tuple(self._unpacked())
            _keep(self, made)
        return made

    def __len__(self) -> int:
        return len(self.texts)

    def columns(self) -> dict[str, Any]:
        """What `of_columns` takes, as JSON knows it."""
        return {
            "texts": self.texts,
            "exact": self.boxes.typecode == "i",
            "boxes": self.boxes.tolist(),
            "lines": self.lines.tolist(),
            "owners": self.owners.tolist(),
            "ids": self.ids,
            "confidences": None if self.confidences is None else self.confidences.tolist(),
            "refs": self.refs,
        }

    @classmethod
    def of_columns(cls, columns: dict[str, Any], texts: dict[str, str]) -> PackedWords:
        """The words with those columns; equal texts become one object of `texts`."""
        packed = cls.__new__(cls)
        packed.texts = tuple(texts.setdefault(text, text) for text in columns["texts"])
        packed.boxes = array("i" if columns["exact"] else "d", columns["boxes"])
        packed.lines = array("i", columns["lines"])
        packed.owners = array("i", columns["owners"])
        packed.ids = tuple(columns["ids"])
        packed.confidences = None if columns["confidences"] is None else array("d", columns["confidences"])
        packed.refs = None if columns["refs"] is None else tuple(columns["refs"])
        packed.made = None
        return packed

    def __getstate__(self) -> dict[str, Any]:
        return self.columns()

    def __setstate__(self, state: dict[str, Any]) -> None:
        other = self.of_columns(state, {})
        for name in self.__slots__:
            setattr(self, name, getattr(other, name))

    def _unpacked(self) -> Iterable[Word]:
        ids = (*self.ids, None)  # -1 is the last
        boxes: Iterable[float] = self.boxes
        if self.boxes.typecode == "i":
            boxes = [number / 100 for number in self.boxes]
        each = iter(boxes)
        refs = self.refs or (None,) * len(self)
        confidences: Sequence[float] = self.confidences or (1.0,) * len(self)
        for text, left, top, width, height, line, owner, confidence, ref in zip(
            self.texts, each, each, each, each, self.lines, self.owners, confidences, refs, strict=True
        ):
            yield Word(text, Box(left, top, width, height), line, ids[owner], confidence, ref)


def _numbers(words: Sequence[Word]) -> array[int] | array[float]:
    numbers = [n for word in words for n in (word.box.left, word.box.top, word.box.width, word.box.height)]
    if all(-_LARGEST < n * 100 < _LARGEST for n in numbers):
        hundredths = [round(n * 100) for n in numbers]
        if all(whole / 100 == n for whole, n in zip(hundredths, numbers, strict=True)):
            return array("i", hundredths)
    return array("d", numbers)


_in_use: deque[PackedWords] = deque()
_in_use_words = 0
_lock = Lock()


def _keep(packed: PackedWords, made: tuple[Word, ...]) -> None:
    global _in_use_words  # noqa: PLW0603 - one bound for the process
    with _lock:
        packed.made = made
        _in_use.append(packed)
        _in_use_words += len(packed)
        while _in_use_words > _UNPACKED and len(_in_use) > 1:
            oldest = _in_use.popleft()
            _in_use_words -= len(oldest)
            oldest.made = None
