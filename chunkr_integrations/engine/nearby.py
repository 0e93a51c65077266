"""How well the label of a field stands beside a place: before it on its line, above it in its column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.fill.lexicon import LABELS, NAMES
from chunkr_integrations.engine.targets import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.find import Hit
    from chunkr_integrations.engine.targets import Target

__all__ = ["Labels"]

_ACROSS, _DOWN = 25.0, 12.0  # line heights at which a label before / above counts half
_BOTH = 0.5  # worth of the weaker one when labels stand before and above, as in a table of rows and columns
_LEAST = 0.2  # share of a label's words that must be there
_EVERYWHERE = 60  # times on a page; a word printed more often tells nothing
_SAME = dict.fromkeys(("average", "mean", "avg"), ("average", "mean", "avg"))
_APART = 2  # words from one word of a label to the next
_STEM = 4  # letters two forms of a word share at least
_WEIGHTS = {"number": 0.5, "no": 0.4, "id": 0.5, "name": 0.6, "code": 0.5, "total": 0.8, "amount": 0.7, "date": 0.7}


@dataclass(frozen=True, slots=True)
class _Spot:
    """A label, or a good part of it, on a page."""

    box: Box
    weight: float  # share of the label's words
    words: frozenset[int]


class Labels:
    """Labels of fields among the words of a document."""

    def __init__(self, document: Document) -> None:
        self.pages = document.pages
        self._tokens: list[dict[str, list[int]]] | None = None
        self._known: dict[tuple[int, str], list[int]] = {}
        self._spots: dict[tuple[int, tuple[tuple[str, ...], ...]], list[_Spot]] = {}

    def near(self, target: Target, hit: Hit) -> float:
        """0..1: how well one of the field's names stands beside the words."""
        own = _alternatives(target.name, target.title, target.described)
        return self._near(own, hit)

    def told(self, target: Target, hit: Hit) -> float:
        """0..1: share of the description's words that stand before or above the words; rare ones count more."""
        page = self.pages[hit.page - 1]
        index = self._index()[hit.page - 1]
        value = page.words[hit.words[0]].box
        found = total = 0.0
        for token in target.described:
            places = [i for i in self._forms(hit.page - 1, index, token) if i not in hit.words]
            if places and len(places) <= _EVERYWHERE:
                weight = 1.0 / (1.0 + math.log(len(places)))
                total += weight
                found += weight * max(_beside(page.words[i].box, value)[0] for i in places)
        return found / total if total else 0.0

    def _forms(self, page: int, index: dict[str, list[int]], token: str) -> list[int]:
        key = (page, token)
        if key not in self._known:
            self._known[key] = [i for form in _SAME.get(token, (token,)) for i in _matching(index, form)]
        return self._known[key]

    def around(self, target: Target, hit: Hit) -> float:
        """0..1: how well the name of an object the field is in stands beside or above the words."""
        return self._near((target.around,), hit) if target.around else 0.0

    def _near(self, alternatives: tuple[tuple[str, ...], ...], hit: Hit) -> float:
        page = self.pages[hit.page - 1]
        first = page.words[hit.words[0]].box
        before = above = 0.0
        for spot in self._on(hit.page - 1, alternatives):
            if spot.weight > min(before, above) and not spot.words & set(hit.words):
                near, on_line = _beside(spot.box, first)
                if on_line:
                    before = max(before, spot.weight * near)
                else:
                    above = max(above, spot.weight * near)
        return max(before, above) + _BOTH * min(before, above)

    def _on(self, page: int, alternatives: tuple[tuple[str, ...], ...]) -> list[_Spot]:
        key = (page, alternatives)
        if key not in self._spots:
            self._spots[key] = list(self._find(page, alternatives))
        return self._spots[key]

    def _find(self, page: int, alternatives: tuple[tuple[str, ...], ...]) -> list[_Spot]:
        index = self._index()[page]
        words = self.pages[page].words
        wanted = {token for label in alternatives for token in label}
        marked: dict[int, set[str]] = {}
        for token in wanted:
            for word in _matching(index, token):
                marked.setdefault(word, set()).add(token)
        spots = []
        for group in _groups(sorted(marked), words):
            here = set().union(*(marked[i] for i in group))
            weight = max(_share(label, here, place) for place, label in enumerate(alternatives))
            if weight >= _LEAST:
                spots.append(_Spot(Box.around(words[i].box for i in group), weight, frozenset(group)))
        return spots

    def _index(self) -> list[dict[str, list[int]]]:
        if self._tokens is None:
            self._tokens = []
            for page in self.pages:
                found: dict[str, list[int]] = {}
                for index, word in enumerate(page.words):
                    for token in _word_tokens(word.text):
                        found.setdefault(token, []).append(index)
                self._tokens.append(found)
        return self._tokens


@lru_cache(maxsize=65_536)
def _word_tokens(text: str) -> tuple[str, ...]:
    return tokens(text) if any(c.isalpha() for c in text) else ()


def _matching(index: dict[str, list[int]], token: str) -> list[int]:
    """Words that are `token` or another form of it."""
    found = list(index.get(token, ()))
    if len(token) > _STEM:
        stem = token[: max(_STEM, len(token) - 3)]
        found += [i for other, places in index.items() if other != token and other.startswith(stem) for i in places]
    return found


def _groups(marked: list[int], words: Sequence[object]) -> list[list[int]]:
    """Runs of marked words with at most one other word between them."""
    groups: list[list[int]] = []
    for index in marked:
        last = groups[-1][-1] if groups else None
        if last is not None and index - last <= _APART and words[index].line == words[last].line:  # type: ignore[attr-defined]
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _share(label: tuple[str, ...], here: set[str], place: int) -> float:
    """Weighted share of a label's words; names count more than descriptions and synonyms."""
    total = sum(_WEIGHTS.get(token, 1.0) for token in label)
    if not total:
        return 0.0
    share = sum(_WEIGHTS.get(token, 1.0) for token in set(label) & here) / total
    return min(1.0, share) * (1.0 if place == 0 else 0.9)


def _beside(label: Box, value: Box) -> tuple[float, bool]:
    """1 for a label that touches, less the further it is, 0 where labels do not stand; and whether it is before it."""
    high = max(min(label.height, value.height), 1.0)
    middle = abs((label.top + label.height / 2) - (value.top + value.height / 2))
    if middle < 0.8 * high and label.left < value.left:
        return _ACROSS / (_ACROSS + max(0.0, value.left - label.right) / high), True
    drop = value.top - label.bottom
    if drop > -0.3 * high and label.left - 2 * high < value.right and label.right + 2 * high > value.left:
        return 0.95 * _DOWN / (_DOWN + max(0.0, drop) / high), False
    return 0.0, False


@lru_cache(maxsize=4096)
def _alternatives(
    name: tuple[str, ...], title: tuple[str, ...], described: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Ways to call a field: its name, title, description, and what a lexicon knows under that name."""
    found = [name, title, described[:4], described]
    known = _concepts()
    for words in (name, title):
        for concept in known.get(" ".join(words), ()):
            found += [tokens(label) for label in LABELS.get(concept, "").split(";")]
    return tuple(dict.fromkeys(label for label in found if label))


@lru_cache(maxsize=1)
def _concepts() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for concept, names in NAMES.items():
        for name in names.split(";"):
            found.setdefault(" ".join(tokens(name)), []).append(concept)
    return {name: tuple(concepts) for name, concepts in found.items()}
