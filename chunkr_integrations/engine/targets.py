"""What has to be placed: the leaves of a draft with what their schema calls them, and the lists they are in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.draft import Draft, Leaf
from chunkr_integrations.engine.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Item", "Path", "Rows", "Target", "targets_of", "tokens"]

Path = tuple["str | int", ...]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TOKEN = re.compile(r"[^\W_]+")
_ARTICLES = (
    "a an and as at by de der die das du et for from in is it la le les mit of on or per that the to und von with zu"
)
_SCHEMA_WORDS = "iso yyyy mm dd string value values field column table text format null if any e g i"
_STOP = frozenset(f"{_ARTICLES} {_SCHEMA_WORDS}".split())
_DESCRIBED = 10  # words of a description that may name the field


@dataclass
class Target:
    """A leaf that needs a place."""

    path: Path
    leaf: Leaf
    kind: str  # "date" where the schema says so, else ""
    name: tuple[str, ...]  # words of its own name
    title: tuple[str, ...]
    described: tuple[str, ...]
    around: tuple[str, ...]  # words of the names of the objects it is in

    @property
    def column(self) -> Path:
        """Its path without list positions: the same for all items of a list."""
        return tuple("*" if isinstance(part, int) else part for part in self.path)


@dataclass
class Item:
    """One item of a list: its own leaves, and the lists in it."""

    targets: list[Target] = field(default_factory=list)
    lists: list[Rows] = field(default_factory=list)

    def leaves(self) -> Iterator[Target]:
        """Its leaves and those of the lists in it."""
        yield from self.targets
        for rows in self.lists:
            for item in rows.items:
                yield from item.leaves()


@dataclass
class Rows:
    """A list; `path` has no position at its end."""

    path: Path
    items: list[Item]


def tokens(text: str) -> tuple[str, ...]:
    """Its words, folded, camelCase and snake_case taken apart."""
    return tuple(_TOKEN.findall(fold(_CAMEL.sub(" ", text).replace("_", " "))))


def targets_of(draft: Draft, schema: Mapping[str, Any]) -> Item:
    """The draft as one item: scalars outside of lists, and the lists."""
    root = Item()
    _Walk(schema).visit(draft, schema, (), (), root)
    return root


class _Walk:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def visit(self, draft: Draft, schema: Any, path: Path, around: tuple[str, ...], item: Item) -> None:
        """Adds the leaves below `draft` to `item`."""
        node = self.resolved(schema)
        if isinstance(draft, Leaf):
            if draft.value is not None:
                item.targets.append(_target(draft, node, path, around))
            return
        if isinstance(draft, dict):
            properties = node.get("properties")
            extra = node.get("additionalProperties")
            inner = around + (_names(path, node) if path else ())
            for key, value in draft.items():
                below = properties.get(key, extra) if isinstance(properties, dict) else extra
                self.visit(value, below, (*path, key), inner, item)
            return
        rows = Rows(path, [])
        for index, value in enumerate(draft):
            one = Item()
            inner = around if isinstance(value, Leaf) else around + _names(path, node)
            self.visit(value, node.get("items"), (*path, index), inner, one)
            rows.items.append(one)
        item.lists.append(rows)

    def resolved(self, schema: Any) -> dict[str, Any]:
        """The schema behind references and the one alternative that is not null."""
        node = dict(schema) if isinstance(schema, dict) else {}
        for _ in range(8):
            reference = node.pop("$ref", None)
            if isinstance(reference, str):
                node = {**self._at(reference), **node}
                continue
            options = [
                option
                for key in ("anyOf", "oneOf", "allOf")
                for option in node.pop(key, None) or ()
                if isinstance(option, dict) and option.get("type") != "null"
            ]
            if not options:
                break
            for option in reversed(options):
                node = {**option, **node}
        return node

    def _at(self, reference: str) -> dict[str, Any]:
        found: Any = self.root
        for part in reference.lstrip("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}


def _names(path: Path, node: Mapping[str, Any]) -> tuple[str, ...]:
    last = next((part for part in reversed(path) if isinstance(part, str)), "")
    return _useful(tokens(last) + tokens(_text(node.get("title"))))


def _target(leaf: Leaf, node: Mapping[str, Any], path: Path, around: tuple[str, ...]) -> Target:
    last = next((part for part in reversed(path) if isinstance(part, str)), "")
    described = _useful(tokens(_text(node.get("description")))[: 2 * _DESCRIBED])[:_DESCRIBED]
    kind = "date" if node.get("format") in ("date", "date-time") else ""
    return Target(path, leaf, kind, _useful(tokens(last)), _useful(tokens(_text(node.get("title")))), described, around)


def _useful(words: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(word for word in words if word not in _STOP)
    return kept or words


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
