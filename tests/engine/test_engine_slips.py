from __future__ import annotations

import pytest

from chunkr_integrations.engine.document import Box, Document, Page, Word
from chunkr_integrations.engine.find import Finder


def page_of(*lines: str, ocr: bool = True) -> Document:
    """A page of lines; each word as wide as its letters."""
    words = []
    for number, line in enumerate(lines):
        left = 10.0
        for text in line.split():
            words.append(Word(text, Box(left, 20.0 * number, 5.0 * len(text), 10.0), number, confidence=0.8))
            left += 5.0 * len(text) + 4.0
    return Document("image/png", (Page(1, 600.0, 800.0, tuple(words), (), ocr=ocr),))


def printed(document: Document, value) -> str:
    hits = Finder(document).find(value)
    return " ".join(document.pages[0].words[i].text for i in hits[0].words) if hits else ""


@pytest.mark.parametrize(
    ("line", "value", "words"),
    [
        ("Lieferant Miinchen Bayern", "München", "Miinchen"),
        ("An Kundenstrafe 15 in", "Kundenstraße 15", "Kundenstrafe 15"),
        ("An KundenstraBe 15 in", "Kundenstraße 15", "KundenstraBe 15"),
        ("Teil StoBfanger vorn", "Stoßfänger", "StoBfanger"),
        ("Wasser 12 x 1,01 PET Kasten", "Wasser 12 x 1,0l PET", "Wasser 12 x 1,01 PET"),
        ("Firma Modem Kemel GmbH", "Modern Kernel GmbH", "Modem Kemel GmbH"),
        ("Podesta Gruup, lnc. here", "Podesta Group, Inc.", "Podesta Gruup, lnc."),
        ("Nr PFAS 30", "PFA5", "PFAS"),
    ],
)
def test_misread_text_is_found_on_a_recognised_page(line, value, words):
    assert printed(page_of(line), value) == words


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("Total 6,437,053 people", "6,137,053"),
        ("Invoice 2023-00817 of May", "2023-00877"),
        ("IBAN DE02120300000000202051", "DE02120300000000202052"),
        ("Kundenstrasse 16 in", "Kundenstraße 15"),
        ("Total 123456789", 123456780),
    ],
)
@pytest.mark.parametrize("ocr", [True, False])
def test_a_value_with_another_digit_is_another_value(line, value, ocr):
    assert printed(page_of(line, ocr=ocr), value) == ""


def test_a_short_name_may_not_differ_and_a_digital_page_has_no_slips():
    assert printed(page_of("Mr Bern said"), "Burn") == ""
    assert printed(page_of("An Kundenstrafo 15 in", ocr=False), "Kundensteate 15") == ""


def test_slips_are_no_exact_match():
    assert not Finder(page_of("Lieferant Miinchen Bayern")).find("München")[0].exact


def test_a_misread_value_goes_on_over_the_end_of_its_line():
    assert printed(page_of("Firma Podesta", "Gruup and", "others"), "Podesta Group") == "Podesta Gruup"
