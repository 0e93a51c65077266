"""Spans around submitting, waiting and reading, where `opentelemetry-api` is installed; nothing otherwise.

A span is the child of whatever is current when the call begins, and never current itself: a flow pauses between its
steps, and what runs meanwhile is not its child. Attributes hold ids and counts, no keys, URLs or document text.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from chunkr_integrations._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["span"]


@contextmanager
def span(name: str) -> Iterator[Callable[..., None]]:
    """A span that ends with the block, as an error if the block raises; gives a function that sets its attributes."""
    trace = _api()
    if trace is None:
        yield _say_nothing
        return
    begun = trace.get_tracer("chunkr_integrations", __version__).start_span(f"chunkr.{name}")

    def say(**attributes: str | float | None) -> None:
        for key, value in attributes.items():
            if value is not None:
                begun.set_attribute(f"chunkr.{key}", value)

    try:
        yield say
    except BaseException as exc:
        # The class only: a message may name the input.
        begun.set_status(trace.StatusCode.ERROR, type(exc).__name__)
        raise
    finally:
        begun.end()


@cache
def _api() -> Any:
    try:
        from opentelemetry import trace  # noqa: PLC0415 - optional, and no part of any extra
    except ImportError:
        return None
    return trace


def _say_nothing(**_: Any) -> None:
    pass
