"""A word and its box; `document` says which frame boxes are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Box", "Word"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in page units; see the module's docstring for origin and unit."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.top + self.height

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all of `boxes`; there must be one."""
        several = list(boxes)
        left, top = min(b.left for b in several), min(b.top for b in several)
        right, bottom = max(b.right for b in several), max(b.bottom for b in several)
        return cls(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Word:
    """One word as printed: no white space inside, punctuation kept."""

    text: str
    box: Box
    line: int  # number of the visual line on its page, from 0, top to bottom; words of one line in reading order
    segment_id: str | None = None
    confidence: float = 1.0  # 1.0: from a text layer or a file; below: OCR
    ref: str | None = None  # spreadsheets: the cell it stands in: "B5", or "B5:C6" when merged
