"""Puts one JPEG on one PDF page, as a scanner does: `python jpeg_to_pdf.py in.jpg out.pdf WIDTH HEIGHT DPI`."""

from __future__ import annotations

import sys
from pathlib import Path


def pdf(jpeg: bytes, width: int, height: int, dpi: int) -> bytes:
    """A PDF of one page, as large as the picture at that resolution."""
    points = f"{width * 72 / dpi:.2f} {height * 72 / dpi:.2f}"
    content = "q {} 0 0 {} 0 0 cm /Im0 Do Q".format(*points.split()).encode()
    image = (
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {points}] /Contents 4 0 R".encode()
        + b" /Resources << /XObject << /Im0 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
        f"<< {image} /Filter /DCTDecode /Length {len(jpeg)} >>\nstream\n".encode() + jpeg + b"\nendstream",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode()


if __name__ == "__main__":
    source, target, *numbers = sys.argv[1:]
    Path(target).write_bytes(pdf(Path(source).read_bytes(), *map(int, numbers)))
