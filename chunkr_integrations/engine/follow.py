"""Which words may follow a word in a reading of the page: in its cell, down its column, along its line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from chunkr_integrations.engine.scripts import is_right_to_left

if TYPE_CHECKING:
    from chunkr_integrations.engine.document import Page

__all__ = ["following_words"]


def following_words(page: Page) -> list[tuple[int, ...]]:
    """For each word the words that may come after it, the likeliest first."""
    after: list[list[int]] = [[] for _ in page.words]
    for segment in page.segments:
        for cell in segment.table.cells if segment.table else ():
            _chain(after, cell.words)
    phrases = _phrases(page)
    for phrase, below in phrases:
        _chain(after, phrase)
        if below is not None:
            after[phrase[-1]].append(below)
    for line in page.lines:
        _chain(after, line)
    for segment in page.segments:
        _chain(after, segment.words)
    for line, following in pairwise(page.lines):
        after[line[-1]].append(following[0])
    return [tuple(dict.fromkeys(words)) for words in after]


def _chain(after: list[list[int]], words: tuple[int, ...]) -> None:
    for word, following in pairwise(words):
        after[word].append(following)


def _phrases(page: Page) -> list[tuple[tuple[int, ...], int | None]]:
    """Runs of words without a wide gap, each with the first word of the run below that goes on with it."""
    lines: list[list[tuple[int, ...]]] = []
    for line in page.lines:
        runs: list[tuple[int, ...]] = []
        current = [line[0]]
        for last, word in pairwise(line):
            a, b = page.words[last], page.words[word]
            gap = max(b.box.left - a.box.right, a.box.left - b.box.right)
            if gap > 0.9 * max(a.box.height, b.box.height) or a.ref != b.ref:
                runs.append(tuple(current))
                current = []
            current.append(word)
        runs.append(tuple(current))
        lines.append(runs)
    found: list[tuple[tuple[int, ...], int | None]] = []
    for number, runs in enumerate(lines):
        below = [run for following in lines[number + 1 : number + 4] for run in following]
        found += [(run, _below(page, run, below)) for run in runs]
    return found


def _below(page: Page, run: tuple[int, ...], others: list[tuple[int, ...]]) -> int | None:
    """The first word of the nearest run under this one that begins, or is centred, where it does."""
    left, right = _ends(page, run)
    bottom = max(page.words[i].box.bottom for i in run)
    high = page.words[run[0]].box.height
    best: tuple[float, int] | None = None
    for other in others:
        start, end = _ends(page, other)
        gap = page.words[other[0]].box.top - bottom
        if not -0.5 * high <= gap <= 1.2 * high or start >= right or end <= left:
            continue
        begins = right - end if is_right_to_left(page.words[run[0]].text) else start - left
        aligned = abs(begins) < 3 * high or abs((start + end) - (left + right)) < 2 * high
        if aligned and (best is None or gap < best[0]):
            best = (gap, other[0])
    return best[1] if best else None


def _ends(page: Page, run: tuple[int, ...]) -> tuple[float, float]:
    """The x of the left and of the right end of a run."""
    one, other = page.words[run[0]].box, page.words[run[-1]].box
    return min(one.left, other.left), max(one.right, other.right)
