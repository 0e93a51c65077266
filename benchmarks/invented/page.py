"""A page to put words on by hand, written as a PDF, or as the image a scanner or a receipt printer would give."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pypdfium2
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    import random

__all__ = ["Sheet", "pdf_of", "scan_of", "width_of"]

# Widths of Helvetica's characters from blank to tilde, in thousandths of the size (Adobe's font metrics).
_WIDTHS = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 "
    "584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 "
    "278 556 500 722 500 500 500 334 260 334 584"
)
_WIDTH = dict(enumerate((int(w) for w in _WIDTHS.split()), 32))


def width_of(text: str, size: float, *, mono: bool = False) -> float:
    """How wide a text is, in points."""
    return len(text) * 0.6 * size if mono else sum(_WIDTH.get(ord(c), 556) for c in text) * size / 1000


@dataclass
class Sheet:
    """One page; y runs down from its top, in points."""

    width: float = 595.0
    height: float = 842.0
    font: str = "F1"  # F1 Helvetica, F2 bold, F3 Courier
    marks: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, *, size: float = 9, bold: bool = False, align: str = "left") -> None:
        """Prints `words` with their baseline at `y`, from, up to or around `x`."""
        mono = self.font == "F3"
        wide = width_of(words, size, mono=mono)
        left = x - wide if align == "right" else x - wide / 2 if align == "centre" else x
        raw = words.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        font = "F2" if bold and not mono else self.font
        place = f"{left:.2f} {self.height - y:.2f}"
        self.marks.append(f"BT /{font} {size} Tf {place} Td ({raw.decode('latin-1')}) Tj ET")

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draws a thin line."""
        self.marks.append(f"0.5 w {x0:.1f} {self.height - y0:.1f} m {x1:.1f} {self.height - y1:.1f} l S")

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Draws the border of a box whose top left corner is at x, y."""
        self.marks.append(f"0.5 w {x:.1f} {self.height - y - height:.1f} {width:.1f} {height:.1f} re S")


def pdf_of(sheets: list[Sheet]) -> bytes:
    """The sheets as a PDF."""
    fonts = "".join(
        f"/F{n} << /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >> "
        for n, name in enumerate(("Helvetica", "Helvetica-Bold", "Courier"), 1)
    )
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for sheet in sheets:
        stream = "\n".join(sheet.marks).encode("latin-1")
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {sheet.width} {sheet.height}] "
            f"/Resources << /Font << {fonts}>> >> /Contents {len(objects) + 2} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def scan_of(pdf: bytes, chance: random.Random, *, dpi: int = 200) -> bytes:
    """The first page as a scanner gives it: grey, a little askew, a little soft, with specks. PNG."""
    page = pypdfium2.PdfDocument(pdf)[0]
    image = page.render(scale=dpi / 72, grayscale=True).to_pil()
    image = image.rotate(chance.uniform(-0.8, 0.8), expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0.2, 0.6)))
    for _ in range(60):
        image.putpixel((chance.randrange(image.width), chance.randrange(image.height)), chance.randrange(120))
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()
