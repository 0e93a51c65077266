"""What blocks of a page become, by rules of layout."""

from __future__ import annotations

import subprocess
import sys

import pytest
from test_engine_pdf import pdf

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.layout import RawBlock, RawCell, RawPage, RawWord
from chunkr_integrations.engine.options import ParseOptions
from chunkr_integrations.engine.readers import read
from chunkr_integrations.engine.segments import to_pages


def printed(text: str, left: float, top: float, *, size: float = 10.0) -> list[RawWord]:
    """A line of print whose letters are half as wide as they are high."""
    words = []
    for word in text.split():
        width = 0.5 * size * len(word)
        words.append(RawWord(word, Box(left, top, width, size)))
        left += width + 0.4 * size
    return words


def page(number: int, *blocks: tuple[str, list[RawWord]]) -> RawPage:
    """A page of blocks, each as large as its words."""
    made = [RawBlock(kind, Box.around(word.box for word in words), level=1) for kind, words in blocks]
    return RawPage(number, 600, 800, tuple(word for _, words in blocks for word in words), tuple(made))


def types(*pages: RawPage) -> list[list[tuple[str, str]]]:
    return [
        [(segment.type, " ".join(segment.text.split())) for segment in made.segments]
        for made in to_pages(pages, ParseOptions(), "x")
    ]


def body(top: float) -> list[RawWord]:
    return [
        word for line in range(6) for word in printed("several words of ordinary print in a line", 60, top + 12 * line)
    ]


def test_the_largest_print_of_the_first_page_is_the_title_with_all_its_lines():
    """Parsers cut long titles, and call what has an amount in it no heading."""
    large = printed("Agreement for $2 Billion among", 60, 80, size=20)
    rest = printed("the Lenders", 60, 104, size=20)
    summary = printed("Summary", 60, 150, size=12)
    first = page(1, ("paragraph", large), ("paragraph", rest), ("heading", summary), ("paragraph", body(180)))
    second = page(2, ("paragraph", printed("Schedule of Banks", 60, 150, size=20)), ("paragraph", body(180)))
    found, later = types(first, second)
    assert found[:2] == [("Title", "Agreement for $2 Billion among the Lenders"), ("SectionHeader", "Summary")]
    assert "Title" not in {kind for kind, _ in later}


def test_without_larger_print_the_first_heading_is_the_title():
    heading = printed("Report", 60, 80)
    (found,) = types(page(1, ("heading", heading), ("paragraph", body(180))))
    assert found[0] == ("Title", "Report")


@pytest.mark.parametrize("bullet", ["\uf06e", "\u2022", "a)", "1."])
def test_a_list_item_has_the_lines_that_hang_below_its_bullet(bullet):
    item = [*printed(bullet, 60, 300), *printed("The first line of it", 80, 300)]
    hanging = [word for line in range(2) for word in printed("and what follows it", 80, 312 + 12 * line)]
    after = printed("A paragraph of its own", 60, 360)
    (found,) = types(page(1, ("paragraph", item), ("paragraph", hanging), ("paragraph", after)))
    assert [kind for kind, _ in found] == ["ListItem", "Text"]
    assert found[0][1].endswith("and what follows it and what follows it")


def test_a_number_in_mid_sentence_begins_no_list_item():
    text = printed("the reasons given before were 1) the cost; and", 60, 300)
    number = printed("2) availability of the data in the years", 60, 312)
    (found,) = types(page(1, ("paragraph", text), ("list_item", number)))
    assert [kind for kind, _ in found] == ["Text"]
    ended = printed("the reasons given before were these two points:", 60, 300)
    (found,) = types(page(1, ("paragraph", ended), ("list_item", number)))
    assert [kind for kind, _ in found] == ["Text", "ListItem"]


def test_roman_page_numbers_are_page_numbers_where_pages_run_on():
    numbers = ["xiii", "xiv", "- xv -"]
    pages = [
        page(at, ("paragraph", body(200)), ("paragraph", printed(number, 290, 770)))
        for at, number in enumerate(numbers, 1)
    ]
    assert [found[-1] for found in types(*pages)] == [("PageNumber", number) for number in numbers]
    alone = types(page(1, ("paragraph", body(200)), ("paragraph", printed("mix", 290, 770))))
    assert alone[0][-1] == ("Text", "mix")


def test_what_lies_between_the_cells_of_a_table_is_in_the_cell_beside_it():
    words = [*printed("Invoice no. 4711", 60, 300), *printed("Date 2024-03-05", 60, 320)]
    invoice, number, value, date, day = words
    cells = (
        RawCell(0, 0, "Invoice", invoice.box),
        RawCell(0, 1, "4711", value.box),
        RawCell(1, 0, "Date", date.box),
        RawCell(1, 1, "2024-03-05", day.box),
    )
    table = RawBlock("table", Box.around(word.box for word in words), cells=cells)
    made = RawPage(1, 600, 800, tuple(words), (table, RawBlock("paragraph", number.box)))
    (segment,) = to_pages([made], ParseOptions(), "x")[0].segments
    assert (segment.type, segment.text) == ("Table", "Invoice no. | 4711\nDate | 2024-03-05")
    assert segment.table is not None
    assert [cell.text for cell in segment.table.cells] == ["Invoice no.", "4711", "Date", "2024-03-05"]


def test_segment_ids_are_the_same_in_every_process(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(pages=2, footer="Page {n} of 2"))
    code = (
        "import sys; from chunkr_integrations.engine import Engine; "
        "print(*[s.id for s in Engine().parse(open(sys.argv[1], 'rb').read()).segments])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, path], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout.split()
        for seed in ("1", "2")
    ]
    here = [segment.id for segment in read(path.read_bytes()).segments]
    assert runs == [here, here]
    assert len(set(here)) == len(here) > 2
