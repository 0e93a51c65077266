"""Text that stands on the page with slips of recognition in it: "Kundenstrafe 15" for "Kundenstraße 15".

First what only looks alike (O and 0, l and 1, rn and m), on any page. Then, on recognised pages, what differs by a few
letters. A digit is never one of them: an amount or a number that differs in a digit is another one.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from chunkr_integrations.engine.printed import CONFUSED, Hit
from chunkr_integrations.engine.values import fold, norm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chunkr_integrations.engine.document import Page

__all__ = ["SLIPPED", "Slips", "same_digits"]

SLIPPED = 0.42  # quality: below what only looks alike
_PAIRS = (("rn", "m"), ("ii", "u"), ("vv", "w"), ("cl", "d"))  # read for one letter, as "Miinchen" for "München"
_SINGLE = str.maketrans("oqdlijszbg", "0001115286")  # letters that recognition takes for digits, and back
_SHORTEST = 3  # letters; shorter values look like too much
_SHORTEST_SLIPPED, _LETTERS_A_SLIP = 5, 6  # below five letters none; then one, and one more for each six
_LONGEST = 160  # letters; longer is prose, which is compared as a whole
_HEAD, _HEAD_SLIPS = 4, 2  # a window is compared when its first letters differ by so many at most
_PAGES = 60  # pages that are searched


class Slips:
    """Finds misread text among the words of pages.

    Args:
        pages: Where to look.
        following: The words that may follow a word of a page (index) in a reading, the likeliest first.
    """

    def __init__(self, pages: Sequence[Page], following: Callable[[int, int], tuple[int, ...]]) -> None:
        self._pages = pages
        self._following = following

    def find(self, text: str) -> list[Hit]:
        """Places that look like `text`; else, on recognised pages, those that differ from it by a few letters."""
        plain = _joined(text)
        if not _SHORTEST <= len(plain) <= _LONGEST:
            return []
        return list(self._alike(plain)) or list(self._slipped(plain))

    @cached_property
    def _starts(self) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for number, page in enumerate(self._pages):
            for index, word in enumerate(page.words):
                if folded := alike(word.text):
                    found.setdefault(folded, []).append((number, index))
        return found

    def _alike(self, plain: str) -> Iterator[Hit]:
        needle = plain.translate(_SINGLE)
        for length in range(1, len(needle) + 1):
            for page, word in self._starts.get(needle[:length], ()):
                if words := self._read(page, word, needle[length:]):
                    yield Hit(page + 1, words, CONFUSED)

    def _read(self, page: int, word: int, rest: str) -> tuple[int, ...]:
        """The words from this one on that go on with `rest`; none when no way does."""
        ways: list[tuple[tuple[int, ...], str]] = [((word,), rest)]
        while ways:
            way, left = ways.pop()
            if not left:
                return way
            for following in reversed(self._following(page, way[-1])):
                text = alike(self._pages[page].words[following].text)
                if text and left.startswith(text) and following not in way:
                    ways.append(((*way, following), left[len(text) :]))
        return ()

    # ------------------------------------------------------------------------------------------ slipped
    def _slipped(self, plain: str) -> Iterator[Hit]:
        allowed = _allowed(len(plain))
        if not allowed:
            return
        for number, page in [(n, page) for n, page in enumerate(self._pages) if page.ocr][:_PAGES]:
            for index in range(len(page.words)):
                best = self._best_window(number, index, plain, allowed)
                if best is not None:
                    words, slips = best
                    yield Hit(number + 1, words, SLIPPED * (1 - slips / len(plain)))

    def _best_window(self, page: int, word: int, plain: str, allowed: int) -> tuple[tuple[int, ...], int] | None:
        """The words from this one on that differ least from the text, and by how many letters."""
        needle = plain.translate(_SINGLE)
        words: tuple[int, ...] = (word,)
        text = _plain(self._pages[page].words[word].text)
        head = text[:_HEAD].translate(_SINGLE)
        if not text or Levenshtein.distance(head, needle[: len(head)]) > _HEAD_SLIPS:
            return None
        best: tuple[tuple[int, ...], int] | None = None
        while len(text) <= len(needle) + allowed:
            slips = Levenshtein.distance(needle, text.translate(_SINGLE), score_cutoff=allowed)
            if slips <= allowed and (best is None or slips < best[1]) and same_digits(plain, text):
                best = words, slips
            following = [i for i in self._following(page, words[-1]) if i not in words][:1]
            if not following:
                break
            words, text = (*words, *following), text + _plain(self._pages[page].words[following[0]].text)
        return best


def alike(word: str) -> str:
    """A word in letters and digits, those that recognition takes for one another being the same."""
    return _plain(word).translate(_SINGLE)


def same_digits(wanted: str, printed: str) -> bool:
    """Whether no digit differs, a letter that looks like it standing for a digit at most."""
    edits = Levenshtein.editops(wanted.translate(_SINGLE), printed.translate(_SINGLE))
    for edit in edits:
        if edit.tag != "insert" and wanted[edit.src_pos].isdigit():
            return False
        if edit.tag != "delete" and printed[edit.dest_pos].isdigit():
            return False
    return True


def _allowed(letters: int) -> int:
    if letters < _SHORTEST_SLIPPED:
        return 0
    return 1 + max(0, letters - _SHORTEST_SLIPPED) // _LETTERS_A_SLIP


def _joined(text: str) -> str:
    return "".join(_plain(part) for part in text.split())


@lru_cache(maxsize=65_536)
def _plain(word: str) -> str:
    """Letters and digits without accents, pairs that are read for one letter as that letter."""
    text = fold(norm(word))
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return re.sub(r"\s", "", text)
