from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkr_integrations.evaluation import Labels, Prediction, all_figures, compare, score, table
from chunkr_integrations.evaluation._pairing import best_pairs
from chunkr_integrations.evaluation._values import contains, equal, exact, similarity

ANY = {"type": "object"}


@pytest.mark.parametrize(
    ("label", "value", "same"),
    [
        (1234.5, "1.234,50 EUR", True),
        (12, "12.00", True),
        (5, "-5", False),
        (1234, "1.234", True),  # both readings count
        (-1200, "(1,200)", True),
        (0.19, "19", False),
        ("2018-12-25", "25/12/2018 8:13:39 PM", True),
        ("2018-12-25", "24/12/2018", False),
        ("2018-04-03", "3. April 2018", True),
        ("2018-04-03", "April 3rd, 2018", True),
        ("2018-04-03", "2018年4月3日", True),
        ("Acme, Inc.", "ACME INC", True),
        ("Acme", "Acme Ltd", False),
        ("007", "7", False),  # a number that begins with 0 is a name
        ("-5", "5", False),
        ("%", "$", False),
        ("%", " % ", True),
        (True, True, True),
        (True, 1, False),
        ("x", {"a": "x"}, False),
    ],
)
def test_values_are_equal_however_they_are_written(label, value, same):
    assert equal(label, value) is same


def test_a_label_that_the_schema_calls_a_date_is_read_as_one():
    """Without the schema's word the two strings are just different."""
    assert equal("25/12/2018", "2018-12-25", is_date=True)
    assert not equal("25/12/2018", "2018-12-25")


def test_exact_means_the_same_json():
    assert exact(3, 3.0)
    assert not exact("3", 3)
    assert not exact(1, True)
    assert not exact("Acme", "ACME")


@pytest.mark.parametrize(
    ("text", "value", "says"),
    [
        ("Total 1.234,50 EUR", 1234.5, True),
        ("Total 1.234,50 EUR", 234.5, False),
        ("due on 25 December 2018 at noon", "2018-12-25", True),
        ("ACME\nInc", "Acme, Inc.", True),
        ("", "x", False),
        ("   ", True, False),
        ("anything", True, True),
    ],
)
def test_a_text_says_a_value(text, value, says):
    assert contains(text, value) is says


@given(st.text("abc", max_size=9), st.text("abc", max_size=9))
def test_similarity_is_the_edit_distance(first, second):
    """Against the textbook's table."""
    longest = max(len(first), len(second))
    expected = 1 - distance(first, second) / longest if first and second else float(first == second)
    expected = expected if expected >= 0.5 and 2 * min(len(first), len(second)) >= longest else 0.0
    assert similarity(first, second) == pytest.approx(expected)


def distance(first: str, second: str) -> int:
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


@given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_pairs_gain_the_most(rows, columns, rnd: random.Random):
    """Against every permutation."""
    gains = [[rnd.randint(0, 4) for _ in range(columns)] for _ in range(rows)]
    pairs = best_pairs(gains)
    wide = gains if rows <= columns else [list(line) for line in zip(*gains, strict=True)]
    orders = itertools.permutations(range(len(wide[0])), len(wide))
    assert sum(gains[row][column] for row, column in pairs) == max(
        sum(line[column] for line, column in zip(wide, order, strict=True)) for order in orders
    )
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs) == min(rows, columns)


def test_lists_are_compared_without_order():
    """Items are paired by what is equal in them; what is too many or missing is counted by its leaves."""
    labels = {"items": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "tags": ["p", "q"], "n": None}
    results = {"items": [{"a": 2, "b": "y"}, {"a": 1, "b": "z"}, {"a": 9, "b": "w"}], "tags": ["q"], "n": 3}
    counts = compare(labels, results, ANY)
    assert (counts.right, counts.wrong, counts.missing, counts.surplus) == (4, 1, 1, 3)


def test_what_the_labels_lack_is_not_judged():
    """An absent key is nobody's claim; null and [] are."""
    counts = compare({"a": 1, "b": None, "c": []}, {"a": 1, "b": 2, "c": [3], "d": 4}, ANY)
    assert (counts.right, counts.surplus) == (1, 2)
    assert compare({}, {"d": 4}, ANY).share_right == 1


def test_references_and_alternatives_are_followed():
    """A date behind `$ref` and `anyOf` is still a date."""
    schema = {
        "properties": {"d": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Day"}]}},
        "$defs": {"Day": {"type": "string", "format": "date"}, "Loop": {"$ref": "#/$defs/Loop"}},
    }
    assert compare({"d": "3 April 2018"}, {"d": "2018-04-03"}, schema).right == 1
    assert compare({"d": "x"}, {"d": "x"}, {"properties": {"d": {"$ref": "#/$defs/Loop"}}}).right == 1


@pytest.mark.parametrize("results", [None, [], "text", 7, {"lines": "text"}, {"lines": [None, 3]}])
def test_any_answer_can_be_judged(results):
    """A service may send what does not fit the schema."""
    counts = compare({"lines": [{"a": 1}]}, results, ANY)
    assert (counts.right, counts.missing) == (0, 1)


def labels(values, places=None, words=None) -> Labels:
    return Labels(schema=ANY, values=values, places=places or {}, words=words or {})


def citation(content, left, **more):
    box = {"left": left, "top": 10, "width": 20, "height": 10}
    size = {"page_number": 1, "page_width": 100, "page_height": 100}
    return {"citation_id": "1", "content": content, **size, "bboxes": [box], **more}


def test_boxes_and_the_words_below_them():
    """A box over the labelled place hits; a box elsewhere is neither over it nor over the word."""
    place = [{"page": 1, "bbox": [0.1, 0.1, 0.3, 0.2], "text": "42", "source": "gold"}]
    words = {1: [[0.1, 0.1, 0.3, 0.2, "42"], [0.6, 0.1, 0.8, 0.2, "Total"]]}
    asked = labels({"a": 42, "b": 42}, {"/a": place, "/b": place}, words)
    answer = {"a": [citation("42", 10)], "b": [citation("42", 60)]}
    places = score(asked, Prediction({"a": 42, "b": 42}, answer)).places
    assert [places[name] for name in ("cited", "content", "under", "gold_box", "gold_iou")] == [2, 2, 1, 1, 1]
    assert places["gold_iou_of"] == places["under_of"] == 2
    assert places["derived_box_of"] == 0


def test_a_box_much_larger_than_the_label_covers_it_only():
    """The whole page as evidence covers everything and overlaps with nothing."""
    asked = labels({"a": "x"}, {"/a": [{"page": 1, "bbox": [0.1, 0.1, 0.2, 0.2]}]})
    whole = {**citation("x", 0), "bboxes": [{"left": 0, "top": 0, "width": 100, "height": 100}]}
    places = score(asked, Prediction({"a": "x"}, {"a": [whole]})).places
    assert (places["derived_box"], places["derived_iou"]) == (1, 0)


def test_cells_are_found_in_ranges():
    """On the right sheet only; dollar signs and the sheet's name in the range do not matter."""
    asked = labels({"a": 1, "b": 2, "c": 3}, {f"/{key}": [{"sheet": "S", "cell": "AB7"}] for key in "abc"})
    cited = {
        "a": [citation("1", 0, ss_ranges=["S!$AA$6:$AC$8"], ss_sheet_name="S")],
        "b": [citation("2", 0, ss_ranges=["AB7"], ss_sheet_name="T")],
        "c": [citation("3", 0, ss_ranges=["AB8", "not a range"], ss_sheet_name="S")],
    }
    places = score(asked, Prediction({"a": 1, "b": 2, "c": 3}, cited)).places
    assert (places["cell"], places["cell_of"]) == (1, 3)


def test_keys_with_slashes_and_lists_of_scalars_keep_their_citations():
    """Places go by RFC 6901; a list of scalars may have one list of citations for all of it."""
    asked = labels({"a/b": ["x", "y"]}, {"/a~1b/0": [{"page": 1}], "/a~1b/1": [{"page": 2}]})
    cited = {"a/b": [citation("x y", 0)]}
    places = score(asked, Prediction({"a/b": ["x", "y"]}, cited)).places
    assert (places["cited"], places["page"], places["page_of"]) == (2, 1, 2)


def test_figures_count_leaves_documents_and_sources():
    """All leaves together, and every source once."""
    good = score(labels({"a": 1}), Prediction({"a": 1}))
    bad = score(labels({"a": 1, "b": 2, "c": 3}), None)
    lines = all_figures({"one": [good], "two": [bad], "three": []})
    assert list(lines) == ["one", "two", "ALL (micro)", "ALL (sources)"]
    assert lines["ALL (micro)"].recall == 0.25
    assert lines["ALL (sources)"].recall == 0.5
    assert lines["ALL (sources)"].gold_box is None
    assert (lines["two"].docs, lines["two"].predicted, lines["two"].f1, lines["two"].doc) == (1, 0, 0.0, 0.0)
    heading, first, *_ = table(lines).splitlines()
    assert heading.split()[:5] == ["source", "docs", "pred", "leaves", "exact"]
    assert first.split()[:4] == ["one", "1", "1", "1"]
    assert first.split()[-1] == "-"
