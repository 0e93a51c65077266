"""What a filler hands over: values in the shape of the schema, each with where it was read.

A draft mirrors `results`: dicts for objects, lists for arrays, a `Leaf` for each JSON primitive. Grounding fills in
places that a filler did not know; `chunkr_integrations.engine.output` turns the whole into results, citations and
metrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Draft", "Leaf", "Place", "Scalar"]

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Place:
    """Words of one page that print a value."""

    page: int  # from 1
    words: tuple[int, ...]  # indexes into the page's words, in reading order
    exact: bool = True  # False: a fuzzy match, or only the region is known
    segment_id: str | None = None  # set, and `words` empty: only the segment is known


@dataclass(frozen=True)
class Leaf:
    """A value, and what is known of where it stands."""

    value: Scalar
    places: tuple[Place, ...] = ()  # all words that together print the value; more than one when it spans pages
    score: float = 0.0  # 0..1: how sure the filler is that this is the value asked for
    tied: bool = False  # other places fit as well as the one chosen
    segments: tuple[str, ...] = ()  # ids of segments that the filler says it read
    quote: str | None = None  # the text that the filler says it read
    way: str = ""  # how it was found, as `fill.confidence` names it; "" where that is not counted


Draft: TypeAlias = dict[str, "Draft"] | list["Draft"] | Leaf
