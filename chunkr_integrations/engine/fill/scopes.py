"""Fields with everyday names inside objects: their values are looked for under the object's heading."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill.labels import captions_like, labels_of, roles_of, subject_of
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import Object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.fill.reading import Reading, Run
    from chunkr_integrations.engine.fill.scalars import Candidate
    from chunkr_integrations.engine.fill.schema import Field

__all__ = ["Scopes"]

_REACH = 14  # lines under a heading
_OUTSIDE = 0.7  # worth of a candidate for such a field elsewhere
_EVERYDAY = frozenset(
    tokens_of("date name number type code id title status description value amount total year text note")
)


class Scopes:
    """Where the objects of a schema are headed in a document."""

    def __init__(self, reading: Reading, fields: Sequence[Field]) -> None:
        self.reading = reading
        self.names = Counter(field.name for field in fields)
        self.headings: dict[Object, list[Run]] = {}

    def weighed(self, field: Field, found: list[Candidate]) -> list[Candidate]:
        """The candidates, worth less where the field's name needs its object and the object is not spoken of."""
        parent = field.parent
        if not isinstance(parent, Object) or not parent.name or roles_of(field) or subject_of(field) is not field:
            return found
        name = set(tokens_of(field.called))
        if not (name <= _EVERYDAY or self.names[field.name] > 1):
            return found
        about = set(tokens_of(parent.called))
        return [c if self._inside(parent, about, c) else replace(c, score=c.score * _OUTSIDE) for c in found]

    def _inside(self, parent: Object, about: set[str], candidate: Candidate) -> bool:
        if candidate.match is not None and about & set(candidate.match.caption.tokens):
            return True
        if parent not in self.headings:
            matches = captions_like(self.reading, labels_of(parent), frozenset(), 0.75)
            self.headings[parent] = [m.caption.run for m in matches]
        return any(0 <= candidate.run.line - run.line <= _REACH for run in self.headings[parent])
