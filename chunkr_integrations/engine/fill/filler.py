"""Fills a schema from a document without a model: what finds which part, and in what order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.arrays import tables
from chunkr_integrations.engine.fill.labels import concepts_of, labels_of
from chunkr_integrations.engine.fill.reading import Reading, tokens_of
from chunkr_integrations.engine.fill.scalars import Candidate, best, candidates, leaf_of
from chunkr_integrations.engine.fill.schema import Array, Field, Object, nodes_of, words_of_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["fill"]

LEAST = 0.6  # below this score a value is left out


def fill(document: Document, schema: Mapping[str, Any], *, system_prompt: str | None = None) -> Draft:  # noqa: ARG001
    """The values that `schema` asks for, as far as they stand on the pages beside something that names them."""
    return _Filler(Reading.of(document), nodes_of(schema)).draft()


def _arrays(node: Node) -> Iterator[Array]:
    """The arrays of a schema that are in no other array."""
    if isinstance(node, Array):
        yield node
    elif isinstance(node, Object):
        for member in node.members:
            yield from _arrays(member)


class _Filler:
    def __init__(self, reading: Reading, root: Node) -> None:
        self.reading = reading
        self.root = root
        self.found: dict[Field, tuple[Candidate | None, bool]] = {}
        self.leaves: dict[Field, Leaf] = {}
        self.lists: dict[Array, list[Draft]] = {}

    def draft(self) -> Draft:
        self.scalars()
        self.arrays()
        return self.made(self.root)

    def made(self, node: Node) -> Draft:
        if isinstance(node, Object):
            return {member.name: self.made(member) for member in node.members}
        if isinstance(node, Array):
            return self.lists.get(node, [])
        return self.leaves.get(node, Leaf(None)) if isinstance(node, Field) else Leaf(None)

    def arrays(self) -> None:
        for array, table in tables(self.reading, list(_arrays(self.root))).items():
            self.lists[array] = table.items

    def scalars(self) -> None:
        if not isinstance(self.root, Object):
            return
        for field in self.root.fields():
            kind = kinds.kind_of(field)
            if kind == "prose":
                continue
            labels = labels_of(field)
            free = frozenset(t for node in field.ancestors() for t in tokens_of(f"{words_of_name(node.name)} {node.title}"))
            found = candidates(self.reading, field, kind, labels, free)
            top, tied = best(found, last=kind == "number")
            self.leaves[field] = leaf_of(top, tied=tied, least=LEAST)
