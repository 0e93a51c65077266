"""JSON as text: for a model, for an embedding, for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chunkr_integrations.citations import leaves

__all__ = ["to_json_text", "to_markdown", "to_text"]


def to_json_text(value: Any, path: str = "") -> str:
    """Compact JSON with every character as it is; a lone value becomes `{"total": 1190.0}`."""
    return json.dumps(_named(value, path), ensure_ascii=False)


def to_text(value: Any, path: str = "") -> str:
    """One line a value, `vendor.name: ACME`; nulls and empty lists have none."""
    return "\n".join(f"{name}: {_printed(item)}" for name, item in leaves(_named(value, path)) if _says_something(item))


def to_markdown(value: Any, path: str = "") -> str:
    """Values as a list, objects as sections, lists of flat objects as tables; nulls have no line."""
    return "\n".join(_blocks(_named(value, path), level=2)).strip()


def _named(value: Any, path: str) -> Any:
    return value if isinstance(value, Mapping | list) else {path or "value": value}


def _blocks(value: Any, level: int) -> Iterator[str]:
    if isinstance(value, list):
        yield from _list(value, level)
        return
    sections = {name: item for name, item in value.items() if _is_section(item)}
    yield from (
        f"- **{name}**: {_inline(item)}"
        for name, item in value.items()
        if name not in sections and _says_something(item)
    )
    for name, item in sections.items():
        yield f"\n{'#' * min(level, 6)} {name}\n"
        yield from _blocks(item, level + 1)


def _list(items: list[Any], level: int) -> Iterator[str]:
    rows = [item for item in items if isinstance(item, Mapping)]
    if rows and len(rows) == len(items) and not any(_is_section(cell) for row in rows for cell in row.values()):
        yield from _table(rows)
        return
    for number, item in enumerate(items, start=1):
        if _is_section(item):
            yield f"\n{'#' * min(level, 6)} {number}\n"
            yield from _blocks(item, level + 1)
        else:
            yield f"- {_inline(item)}"


def _table(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_cell(row.get(name)) for name in columns)} |"


def _cell(value: Any) -> str:
    return _inline(value).replace("|", "\\|").replace("\n", " ") if _says_something(value) else ""


def _is_section(value: Any) -> bool:
    """An object, or a list that holds some; a list of plain values goes on one line."""
    if isinstance(value, list):
        return any(isinstance(item, Mapping | list) for item in value)
    return isinstance(value, Mapping) and bool(value)


def _inline(value: Any) -> str:
    return ", ".join(_printed(item) for item in value) if isinstance(value, list) else _printed(value)


def _says_something(value: Any) -> bool:
    return value is not None and value not in ([], {})


def _printed(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
