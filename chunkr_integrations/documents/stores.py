"""What vector stores take as metadata, as observed; a checker, so that an upsert does not fail after it was paid for.

| store | takes |
| --- | --- |
| `chroma` (chromadb 1.5.9) | str, int, float, bool and lists of one of these, not empty; no None |
| `flat` (llama-index's Chroma and LanceDB with `flat_metadata=True`) | str, int, float, bool, None; no list |
| `pinecone` | str, numbers, bool, lists of str; no None; 40,960 bytes with the text |
| `vectorize` (Cloudflare) | JSON; 10,240 bytes |
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from chunkr_integrations.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Store", "check_metadata"]

Store = Literal["chroma", "flat", "lancedb", "pinecone", "vectorize"]


@dataclass(frozen=True)
class _Profile:
    takes: Callable[[Any], bool]
    instead: str
    """What the store wants; for the message."""
    limit: int | None = None
    """Bytes of metadata and text as JSON in UTF-8; None: no limit known."""


def check_metadata(metadata: Mapping[str, Any], *, store: Store, text: str = "") -> tuple[str, ...]:
    """What the store would refuse, one sentence each; empty when it would take all.

    Args:
        metadata: Of one document.
        store: Whose rules; the module's table has them.
        text: The document's text, where it counts against the size.
    """
    profile = _PROFILES.get(store)
    if profile is None:
        msg = f"store={store!r} is not known. Use one of {', '.join(map(repr, _PROFILES))}."
        raise ConfigurationError(msg)
    refused = [
        f"{key}: {store} takes {profile.instead}, not {_kind(value)}"
        for key, value in metadata.items()
        if not profile.takes(value)
    ]
    size = len(json.dumps([metadata, text], ensure_ascii=False, default=str).encode())
    if profile.limit is not None and size > profile.limit:
        refused.append(f"{size} bytes are more than the {profile.limit} that {store} takes; lower metadata_cap")
    return tuple(refused)


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {_kind(value[0])}" if value else "an empty list"
    return type(value).__name__


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _is_scalar_or_list(value: Any) -> bool:
    if not isinstance(value, list):
        return _is_scalar(value)
    return bool(value) and _is_scalar(value[0]) and all(type(item) is type(value[0]) for item in value)


def _is_scalar_or_texts(value: Any) -> bool:
    return all(isinstance(item, str) for item in value) if isinstance(value, list) else _is_scalar(value)


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


_FLAT: Final = _Profile(lambda value: value is None or _is_scalar(value), "str, int, float, bool or None")
_PROFILES: Final[Mapping[str, _Profile]] = {
    "chroma": _Profile(_is_scalar_or_list, "str, int, float, bool or a list of one of them that is not empty"),
    "flat": _FLAT,
    "lancedb": _FLAT,
    "pinecone": _Profile(_is_scalar_or_texts, "str, numbers, bool or a list of str", limit=40_960),
    "vectorize": _Profile(_is_json, "JSON", limit=10_240),
}
