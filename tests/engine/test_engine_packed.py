"""Words as columns give the words that went in, also through files and pickles, however many there are."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimens import SPECIMENS

from chunkr_integrations.engine import packed
from chunkr_integrations.engine.document import Box, Page, Word
from chunkr_integrations.engine.packed import PackedWords
from chunkr_integrations.engine.readers import read
from chunkr_integrations.engine.segments import to_pages
from chunkr_integrations.engine.work.documents import Documents

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6).map(lambda n: n / 100)
WORDS = st.lists(
    st.builds(
        Word,
        st.text(min_size=1, max_size=5),
        st.builds(Box, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
        st.integers(0, 10**6),
        st.none() | st.sampled_from(["a", "b"]),
        st.floats(0, 1),
        st.none() | st.sampled_from(["B5", "B5:C6"]),
    ),
    max_size=8,
).map(tuple)


@given(WORDS)
def test_words_come_out_as_they_went_in(words: tuple[Word, ...]) -> None:
    for columns in (PackedWords(words).columns(), pickle.loads(pickle.dumps(PackedWords(words))).columns()):
        assert PackedWords.of_columns(columns, {}).words == words


def test_pages_forget_and_remember_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_UNPACKED", 2)
    pages = [
        Page(
            number, 10, 10, (Word(str(number), Box(1.25, 2, 3, 1 / 3), 0, "s", 0.5), Word("b", Box(0, 0, 1, 1), 1)), ()
        )
        for number in range(5)
    ]
    first = pages[0].words
    assert [page.words[0].text for page in pages] == ["0", "1", "2", "3", "4"]
    assert pages[0].words == first
    assert pages[0].words is not first
    assert pages[0].words is pages[0].words
    assert pages[0] == Page(0, 10, 10, first, ())


@pytest.mark.parametrize("name", ["a.pdf", "stock.xlsx", "course.html", "a.png"])
def test_documents_come_out_of_files_as_they_went_in(name: str, tmp_path: Path) -> None:
    document = read(SPECIMENS[name](), name=name)
    assert document.pages[0].lines
    Documents().write("key", tmp_path / "file", document)
    again = Documents().read("key", tmp_path / "file")
    assert again == document
    assert repr(again) == repr(document)
    assert read(SPECIMENS[name](), name=name) == document


def test_drafts_that_are_packed_make_the_same_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    data = SPECIMENS["agreement.pdf"]()
    whole = read(data, name="a.pdf")
    monkeypatch.setitem(to_pages.__globals__, "_HELD", 0)
    assert read(data, name="a.pdf") == whole
