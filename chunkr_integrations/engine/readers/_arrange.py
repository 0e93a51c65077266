"""Blocks and tables of recognised words, by the parser that finds them in digital pages.

The words are written into a page of invisible letters of the right size, and that page is parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chunkr_integrations.engine.readers._liteparse import LiteParser
from chunkr_integrations.engine.readers._parser import ParserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.layout import RawBlock, RawWord

__all__ = ["arranged"]

# Any character stands for itself and is half as wide as it is high: the font is never drawn.
_CHARACTERS = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange
endcmap CMapName currentdict /CMap defineresource pop end end"""
_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Own /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
    b"""<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Own /DW 500 /FontDescriptor 8 0 R
/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>""",
    b"<< /Length %d >>\nstream\n%s\nendstream" % (len(_CHARACTERS), _CHARACTERS),
    b"""<< /Type /FontDescriptor /FontName /Own /Flags 4 /FontBBox [0 -200 500 800] /ItalicAngle 0
/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>""",
    b"<< /Font << /F 5 0 R >> >>",
)
_SIZE = 0.9  # of the font, to the height of a word's box
_BASE = 0.8  # of the box above the base line
_BEYOND = 0xFFFF  # characters of two UTF-16 units are written as one that is neither letter nor digit


def arranged(width: float, height: float, words: Sequence[RawWord]) -> tuple[RawBlock, ...]:
    """The blocks of a page with these words; none where the parser is not installed."""
    try:
        return next((page.blocks for page in LiteParser().pages(_pdf(width, height, words))), ())
    except (ParserError, ImportError):
        return ()


def _pdf(width: float, height: float, words: Sequence[RawWord]) -> bytes:
    content = b"BT 3 Tr\n" + b"".join(_shown(word, height) for word in words) + b"ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents 4 0 R /Resources 9 0 R >>" % (width, height),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        *_FONT,
    )
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
    return bytes(out) + end % (len(objects) + 1, table, len(objects) + 1, len(out))


def _shown(word: RawWord, height: float) -> bytes:
    text = "".join(character if ord(character) < _BEYOND else "\ufffd" for character in word.text)
    size = max(_SIZE * word.box.height, 0.1)
    stretched = 100 * word.box.width / (0.5 * size * len(text))
    base = height - word.box.top - _BASE * word.box.height
    code = text.encode("utf-16-be", "replace").hex().encode()
    return b"/F %.2f Tf %.2f Tz 1 0 0 1 %.2f %.2f Tm <%s> Tj\n" % (size, stretched, word.box.left, base, code)
