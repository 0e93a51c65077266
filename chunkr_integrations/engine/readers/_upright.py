"""How a picture of a page lies: whether its lines run across or down, and by how many degrees they are off level.

Lines of print are dark, what is between them is light. Summed along the lines, the picture's darkness rises and falls
most when the sums run exactly along them.
"""

from __future__ import annotations

import itertools
from array import array
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageOps

__all__ = ["Lie", "Runs", "lie_of", "turned"]

_SIDE = 600  # pixels of the longer side that is looked at: lines of print are still parted
_REACH = 12  # degrees of skew that are looked for
_CLEAR = 5.0  # rise and fall at the best angle over that at the middle one; print has 6 to 180, pictures 1 to 5
_LEVEL = 1.0  # degrees; below, turning costs sharpness and recognition does not gain


Runs = Literal["across", "down", "unknown"]


@dataclass(frozen=True)
class Lie:
    """How the lines of a picture run."""

    skew: float = 0.0  # degrees clockwise by which the picture has to be turned to make them level or upright
    runs: Runs = "unknown"  # which way; a page whose lines run down lies on its side


def lie_of(picture: Image.Image) -> Lie:
    """How the lines of a grey picture run; the default where it shows none."""
    low, high = picture.getextrema()
    if low == high:
        return Lie()
    small = ImageOps.invert(picture)
    share = min(1.0, _SIDE / max(small.size))
    small = small.resize(
        (max(1, round(small.width * share)), max(1, round(small.height * share))), Image.Resampling.BOX
    )
    found = {float(angle): _contrasts(small, angle) for angle in range(-_REACH, _REACH + 1)}
    clear, down = max((_clearness([each[axis] for each in found.values()]), axis) for axis in (0, 1))
    if clear < _CLEAR:
        return Lie()
    best = max(found, key=lambda angle: found[angle][down])
    near = {best + step / 10: _contrasts(small, best + step / 10)[down] for step in range(-8, 9, 2)}
    skew = max(near, key=lambda angle: near[angle])
    return Lie(0.0 if abs(skew) < _LEVEL else round(skew, 1), "down" if down else "across")


def turned(picture: Image.Image, quarter: int, skew: float = 0.0) -> Image.Image:
    """The picture turned clockwise: first by quarter turns, then by a few degrees, growing so that nothing is cut."""
    if quarter:
        turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
        picture = picture.transpose(turns[quarter])
    return picture.rotate(-skew, Image.Resampling.BICUBIC, expand=True, fillcolor=255) if skew else picture


def _clearness(contrasts: list[float]) -> float:
    ordered = sorted(contrasts)
    return ordered[-1] / max(ordered[len(ordered) // 2], 1e-9)


def _contrasts(picture: Image.Image, angle: float) -> tuple[float, float]:
    """How much the sums of rows, and those of columns, differ from one to the next, once turned clockwise."""
    level = picture.rotate(-angle, Image.Resampling.BILINEAR).convert("F")  # means of few letters are small
    return _contrast(level.reduce((level.width, 1))), _contrast(level.reduce((1, level.height)))


def _contrast(sums: Image.Image) -> float:
    values = array("f", sums.tobytes())
    return sum((one - following) ** 2 for one, following in itertools.pairwise(values))
