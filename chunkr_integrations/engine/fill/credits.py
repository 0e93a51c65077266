"""References to publications, and awards, each read off its one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill.entries import span_in
from chunkr_integrations.engine.fill.outline import Text, split
from chunkr_integrations.engine.fill.posts import GUESS, SCORE
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import words_of_name
from chunkr_integrations.engine.fill.vitae_words import ORGANISATION
from chunkr_integrations.engine.values import norm

if TYPE_CHECKING:
    from chunkr_integrations.engine.fill.schema import Field, Object

__all__ = ["award", "member_of", "publication"]

_CITED = (
    re.compile(r"^(?P<authors>.+?)\s*\(?(?P<year>(?:19|20)\d\d)[a-z]?\)?[.,:]?\s+[\"\u201c\u2018'](?P<title>.+?)[\"\u201d\u2019'][.,]?\s+(?:In:?\s+)?(?P<publisher>[^,.;(]+)"),
    re.compile(r"^(?P<authors>.+?)\s*\((?P<year>(?:19|20)\d\d)[a-z]?\)[.,:]?\s+(?P<title>[^.?!]+[.?!])\s+(?:In:?\s+)?(?P<publisher>[^,.;(]+)"),
    re.compile(r"^(?P<authors>.+?)[.,:]?\s+[\"\u201c](?P<title>.+?)[,.]?[\"\u201d][.,]?\s+(?:In:?\s+)?(?P<publisher>[^,.;(]+).*?\b(?P<year>(?:19|20)\d\d)\b"),
)  # fmt: skip


def publication(item: Object, text: Text) -> dict[Field, Leaf]:
    """Authors, year, title and journal of a reference in one of the usual styles; empty for another."""
    match = next((m for m in (pattern.match(text.text) for pattern in _CITED) if m), None)
    if match is None:
        return {}
    names = {
        "authors": {"author"}, "year": {"year", "date"}, "title": {"title", "name"},
        "publisher": {"publisher", "journal", "venue", "publication"},
    }  # fmt: skip
    leaves = {}
    for group, words in names.items():
        field = member_of(item, words)
        if field is not None and field not in leaves:
            part = text.part(*match.span(group))
            leaf = part.leaf(SCORE, match[group].strip(" ," if group == "authors" else " .,"))
            if field.types <= {"integer", "number"} and group == "year":
                leaf = Leaf(int(match[group]), part.places(), SCORE)
            leaves[field] = leaf
    link = member_of(item, {"link", "url", "doi"})
    where = re.search(r"https?://\S+|\bdoi:\s*\S+", text.text)
    if link is not None and where is not None:
        leaves[link] = text.part(*where.span()).leaf(SCORE)
    return leaves


_YEARS = re.compile(r"\(?(?P<years>(?:19|20)\d\d(?:\s*[,&/]\s*(?:19|20)\d\d)+)\)?")
_LONGEST_GIVER = 8  # words of the organisation behind the last comma


def award(item: Object, text: Text) -> dict[Field, Leaf]:
    """The name of an award, certificate or membership, who gave it, and its date."""
    date = member_of(item, {"date", "year", "issued", "awarded", "obtained"})
    what = member_of(item, {"description", "name", "title", "certification", "award"})
    giver = member_of(item, {"organization", "issuer", "institution", "body"})
    listed = _YEARS.search(text.text)
    span = span_in(text)
    begin, stop = listed.span("years") if listed else span.whole if span is not None else (0, 0)
    leaves: dict[Field, Leaf] = {}
    if stop and date is not None:
        dated = text.part(begin, stop)
        leaves[date] = dated.leaf(SCORE, text.text[begin:stop])
    rest = text
    if stop:  # the words of the date are no words of the name
        dated = text.part(begin, stop)
        rest = Text(tuple(w for w in text.words if w not in dated.words))
    name, by = _given(rest) if giver is not None else (rest, None)
    if what is not None:
        leaves[what] = name.leaf(SCORE)
    if giver is not None and by is not None:
        leaves[giver] = by.leaf(GUESS)
    return leaves


def _given(text: Text) -> tuple[Text, Text | None]:
    """An award and who gave it, parted at the one comma; no giver without one."""
    parts = split(text, r",(?![^()]*\))")
    if len(parts) != 2 or '"' in text.text:  # noqa: PLR2004 - what and who
        return text, None
    first, last = parts
    if ORGANISATION.search(first.text) and not ORGANISATION.search(last.text):
        return last, first
    proper = last.text[:1].isupper() and len(last.words) <= _LONGEST_GIVER
    return (first, last) if proper and norm(last.text) else (text, None)


def member_of(item: Object, names: set[str]) -> Field | None:
    """The first scalar of an object whose name has one of some words."""
    found = [m for m in item.fields() if set(tokens_of(words_of_name(m.name))) & names]
    return found[0] if found else None
