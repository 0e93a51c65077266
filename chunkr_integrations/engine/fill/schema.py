"""A JSON Schema as a tree of nodes to fill: references resolved, null set apart, what the words say kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.fill.reading import tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Array", "Field", "Node", "Object", "nodes_of", "words_of_name"]

_DEPTH = 12  # of nested objects; deeper ones (recursive schemas) stay empty
_MAX_FIELDS = 4000
_NOTHING = frozenset({"null"})
_KEY = re.compile(r"[A-Za-z]{0,6}[ _-]?\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-.\s/]+")


@dataclass(eq=False)
class Node:
    """What is common to values, objects and arrays."""

    name: str  # the property's name; "" for the root and for items
    description: str
    title: str
    aliases: tuple[str, ...]
    parent: Node | None
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def path(self) -> str:
        """Names from the root, for messages and debugging."""
        above = self.parent.path if self.parent else ""
        return f"{above}.{self.name}" if above and self.name else above or self.name

    def ancestors(self) -> Iterator[Node]:
        """Parents, nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    @property
    def words(self) -> tuple[str, ...]:
        """Tokens of name, title and description."""
        return tokens_of(" ".join((words_of_name(self.name), self.title, self.description)))

    @property
    def called(self) -> str:
        """What the schema calls it: the words of its name, or its title where the name is only a key, as "f12"."""
        return self.title if self.title and _KEY.fullmatch(self.name) else words_of_name(self.name)


@dataclass(eq=False)
class Field(Node):
    """A scalar to find."""

    types: frozenset[str] = frozenset()
    format: str = ""
    choices: tuple[Any, ...] = ()  # of enum or const, without null
    examples: tuple[str, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether a value can be given: not for what is always null, as where a schema contains itself."""
        return self.types != _NOTHING


@dataclass(eq=False)
class Object(Node):
    """An object with known properties."""

    members: tuple[Node, ...] = ()

    def fields(self) -> Iterator[Field]:
        """The scalars to find in it and in its objects, not those in arrays."""
        for member in self.members:
            if isinstance(member, Field):
                if member.asked:
                    yield member
            elif isinstance(member, Object):
                yield from member.fields()


@dataclass(eq=False)
class Array(Node):
    """A list of objects or of scalars."""

    item: Node | None = None  # None: of what cannot be filled


def words_of_name(name: str) -> str:
    """A property's name as words: "dateOfBirth", "date_of_birth" are "date of birth"."""
    return " ".join(part for part in _CAMEL.split(name) if part)


def nodes_of(schema: Mapping[str, Any]) -> Node:
    """The tree of `schema`."""
    return _Builder(schema).node("", schema, None, ("#",))


class _Builder:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.count = 0

    def node(self, name: str, schema: Any, parent: Node | None, within: tuple[str, ...]) -> Node:
        """The node of `schema`; `within` is the way to it: references, and "" for a step without one."""
        self.count += 1
        s = self.resolved(schema, 0)
        said = (name, str(s.get("description") or ""), str(s.get("title") or ""), _texts(s.get("x-aliases")), parent, s)
        types, followed = _types(s), s.get("x-followed", ())
        # What contains itself would get the same values on each level: only a list goes one level on.
        if any(within.count(reference) > (parent is not None and not name) for reference in followed):
            return Field(*said, types=_NOTHING)
        within = (*within, *(followed or ("",)))
        deep = len(within) > _DEPTH
        if "object" in types or (not types and "properties" in s):
            made = Object(*said)
            # The field's words are its label; its class's, which a compiled schema puts after them, describe any such.
            made.description = made.description.partition("\n")[0]
            if not deep and self.count < _MAX_FIELDS:
                properties = s.get("properties") or {}
                made.members = tuple(self.node(key, value, made, within) for key, value in properties.items())
            return made
        if "array" in types:
            array = Array(*said)
            items = s.get("items")
            if isinstance(items, dict) and not deep:
                array.item = self.node("", items, array, within)
            return array
        choices = s.get("enum") or ([s["const"]] if "const" in s else [])
        return Field(
            *said,
            types=frozenset(types) or (_NOTHING if s.get("type") in ("null", ["null"]) else frozenset({"string"})),
            format=str(s.get("format") or ""),
            choices=tuple(c for c in choices if c is not None),
            examples=_texts(s.get("examples")),
        )

    def resolved(self, schema: Any, depth: int) -> dict[str, Any]:
        """`schema` with references followed and the first real alternative taken."""
        if not isinstance(schema, dict) or depth > _DEPTH:
            return {}
        s = dict(schema)
        if isinstance(s.get("$ref"), str):
            reference = s.pop("$ref")
            found = self.resolved(self.target(reference), depth + 1)
            s = {**found, **s, "x-followed": (*found.get("x-followed", ()), reference)}
        for part in s.pop("allOf", ()):
            merged = self.resolved(part, depth + 1)
            s = (
                {**merged, **s, "properties": {**merged.get("properties", {}), **s.get("properties", {})}}
                if merged
                else s
            )
        for key in ("anyOf", "oneOf"):
            options = [self.resolved(option, depth + 1) for option in s.pop(key, ())]
            real = [o for o in options if o.get("type") != "null"]
            if real:
                scalars = [o for o in real if not {"object", "array"} & _types(o)]
                if len(real) > 1 and len(scalars) < len(real):
                    s["x-alternatives"] = real[1:]
                s = {**(_joined(scalars) if len(scalars) == len(real) else real[0]), **s}
        return s

    def target(self, reference: str) -> Any:
        found: Any = self.root
        for part in reference.lstrip("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        return found


def _types(s: Mapping[str, Any]) -> set[str]:
    types = s.get("type")
    several = types if isinstance(types, (list, tuple)) else [types]
    return {t for t in several if isinstance(t, str) and t != "null"}


def _texts(said: Any) -> tuple[str, ...]:
    """Aliases or examples as texts; one alone may stand without a list."""
    several = said if isinstance(said, (list, tuple)) else [said]
    return tuple(str(one) for one in several if isinstance(one, (str, int, float)))


def _joined(options: list[dict[str, Any]]) -> dict[str, Any]:
    """Scalar alternatives as one schema with all their types."""
    joined: dict[str, Any] = {}
    for option in options:
        joined = {**option, **joined}
    joined["type"] = sorted(set().union(*(_types(option) for option in options)))
    if any("enum" not in option for option in options):
        joined.pop("enum", None)
    return joined
