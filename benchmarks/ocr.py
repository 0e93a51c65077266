"""How much of a page the recognisers read, where they say it stands, and how long it takes.

    python benchmarks/ocr.py                                  # Tesseract, on the example documents
    python benchmarks/ocr.py --ocr rapidocr --ocr tesseract   # what the extras ocr and ocr-fast install
    python benchmarks/ocr.py --pages 20 FOLDER                # on the first pages of PDFs of your own

Digital pages are rendered at 200 dpi, spoilt as scanners do, and read; what their text layer says is the truth.
Recall: share of the words found exactly, counted as often as they stand there. Boxes: share of the words that stand
once and were found whose box, given back in the frame of the spoilt picture, has an overlap (intersection over union)
of at least .5 with the true one. Seconds are of the clock, and in brackets of the processor; loading the recogniser is
not in them.
"""

from __future__ import annotations

import argparse
import io
import math
import random
import time
from collections import Counter
from pathlib import Path

import pypdfium2
from PIL import Image, ImageFilter

from chunkr_integrations.engine import Engine
from chunkr_integrations.engine.document import Box, Page

EXAMPLES = Path(__file__).parent.parent / "examples" / "documents"
DPI = 200
FEWEST = 40  # words of a page that is worth measuring
# Name, quarter turn and skew, both clockwise in degrees, and whether it is noisy.
SPOILT = (
    ("clean", 0, 0.0, False),
    ("noisy", 0, 0.8, True),
    ("turned 90", 90, 0.0, False),
    ("turned 180", 180, 0.0, False),
    ("turned 270", 270, 0.0, False),
    ("skewed 3", 0, 3.0, False),
    ("skewed -10", 0, -10.0, False),
    ("180 + 5, noisy", 180, 5.0, True),
)


def spoilt(picture: Image.Image, quarter: int, skew: float, noisy: bool) -> Image.Image:
    turned = picture.rotate(-quarter, expand=True)
    if skew:
        turned = turned.rotate(-skew, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    if not noisy:
        return turned
    random.seed(1)
    grain = Image.effect_noise(turned.size, 40)
    blurred = turned.filter(ImageFilter.GaussianBlur(0.8))
    stream = io.BytesIO()
    Image.blend(blurred, grain, 0.15).save(stream, "JPEG", quality=55)
    return Image.open(stream).convert("L")


def truth(path: Path, quarter: int, skew: float) -> tuple[list[tuple[str, Box]], Image.Image]:
    """The words of the first page, each where it is in the picture once that is spoilt; and the picture."""
    page = Engine().parse(path.read_bytes(), name=path.name).page(1)
    picture = pypdfium2.PdfDocument(path)[0].render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
    width, height = (page.width, page.height) if quarter % 180 == 0 else (page.height, page.width)
    turned = Page(1, page.width, page.height, (), (), rotation=-quarter % 360)  # turns boxes back, so the other way
    return [(word.text, skewed(turned.in_file(word.box), width, height, skew)) for word in page.words], picture


def skewed(box: Box, width: float, height: float, skew: float) -> Box:
    """The box after the page was turned about its middle and grew; in pixels."""
    cos, sin = math.cos(math.radians(skew)), math.sin(math.radians(skew))
    new_width, new_height = width * cos + height * abs(sin), width * abs(sin) + height * cos
    corners = [(x - width / 2, y - height / 2) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    xs = [new_width / 2 + x * cos - y * sin for x, y in corners]
    ys = [new_height / 2 + x * sin + y * cos for x, y in corners]
    scale = DPI / 72
    return Box(min(xs) * scale, min(ys) * scale, (max(xs) - min(xs)) * scale, (max(ys) - min(ys)) * scale)


def overlap(one: Box, other: Box) -> float:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    if across <= 0 or down <= 0:
        return 0.0
    both = across * down
    return both / (one.width * one.height + other.width * other.height - both)


def measure(name: str, paths: list[Path], only: list[str] | None) -> None:
    began = time.perf_counter()
    engine = Engine(ocr=name)
    engine.parse((EXAMPLES / "receipt_en.png").read_bytes())
    print(f"\n{name}: {len(paths)} pages, ready after {time.perf_counter() - began:.1f} s")
    print(f"{'':16} {'recall':>7} {'boxes':>7} {'s/page':>7}")
    for title, quarter, skew, noisy in SPOILT:
        if only and title not in only:
            continue
        found = wanted = right = placed = 0
        seconds = worked = 0.0
        for path in paths:
            words, picture = truth(path, quarter, skew)
            stream = io.BytesIO()
            spoilt(picture, quarter, skew, noisy).save(stream, "PNG")
            began, before = time.perf_counter(), time.process_time()
            page = engine.parse(stream.getvalue(), name="page.png").page(1)
            seconds += time.perf_counter() - began
            worked += time.process_time() - before
            read = Counter(word.text for word in page.words)
            there = Counter(text for text, _ in words)
            wanted += sum(there.values())
            found += sum((read & there).values())
            boxes = dict(words)
            for word in page.words:
                if there[word.text] == read[word.text] == 1:
                    placed += 1
                    right += overlap(page.in_file(word.box), boxes[word.text]) >= 0.5
        shares = f"{found / wanted:7.3f} {right / max(placed, 1):7.3f}"
        print(f"{title:16} {shares} {seconds / len(paths):7.2f} ({worked / len(paths):.2f})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=EXAMPLES)
    parser.add_argument("--ocr", action="append", help="tesseract, rapidocr-onnxruntime, rapidocr-openvino")
    parser.add_argument("--pages", type=int, default=10, help="at most so many files, their first pages")
    parser.add_argument("--only", action="append", help="one of the ways to spoil a page; may be repeated")
    arguments = parser.parse_args()
    pages = [(path, Engine().parse(path.read_bytes()).page(1)) for path in sorted(arguments.folder.rglob("*.pdf"))]
    digital = [path for path, page in pages if not page.ocr and len(page.words) >= FEWEST]
    step = max(1, len(digital) // arguments.pages)
    for name in arguments.ocr or ["tesseract"]:
        measure(name, digital[::step][: arguments.pages], arguments.only)


if __name__ == "__main__":
    main()
