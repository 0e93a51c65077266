"""What of a model's answer stands on the pages: ids and quotes that lead nowhere are dropped, the rest is weighed.

A score below is an order of how well a value is witnessed, not a measured chance: no model has been calibrated here.
All but `SURE` are below what `High` asks for, so a model's word alone is never `High`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill.schema import Array, Field, Object
from chunkr_integrations.engine.find import Finder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.schema import Node
    from chunkr_integrations.engine.find import Hit

__all__ = ["NAMED", "PRINTED", "QUOTED", "SIMILAR", "STRONG", "SURE", "UNSEEN", "Evidence"]

STRONG = 0.85  # printed in a segment that the model named, within the words that it quoted from there
NAMED = 0.8  # printed in a segment that the model named
PRINTED = 0.7  # printed somewhere
SIMILAR = 0.5  # something like it is printed
QUOTED = 0.4  # not printed, and the quote is: a yes or no, a choice, a summary
UNSEEN = 0.2  # neither
SURE = 0.92  # a second witness says the same: the rules, or arithmetic


class Evidence:
    """Weighs the leaves of drafts against one document."""

    def __init__(self, document: Document) -> None:
        self._finder = Finder(document)
        self._words = {s.id: frozenset((s.page, word) for word in s.words) for s in document.segments}

    def weighed(self, draft: Draft, node: Node | None, real: Mapping[str, str]) -> Draft:
        """The draft with a score on each value.

        Args:
            draft: What the model said; its segments are short ids.
            node: What it was asked for.
            real: Short id to the segment's own.
        """
        if isinstance(draft, Leaf):
            return self._leaf(draft, node, real) if draft.value is not None else draft
        if isinstance(draft, list):
            item = node.item if isinstance(node, Array) else None
            return [self.weighed(value, item, real) for value in draft]
        members = {m.name: m for m in node.members} if isinstance(node, Object) else {}
        return {key: self.weighed(value, members.get(key), real) for key, value in draft.items()}

    def _leaf(self, leaf: Leaf, node: Node | None, real: Mapping[str, str]) -> Leaf:
        kind = "date" if isinstance(node, Field) and node.format in ("date", "date-time") else ""
        hits = self._finder.find(leaf.value, kind=kind)
        named = frozenset[tuple[int, int]]().union(*(self._words.get(real.get(s, ""), ()) for s in leaf.segments))
        quotes = self._quotes(leaf, named)
        quoted = frozenset[tuple[int, int]]().union(*(_words(hit) for hit in quotes))
        exact = [words for hit in hits if hit.exact and (words := _words(hit)) <= named]
        leaf = replace(leaf, quote=leaf.quote if quotes else None)
        if exact:
            strong = any(words <= quoted for words in exact)
            return replace(leaf, score=STRONG if strong else NAMED)
        if hits:
            return replace(leaf, score=PRINTED if hits[0].exact else SIMILAR, segments=leaf.segments if quotes else ())
        if quotes and _may_be_unprinted(leaf, kind):
            place = Place(quotes[0].page, quotes[0].words, exact=False)
            return replace(leaf, score=QUOTED, places=(place,))
        return replace(leaf, score=UNSEEN, segments=(), quote=None)

    def _quotes(self, leaf: Leaf, named: frozenset[tuple[int, int]]) -> list[Hit]:
        """Where the quote stands letter by letter: in the named segments, else where it stands only once."""
        if not leaf.quote:
            return []
        hits = [hit for hit in self._finder.find(leaf.quote) if hit.exact]
        return [hit for hit in hits if _words(hit) & named] or (hits if len(hits) == 1 else [])


def _may_be_unprinted(leaf: Leaf, kind: str) -> bool:
    """Numbers and dates have to be printed: a quote without them is no evidence for them."""
    return isinstance(leaf.value, bool) or (isinstance(leaf.value, str) and not kind)


def _words(hit: Hit) -> frozenset[tuple[int, int]]:
    return frozenset((hit.page, word) for word in hit.words)
