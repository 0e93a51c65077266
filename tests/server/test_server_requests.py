"""Query parameters and `file` values, in every spelling."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunkr_integrations.server._answers import client_version, wire_time
from chunkr_integrations.server._inputs import (
    Content,
    FileReference,
    Remote,
    TaskReference,
    clean_name,
    generated_name,
    read_input,
)
from chunkr_integrations.server._problems import Problem
from chunkr_integrations.server._queries import read_bool, read_choices, read_page, read_seconds

UUID = "5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10"
MOMENT = int(datetime(2025, 1, 2, 3, 4, 5, 123456, tzinfo=timezone.utc).timestamp()) * 1_000_000 + 123456


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-02T03:04:05.123456Z",
        "2025-01-02T03:04:05.123456+00:00",
        "2025-01-02 03:04:05.123456+00:00",
        "2025-01-02 03:04:05.123456 00:00",
        "2025-01-02 03:04:05.123456",
        "2025-01-02T05:04:05.123456789+02:00",
        "2025-01-01T21:34:05.123456-0530",
        " 2025-01-02t03:04:05,123456z ".replace("t", "T"),
    ],
)
def test_a_time_is_read_in_each_spelling_of_the_sdks(text: str) -> None:
    assert read_page({"cursor": text}, limit=10).cursor == MOMENT


@given(st.datetimes(timezones=st.just(timezone.utc)).filter(lambda at: 1970 < at.year < 2200))
def test_a_cursor_that_was_given_out_is_read_as_the_same_moment(at: datetime) -> None:
    """Ours, and as Python and the official SDK write it."""
    moment = int((at - datetime(1970, 1, 1, tzinfo=timezone.utc)) / (datetime.resolution))
    for text in (wire_time(moment) or "", at.isoformat(), str(at)):
        assert read_page({"start": text}, limit=10).start == moment


def test_a_date_is_its_beginning_and_as_an_end_its_end() -> None:
    page = read_page({"start": "2025-01-02", "end": "2025-01-02"}, limit=10)
    assert (wire_time(page.start), wire_time(page.end)) == (
        "2025-01-02T00:00:00.000000Z",
        "2025-01-02T23:59:59.999999Z",
    )


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "yesterday"},
        {"start": "2025-13-01"},
        {"end": "2025-01-01T25:00:00Z"},
        {"end": "2025-01-01T00:00:00+99:99"},
        {"start": "0001-01-01T00:00:00+23:00"},
        {"cursor": "1700000000"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "x"},
        {"limit": "1e3"},
        {"limit": "٣"},
        {"sort": "up"},
    ],
)
def test_a_page_that_cannot_be_meant_is_refused_by_name(query: dict[str, str]) -> None:
    with pytest.raises(Problem) as caught:
        read_page(query, limit=10)
    assert caught.value.status == 400
    assert next(iter(query)) in caught.value.text


def test_a_page_has_defaults_and_a_longest() -> None:
    page = read_page({}, limit=200)
    assert (page.limit, page.cursor, page.ascending) == (50, None, False)
    assert read_page({"limit": "100000", "sort": "ASC"}, limit=200).limit == 200
    assert read_page({"limit": "", "cursor": ""}, limit=20).limit == 20


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], ()),
        ([""], ()),
        (["Succeeded,Failed"], ("Succeeded", "Failed")),
        (["succeeded", "FAILED , Succeeded"], ("Succeeded", "Failed")),
    ],
)
def test_choices_come_joined_or_one_by_one(values: list[str], found: tuple[str, ...]) -> None:
    assert read_choices(values, "statuses", ["Succeeded", "Failed"]) == found


def test_other_parameters_that_cannot_be_meant_are_refused_by_name() -> None:
    for call in (
        lambda: read_choices(["Done"], "statuses", ["Succeeded"]),
        lambda: read_bool({"statuses": "yes"}, "statuses", default=True),
        lambda: read_seconds({"statuses": "1.5"}, "statuses", default=1),
    ):
        with pytest.raises(Problem, match="statuses"):
            call()
    assert [read_bool({"a": text}, "a", default=True) for text in ("true", "False", "1", "0", "")] == [
        *(True, False, True, False, True)
    ]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (UUID, TaskReference(UUID)),
        (UUID.upper(), TaskReference(UUID)),
        (f"ch://files/{UUID}", FileReference(UUID)),
        ("https://example.org/a.pdf?x=1", Remote("https://example.org/a.pdf?x=1")),
        ("HTTP://example.org", Remote("HTTP://example.org")),
        ("data:application/pdf;base64,eA==", Content(b"x", "application/pdf")),
        ("data:text/plain;charset=utf-8;base64,eA==", Content(b"x", "text/plain")),
        ("data:;base64,eA==", Content(b"x", None)),
        ("DATA:;BASE64,eA==", Content(b"x", None)),
        ("eA==", Content(b"x", None)),
        (" eA\r\n== ", Content(b"x", None)),
        ("httpabcd", Content(b"\x86\xdb\x69\xa6\xdc\x1d"[:6], None)),
    ],
)
def test_a_file_is_what_its_form_says(value: str, found: Any) -> None:
    if isinstance(found, Content) and value == "httpabcd":
        assert isinstance(read_input(value), Content)  # base64 that begins like a scheme is base64
    else:
        assert read_input(value) == found


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "eA=",
        "eA===",
        "e-_A",
        "/home/me/a.pdf",
        "C:\\a.pdf",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "ch://files/",
        "ch://files/a/b",
        "ch://files/..",
        "ch://tasks/a",
        "data:,x",
        "data:text/plain,hello",
        "data:;base64,",
        "data:;base64,###",
        "http:example",
        UUID[:-1],
        f"{UUID}0",
    ],
)
def test_a_file_that_is_nothing_of_it_is_refused(value: str) -> None:
    with pytest.raises(Problem) as caught:
        read_input(value)
    assert caught.value.status == 400


@given(st.text(max_size=400))
def test_a_name_that_was_cleaned_is_no_path_and_stays_as_it_is(name: str) -> None:
    found = clean_name(name)
    if found is not None:
        assert not set("/\\\x00\n\r") & set(found)
        assert found not in {"", ".", ".."}
        assert len(found) <= 255
        assert clean_name(found) == found


@pytest.mark.parametrize(
    ("source", "mime_type", "name"),
    [
        (Content(b"", None), "application/pdf", "document.pdf"),
        (Content(b"", None), "image/jpeg", "document.jpg"),
        (Content(b"", None), "text/markdown", "document.md"),
        (Content(b"", None), None, "document"),
        (Remote("https://example.org/a%20b/c%C3%A4.pdf?x=/y"), None, "cä.pdf"),
        (Remote("https://example.org/"), None, "example.org"),
        (Remote("https://93.184.215.14/"), None, "document"),
        (Remote("https://example.org/%2e%2e%2f"), None, "example.org"),
    ],
)
def test_a_document_without_a_name_is_given_one(source: Any, mime_type: str | None, name: str) -> None:
    assert generated_name(source, mime_type) == name


@pytest.mark.parametrize(
    ("agent", "stainless", "found"),
    [
        ("Chunkr/Python 0.1.0-alpha.15", "0.1.0-alpha.15", {"GeneratedSdk": "0.1.0-alpha.15"}),
        ("AsyncChunkr/Python 0.1.0-alpha.15", "0.1.0-alpha.15", {"GeneratedSdk": "0.1.0-alpha.15"}),
        ("Chunkr/JS 0.1.0-alpha.14", "", {"GeneratedSdk": "0.1.0-alpha.14"}),
        ("Chunkr/JS", "", {"GeneratedSdk": "unknown"}),
        ("chunkr-ai/0.3.7 (Python/3.11; OS/Linux)", "", {"ManualSdk": "0.3.7"}),
        ("chunkr-ai/0.3.2 (Python/3.11)", "", "Legacy"),
        ("chunkr-ai/x", "", "Legacy"),
        ("python-httpx/0.28.1", "", "Unspecified"),
        ("", "", "Unspecified"),
    ],
)
def test_who_asks_is_told_by_the_headers(agent: str, stainless: str, found: Any) -> None:
    assert client_version(agent, stainless) == found
