"""XML as lines of `name: value`, nested elements under their names; nothing outside the file is loaded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.readers._typeset import Flow

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parsed", "xml_blocks"]

_DEEP = 200
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


def parsed(data: bytes, name: str) -> ET.Element:
    """The root element.

    Raises:
        UnreadableDocumentError: It is not well formed, or declares entities, which could load or blow up anything.
    """
    head = data.replace(b"\0", b"")  # UTF-16 hides the word
    if _ENTITY.search(head):
        raise UnreadableDocumentError(f"{name} declares XML entities, which are not read. Save it without a DTD.")
    try:
        return ET.fromstring(data)  # noqa: S314 - entities are refused above, and expat loads nothing
    except (ET.ParseError, LookupError, ValueError) as error:
        raise UnreadableDocumentError(f"{name} is no well-formed XML: {error}. Mend or export it anew.") from error


def xml_blocks(data: bytes, name: str) -> Iterator[Flow]:
    """Each element with its text as a line; elements that hold others as headings of their lines."""
    yield from _blocks(parsed(data, name), 1, name)


def _blocks(element: ET.Element, depth: int, name: str) -> Iterator[Flow]:
    if depth > _DEEP:
        raise UnreadableDocumentError(f"{name} is nested more than {_DEEP} elements deep. Flatten it.")
    label = _local(element.tag)
    attributes = " ".join(f"{_local(key)}: {value}" for key, value in element.attrib.items() if value.strip())
    text = " ".join((element.text or "").split())
    if len(element) == 0:
        if text or attributes:
            yield Flow(f"{label}: {' '.join(part for part in (text, attributes) if part)}")
        return
    yield Flow(" ".join(part for part in (label, attributes) if part), "heading", min(depth, 6))
    if text:
        yield Flow(text)
    for child in element:
        yield from _blocks(child, depth + 1, name)
        if child.tail and child.tail.strip():
            yield Flow(" ".join(child.tail.split()))


def _local(tag: object) -> str:
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else "comment"
