"""Field paths: `vendor.name`, `lines[0].price`; in a report `lines[]` is any item, `prices.*` any value of a dict."""

from __future__ import annotations

import re

__all__ = ["ITEM", "VALUE", "joined", "report_path", "steps"]

ITEM = 0
"""In the path of a schema: any item of an array."""
VALUE = None
"""In the path of a schema: any value of a dict."""

_STEP = re.compile(r"\[(\d+)\]|([^.\[]+)|\.")


def steps(path: str) -> list[str | int]:
    """`lines[0].price` as `["lines", 0, "price"]`."""
    return [int(m[1]) if m[1] else m[2] for m in _STEP.finditer(path) if m[1] or m[2]]


def joined(path: str, step: str | int) -> str:
    """The path one step further down."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step


def report_path(path: tuple[str | int | None, ...]) -> str:
    """A schema's place for people: `("lines", ITEM, "price")` as `lines[].price`."""
    said = ""
    for step in path:
        said = f"{said}[]" if step == ITEM and isinstance(step, int) else joined(said, "*" if step is None else step)
    return said
