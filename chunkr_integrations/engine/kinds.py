"""What a block of text is: title, heading, list item, footnote, caption, or text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.drafts import Proto, Sheet, text_of

if TYPE_CHECKING:
    from chunkr_integrations.engine.document import SegmentType

__all__ = ["is_heading", "join_items", "kind_of", "mark_captions", "mark_title", "top_of"]

_LONG_HEADING = 20  # words; longer is no heading
_AMOUNT = re.compile(r"\d[.,]\d\d\b|[$€£¥]\s*\d")
_BULLET = re.compile(r"(?:[\uf000-\uf0ff•‣◦▪●○■□*·\u2013-]|\(?\d{1,2}[.)]|\(?[a-z][.)])$")
_NOTE = re.compile(r"(?:\d{1,2}|[*†‡]+)(?:\s|$)")
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|tab(?:le|elle|\.)|abb(?:ildung|\.)|chart|exhibit|grafik)\s*[\dIVX]+\b", re.IGNORECASE
)
_LARGE = 1.4  # height of a title's words, to the usual height of the page's
_LONG_TITLE = 40  # words
_NUMBERED = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]$")
_ENDS = (".", ":", ";", "!", "?")  # of what a list item may follow


def kind_of(sheet: Sheet, words: list[int]) -> SegmentType:
    """What the words of a block are."""
    first = sheet.words[words[0]]
    if len(words) > 1 and is_bullet(first.text) and not first.text.startswith("-"):
        return "ListItem"
    low = first.box.top > 0.75 * sheet.raw.height  # footnotes: small print in the lowest quarter
    if low and _NOTE.match(first.text) and first.box.height < 0.85 * _usual_height(sheet):
        return "Footnote"
    return "Text"


def is_heading(sheet: Sheet, words: list[int]) -> bool:
    """Parsers call bold lines headings; totals and `label: value` lines are none."""
    text = text_of(sheet, words)
    return len(words) <= _LONG_HEADING and not _AMOUNT.search(text) and not re.search(r":\s*\S", text)


def mark_captions(sheet: Sheet, found: list[Proto]) -> None:
    """Text beside a table or picture that begins like a caption."""
    for index, proto in enumerate(found):
        beside = {other.type for other in found[max(0, index - 1) : index + 2] if other is not proto}
        candidate = proto.type in ("Text", "SectionHeader") and bool(beside & {"Table", "Picture"})
        short = len(proto.words) <= 3 * _LONG_HEADING
        if candidate and short and _CAPTION.match(text_of(sheet, proto.words)):
            proto.type, proto.level = "Caption", 0


def mark_title(sheet: Sheet, found: list[Proto]) -> None:
    """The text in the largest letters of the first page's upper half, with what goes on in the same size below it.

    Where nothing stands out, the first heading.
    """
    if sheet.raw.number != 1:
        return
    upper = [p for p in found if p.type in ("SectionHeader", "Text") and top_of(sheet, p) < sheet.raw.height / 2]
    large = [p for p in upper if _height(sheet, p) > _LARGE * _usual_height(sheet) and len(p.words) <= _LONG_TITLE]
    headings = [p for p in upper if p.type == "SectionHeader"]
    if not large:
        if headings:
            headings[0].type, headings[0].level = "Title", 1
        return
    title = max(large, key=lambda p: _height(sheet, p))
    title.type, title.level = "Title", 1
    place = found.index(title)
    while place + 1 < len(found) and _goes_on(sheet, title, found[place + 1]):
        title.words += found.pop(place + 1).words


def _goes_on(sheet: Sheet, title: Proto, following: Proto) -> bool:
    """Whether the next segment is the rest of a title that the parser cut."""
    if following.type not in ("Text", "SectionHeader") or len(title.words) + len(following.words) > _LONG_TITLE:
        return False
    above, below = _hull(sheet, title), _hull(sheet, following)
    height = _height(sheet, title)
    alike = 0.9 < _height(sheet, following) / height < 1.1  # noqa: PLR2004 - the same size, but for rounding
    return alike and abs(above.left - below.left) < height and -height < below.top - above.bottom < height


def join_items(sheet: Sheet, found: list[Proto]) -> None:
    """List items with the lines that hang below their bullet; and numbers in mid-sentence are no items."""
    place = 1
    while place < len(found):
        before, proto = found[place - 1], found[place]
        if _hangs_below(sheet, before, proto) or _in_mid_sentence(sheet, before, proto):
            before.words += found.pop(place).words
        else:
            place += 1


def _hangs_below(sheet: Sheet, item: Proto, proto: Proto) -> bool:
    """Whether a text begins where the text of the item above it does, behind the bullet."""
    if item.type != "ListItem" or proto.type != "Text" or len(item.words) < 2:  # noqa: PLR2004 - bullet and text
        return False
    bullet, text = sheet.words[item.words[0]], sheet.words[item.words[1]]
    below, height = _hull(sheet, proto), text.box.height
    close = below.top - _hull(sheet, item).bottom < 0.7 * height
    return is_bullet(bullet.text) and close and abs(below.left - text.box.left) < height


def _in_mid_sentence(sheet: Sheet, before: Proto, proto: Proto) -> bool:
    """Whether an item's number is a part of the sentence that the text right above it does not end."""
    if before.type != "Text" or proto.type != "ListItem" or not _NUMBERED.fullmatch(sheet.words[proto.words[0]].text):
        return False
    above, below = _hull(sheet, before), _hull(sheet, proto)
    last, height = sheet.words[before.words[-1]], sheet.words[proto.words[0]].box.height
    open_ended = not last.text.endswith(_ENDS) and last.box.right > above.right - 3 * height  # its line is full
    return open_ended and abs(above.left - below.left) < height and abs(below.top - above.bottom) < height


def is_bullet(text: str) -> bool:
    """Whether a word is what list items begin with; symbol fonts have theirs in the private use area."""
    return _BULLET.fullmatch(text) is not None


def _height(sheet: Sheet, proto: Proto) -> float:
    heights = sorted(sheet.words[i].box.height for i in proto.words)
    return heights[len(heights) // 2]


def _hull(sheet: Sheet, proto: Proto) -> Box:
    return Box.around(sheet.words[i].box for i in proto.words)


def _usual_height(sheet: Sheet) -> float:
    heights = sorted(word.box.height for word in sheet.words)
    return heights[len(heights) // 2]


def top_of(sheet: Sheet, proto: Proto) -> float:
    """The upper edge of a segment."""
    if proto.box is not None:
        return proto.box.top
    return min(sheet.words[i].box.top for i in proto.words)
