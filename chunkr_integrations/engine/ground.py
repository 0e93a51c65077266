"""Value to places: each leaf without a place gets the words that print it.

Matching finds all places that print a value; most values are printed more than once, so choosing is the work. A place
is better the nearer the field's label is, the nearer the item's row and the field's column are, the nearer the other
fields of its object are, and when the filler named its segment or quoted it. What is not printed gets no place.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.draft import Draft, Leaf, Place
from chunkr_integrations.engine.find import Finder, Hit
from chunkr_integrations.engine.nearby import Labels
from chunkr_integrations.engine.rows import Line, line_of, nearness, row_lines
from chunkr_integrations.engine.targets import Item, Path, Rows, Target, targets_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chunkr_integrations.engine.document import Document, Segment

__all__ = ["ground"]

# What a place is worth, in units of a perfect label.
_QUALITY, _LABEL, _AROUND, _SEGMENT, _QUOTE = 6.0, 2.0, 0.7, 4.0, 4.0
_ROW, _COLUMN, _CLUSTER, _TAKEN, _RUNNING = 5.0, 2.0, 1.2, 1.5, 0.15
_TOLD = 1.2
_DESCRIBED_HITS = 80  # more places are not told apart by descriptions
_MANY = 12  # hits; fewer are all weighed
_LOOKED_AT = 250  # hits; more of one value are not weighed
_TIE = 0.12  # a place this near to the best fits as well
_LABELLED = 0.45  # beside a label this good each place is right by itself


def ground(document: Document, draft: Draft, schema: Mapping[str, Any]) -> Draft:
    """The draft with places; leaves that have places keep them.

    Args:
        document: Where to look.
        draft: Values in the shape of the schema.
        schema: Says what the fields are called.
    """
    root = targets_of(draft, schema)
    todo = [target for target in root.leaves() if not target.leaf.places]
    if not todo:
        return draft
    placer = _Placer(document)
    placer.run(root)
    return _with_places(draft, (), placer.placed)


def _with_places(draft: Draft, path: Path, placed: Mapping[Path, Leaf]) -> Draft:
    if isinstance(draft, Leaf):
        return placed.get(path, draft)
    if isinstance(draft, dict):
        return {key: _with_places(value, (*path, key), placed) for key, value in draft.items()}
    return [_with_places(value, (*path, index), placed) for index, value in enumerate(draft)]


@dataclass(frozen=True, slots=True)
class _Option:
    hit: Hit
    score: float
    label: float


class _Placer:
    """Places all leaves of one draft."""

    def __init__(self, document: Document) -> None:
        self.pages = document.pages
        self.finder = Finder(document)
        self.labels = Labels(document)
        self.segments: dict[str, Segment] = {segment.id: segment for segment in document.segments}
        self.placed: dict[Path, Leaf] = {}
        self.chosen: dict[Path, _Option] = {}
        self.taken: Counter[tuple[int, tuple[int, ...]]] = Counter()
        self._hits: dict[Path, tuple[Hit, ...]] = {}

    def run(self, root: Item) -> None:
        """Lists first: their rows are sure; then single values, which take what is left."""
        for rows in root.lists:
            self._rows(rows, None)
        self._scalars(root.targets)

    def hits(self, target: Target) -> tuple[Hit, ...]:
        """Places that print the target's value; where the filler knew the place, that one."""
        if target.path not in self._hits:
            known = tuple(Hit(place.page, place.words, 1.0) for place in target.leaf.places[:1] if place.words)
            self._hits[target.path] = known or self.finder.find(target.leaf.value, kind=target.kind)
        return self._hits[target.path]

    # --------------------------------------------------------------------------------------------- lists
    def _rows(self, rows: Rows, within: tuple[Line, Line | None] | None) -> None:
        own = [[self._inside(self.hits(t), within) for t in (item.targets or item.leaves())] for item in rows.items]
        lines = row_lines(self.pages, own)
        columns: dict[Path, list[tuple[float, float]]] = {}
        for sure_only in (True, False):
            for item, line in zip(rows.items, lines, strict=True):
                self._item(item, line, within, columns, sure_only=sure_only)
        for number, item in enumerate(rows.items):
            if item.lists and item.targets:
                start = lines[number]
                end = next((line for line in lines[number + 1 :] if line is not None), within[1] if within else None)
                for inner in item.lists:
                    self._rows(inner, (start, end) if start else within)
            else:
                for inner in item.lists:
                    self._rows(inner, within)

    def _inside(self, hits: Sequence[Hit], within: tuple[Line, Line | None] | None) -> Sequence[Hit]:
        """The hits between two lines; all of them when none is there."""
        if within is None:
            return hits
        start, end = within
        kept = []
        for hit in hits:
            line = line_of(self.pages, hit)
            after = (line.page, line.y) >= (start.page, start.y - 0.6 * start.unit)
            before = end is None or (line.page, line.y) < (end.page, end.y - 0.6 * end.unit)
            if after and before:
                kept.append(hit)
        return kept or hits

    def _on_row(self, hits: Sequence[Hit], line: Line | None) -> Sequence[Hit]:
        """Of many hits those on or beside the row; all of them when none is."""
        if line is None or len(hits) <= _MANY:
            return hits
        return [hit for hit in hits if nearness(line, line_of(self.pages, hit)) > 0] or hits[:_LOOKED_AT]

    def _item(
        self,
        item: Item,
        line: Line | None,
        within: tuple[Line, Line | None] | None,
        columns: dict[Path, list[tuple[float, float]]],
        *,
        sure_only: bool,
    ) -> None:
        """Places an item's leaves; the first round learns the columns from those with one place on the row."""
        ranked = []
        for target in item.targets:
            options = [
                _Option(option.hit, option.score + self._fit(target, option.hit, line, columns), option.label)
                for option in self._options(target, self._on_row(self._inside(self.hits(target), within), line))
            ]
            if not options:
                if not sure_only:
                    self._place(target, [])
                continue
            options.sort(key=lambda option: -option.score)
            margin = options[0].score - options[1].score if len(options) > 1 else 10.0
            ranked.append((margin, target, options))
        ranked.sort(key=lambda entry: -entry[0])
        used: set[tuple[int, int]] = set()
        for margin, target, options in ranked:
            if sure_only:
                if margin > _ROW / 4 and (line is None or nearness(line, line_of(self.pages, options[0].hit)) > 0):
                    columns.setdefault(target.column, []).append(self._span(options[0].hit))
                continue
            ordered = _fresh(options, used)
            off_row = line is not None and nearness(line, line_of(self.pages, ordered[0].hit)) == 0
            self._place(target, ordered, astray=off_row and len(ordered) > 1)
            used.update((ordered[0].hit.page, word) for word in ordered[0].hit.words)

    def _fit(
        self, target: Target, hit: Hit, line: Line | None, columns: Mapping[Path, list[tuple[float, float]]]
    ) -> float:
        near = nearness(line, line_of(self.pages, hit)) if line is not None else 0.0
        spans = columns.get(target.column)
        column = 0.0
        if spans:
            left, right = self._span(hit)
            column = sum(min(right, r) > max(left, x) for x, r in spans) / len(spans)
        return _ROW * near + _COLUMN * column

    def _span(self, hit: Hit) -> tuple[float, float]:
        words = self.pages[hit.page - 1].words
        return min(words[i].box.left for i in hit.words), max(words[i].box.right for i in hit.words)

    # ------------------------------------------------------------------------------------------- scalars
    def _scalars(self, targets: Sequence[Target]) -> None:
        ranked: dict[Path, list[_Option]] = {}
        for target in targets:
            ranked[target.path] = sorted(self._options(target, self.hits(target)), key=lambda option: -option.score)
        families: dict[Path, list[Target]] = {}
        for target in targets:
            families.setdefault(target.path[:-1], []).append(target)
        order = sorted(targets, key=lambda target: -_margin(ranked[target.path]))
        used: set[tuple[int, int]] = set()
        for target in order:
            family = [t for t in families[target.path[:-1]] if t is not target] if len(target.path) > 1 else []
            options = [
                replace(option, score=option.score + _CLUSTER * self._kinship(option.hit, family, ranked))
                for option in ranked[target.path]
            ]
            options.sort(key=lambda option: -option.score)
            self._place(target, _fresh(options, used))
            best = self.chosen.get(target.path)
            if best is not None:
                used.update((best.hit.page, word) for word in best.hit.words)

    def _kinship(self, hit: Hit, family: Sequence[Target], ranked: Mapping[Path, list[_Option]]) -> float:
        """0..1: how near the other fields of the object are."""
        near = []
        words = self.pages[hit.page - 1].words
        box = words[hit.words[0]].box
        for other in family:
            options = ranked[other.path][:12]
            if not options:
                continue
            best = 0.0
            for option in options:
                if option.hit.page != hit.page or option.score < options[0].score - 2.0:
                    continue
                there = words[option.hit.words[0]].box
                lines = abs(there.top - box.top) / max(box.height, 1.0)
                across = abs(there.left - box.left) / max(box.height, 1.0)
                best = max(best, 1.0 / (1.0 + lines / 4 + across / 20) / (1.0 + 0.2 * (len(options) - 1)))
            near.append(best)
        return sum(near) / len(near) if near else 0.0

    # ------------------------------------------------------------------------------------------- choosing
    def _options(self, target: Target, hits: Iterable[Hit]) -> list[_Option]:
        """Every hit with what it is worth by itself."""
        named = {word for name in target.leaf.segments for word in self._words_of(name)}
        quoted = self._quoted(target)
        options = []
        hits = list(hits)[:_LOOKED_AT]
        several = 1 < len(hits) <= _DESCRIBED_HITS
        for hit in hits:
            label = self.labels.near(target, hit)
            score = _QUALITY * hit.quality + _LABEL * label + _AROUND * self.labels.around(target, hit)
            if several:
                score += _TOLD * self.labels.told(target, hit)
            if named:
                score += _SEGMENT * _share(hit, named)
            if quoted:
                score += _QUOTE * _share(hit, quoted)
            segment = self.segments.get(self.pages[hit.page - 1].words[hit.words[0]].segment_id or "")
            if segment is not None and segment.type in ("PageHeader", "PageFooter", "PageNumber"):
                score -= _RUNNING
            options.append(_Option(hit, score, label))
        return options

    def _words_of(self, segment_id: str) -> list[tuple[int, int]]:
        segment = self.segments.get(segment_id)
        return [(segment.page, word) for word in segment.words] if segment else []

    def _quoted(self, target: Target) -> set[tuple[int, int]]:
        quote = target.leaf.quote
        if not quote or len(quote) > 2000:  # noqa: PLR2004 - longer is no quote
            return set()
        return {(hit.page, word) for hit in self.finder.find(quote)[:20] for word in hit.words}

    def _place(self, target: Target, options: list[_Option], *, astray: bool = False) -> None:
        """Gives the target the first option; `astray` says that it is away from the rest of its item."""
        if target.leaf.places:
            return
        if not options:
            region = self._region(target)
            if region is not None:
                self.placed[target.path] = replace(target.leaf, places=(region,))
            return
        best = options[0]
        self.chosen[target.path] = best
        rivals = [option for option in options[1:] if best.score - option.score < _TIE]
        tied = (bool(rivals) or astray) and best.label < _LABELLED
        page = self.pages[best.hit.page - 1]
        place = Place(
            best.hit.page, best.hit.words, exact=best.hit.exact, segment_id=page.words[best.hit.words[0]].segment_id
        )
        self.placed[target.path] = replace(target.leaf, places=(place,), tied=target.leaf.tied or tied)

    def _region(self, target: Target) -> Place | None:
        """Where the filler says it read a value that is not printed as such: its quote, else its segment."""
        quoted = sorted(self._quoted(target))
        if quoted:
            page = quoted[0][0]
            return Place(page, tuple(word for number, word in quoted if number == page), exact=False)
        for name in target.leaf.segments:
            if (segment := self.segments.get(name)) is not None:
                return Place(segment.page, (), exact=False, segment_id=segment.id)
        return None


def _share(hit: Hit, words: set[tuple[int, int]]) -> float:
    return sum((hit.page, word) in words for word in hit.words) / len(hit.words)


def _margin(options: Sequence[_Option]) -> float:
    if not options:
        return 0.0
    return options[0].score - options[1].score if len(options) > 1 else 10.0


def _fresh(options: list[_Option], used: set[tuple[int, int]]) -> list[_Option]:
    """The options again, those on words that another field took behind equal ones that are free."""
    if not used or len(options) < 2:  # noqa: PLR2004 - nothing to choose
        return options
    lowered = [replace(option, score=option.score - _TAKEN * _share(option.hit, used)) for option in options]
    return sorted(lowered, key=lambda option: -option.score)
