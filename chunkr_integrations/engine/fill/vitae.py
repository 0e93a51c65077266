"""Curricula vitae: sections given to the arrays that ask for them, entries read into their fields."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.credits import award, member_of, publication
from chunkr_integrations.engine.fill.entries import entries, items
from chunkr_integrations.engine.fill.outline import Line, Section, Text, joined, outline, printed_parts
from chunkr_integrations.engine.fill.posts import GUESS, SCORE, what_and_where
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import Array, Field, Object, words_of_name
from chunkr_integrations.engine.fill.vitae_words import SECTIONS
from chunkr_integrations.engine.values import email, norm, phone, url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.entries import Entry, Point
    from chunkr_integrations.engine.fill.reading import Reading
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["ENTRIES", "Vitae", "concept_of", "is_vitae"]

_SMALL = frozenset({"and", "und", "et", "y", "e", "en", "the", "of"})
ENTRIES = frozenset({"experience", "education", "awards", "publications", "volunteering"})  # lists of a person's doings
_LEAST_SECTIONS = 2  # known headings that make a document a curriculum vitae
_LEAST_NAMES = 2  # known arrays that make a schema ask for one


@lru_cache(maxsize=2)
def _phrases(which: int) -> dict[tuple[str, ...], str]:
    return {_solid(tokens_of(p)): concept for concept, texts in SECTIONS.items() for p in texts[which].split(";")}


def _solid(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(t for t in tokens if t not in _SMALL)


def concept_of(node: Node) -> str:
    """The section that a property's name asks for; empty for none."""
    name = _solid(tokens_of(words_of_name(node.name)))
    return _phrases(0).get(name) or _phrases(1).get(name, "")


def _headed(tokens: tuple[str, ...]) -> str:
    """The section that a heading is of; also with remarks before or after: "Selected publications (of 30)"."""
    tokens = _solid(tokens)
    known = _phrases(1)
    if tokens in known:
        return known[tokens]
    ends = (tokens[:n] for n in range(len(tokens) - 1, 0, -1)) if len(tokens) > 2 else ()  # noqa: PLR2004 - remarks
    return next((known[end] for end in ends if len(end) > 1 and end in known), "")


def is_vitae(nodes: Iterable[Node]) -> bool:
    """Whether the arrays of a schema ask for the sections of a curriculum vitae."""
    concepts = {concept_of(node) for node in nodes if isinstance(node, Array)}
    return len(concepts & {"experience", "education", "skills", "publications", "languages"}) >= _LEAST_NAMES


class Vitae:
    """The sections of one document."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.lead, self.sections = outline(reading, lambda tokens: bool(_headed(tokens)))
        self.concepts = [_headed(section.tokens) for section in self.sections]
        self.valid = len({c for c in self.concepts if c}) >= _LEAST_SECTIONS

    def named(self, concept: str) -> list[Section]:
        """The sections of a concept."""
        return [s for s, c in zip(self.sections, self.concepts, strict=True) if c == concept]

    # ---------------------------------------------------------------------------------------------- lists
    def array(self, array: Array, asked: set[str]) -> Draft | None:
        """The items of an array; None for one that is no section."""
        item, concept = array.item, concept_of(array)
        if isinstance(item, Field) and (kind := _contact(array, item)):
            return list(self._contacts(kind))
        if isinstance(item, Object) and not concept and _CATCH_ALL.search(array.description):
            return list(self._rest(item, asked))
        sections = self.named(concept) if concept else []
        if not sections or item is None:
            return None
        if isinstance(item, Object):
            return [made for section in sections for made in self._objects(item, concept, section)]
        if _by_group(array) and (groups := {k: v for section in sections for k, v in _groups(section).items()}):
            return {
                name: list(self._texts(Section(s.heading, s.tokens, lines), concept))
                for s in sections[:1]
                for name, lines in groups.items()
            }
        return [leaf for section in sections for leaf in self._texts(section, concept)]

    def _texts(self, section: Section, concept: str) -> Iterator[Leaf]:
        """Plain items: bullets, lines, or the parts of a line between marks; the words before a colon are a group's."""
        for item in items(section.lines):
            text = item
            colon = re.match(r"^[^:,;]{2,40}:\s", item.text)
            if colon and concept in ("skills", "languages"):
                text = item.part(colon.end(), len(item.text))
            marks = r"[|;•·]|,(?![^()]*\))" if concept in ("skills", "languages", "interests") else r"(?!)"
            for part, printed in printed_parts(text, marks):
                leaf = part.leaf(SCORE, printed)
                if leaf.value is not None and len(part.words) <= 40:  # noqa: PLR2004 - prose
                    yield leaf

    def _rest(self, item: Object, asked: set[str]) -> Iterator[Draft]:
        """The sections that no other array asks for, as title and content."""
        title = member_of(item, {"title", "heading", "section"})
        content = member_of(item, {"content", "description", "text"})
        if title is None or content is None:
            return
        for section, concept in zip(self.sections, self.concepts, strict=True):
            if concept and (concept in asked or concept == "statement"):
                continue
            yield _object(item, {title: section.heading.leaf(SCORE), content: joined(section.lines).leaf(GUESS)})

    # --------------------------------------------------------------------------------------------- objects
    def _objects(self, item: Object, concept: str, section: Section) -> Iterator[Draft]:
        if concept in ("experience", "education", "volunteering", "projects"):
            for entry in entries(section.lines, single=concept == "education"):
                yield self._entry(item, concept, entry)
        elif concept == "publications":
            for text in items(section.lines):
                leaves = publication(item, text)
                if leaves:
                    yield _object(item, leaves)
        elif concept == "awards":
            for text in items(section.lines):
                yield _object(item, award(item, text))

    def _entry(self, item: Object, concept: str, entry: Entry) -> Draft:
        what, where, used = what_and_where(entry, studies=concept == "education")
        body = entry.body[used:]
        leaves: dict[Node, Draft] = {}
        for member in item.members:
            name = set(tokens_of(words_of_name(member.name)))
            if isinstance(member, Array) and name & _TOLD and isinstance(member.item, Field):
                told = (text.leaf(SCORE) for text in items(body))
                leaves[member] = [leaf for leaf in told if leaf.value is not None]
            elif isinstance(member, Field):
                if name & _WHAT:
                    leaves[member] = what
                elif name & _WHERE:
                    leaves[member] = where
                elif name & _TOLD and body:
                    leaves[member] = Leaf("\n".join(line.text for line in body), joined(body).places(), SCORE)
                else:
                    leaves[member] = _when(member, name, entry, single=concept != "education")
        return _object(item, leaves)

    # --------------------------------------------------------------------------------------------- persons
    def person(self, fields: Sequence[Field]) -> dict[Field, Leaf]:
        """Name and statement of the person, and nothing else: contacts have labels or a shape of their own."""
        found: dict[Field, Leaf] = {}
        for field in fields:
            name = tokens_of(words_of_name(field.name))
            if set(name) & {"name"} and set(name) <= _FULL_NAME and not isinstance(field.parent, Array):
                leaf = self._name()
            elif concept_of(field) == "statement":
                leaf = self._statement()
            else:
                continue
            if leaf.value is not None:
                found[field] = leaf
        return found

    def _name(self) -> Leaf:
        for line in self.lead[:4]:
            first = Text(line.words[: line.gaps[0]]) if line.gaps else line
            words = [t for _, _, t in first.words]
            shaped = len(words) in _NAME_WORDS and all(_NAME_WORD.fullmatch(w) for w in words)
            headed = _headed(tokens_of(first.text)) or norm(first.text) in _CV
            if shaped and words[0][:1].isupper() and not headed:
                return first.leaf(0.9)
        return Leaf(None)

    def _statement(self) -> Leaf:
        sections = self.named("statement")
        lines: Sequence[Line] = sections[0].lines if sections else _prose(self.lead)
        text = joined(lines)
        return text.leaf(SCORE, text.text) if len(text.words) > 8 else Leaf(None)  # noqa: PLR2004 - a statement

    def _contacts(self, kind: str) -> Iterator[Leaf]:
        """Mail addresses, numbers and links at the head of the first page, each once."""
        read = {"email": email, "phone": phone, "url": _link}[kind]
        seen: set[str] = set()
        for run in self.reading.runs:
            if run.page > 1:
                return
            size = 4 if kind == "phone" else 1
            at = 0
            while at < len(run.texts):
                for stop in range(min(len(run.texts), at + size), at, -1):
                    value = read(" ".join(run.texts[at:stop]).strip("|,;() "))
                    if (
                        value
                        and norm(value) not in seen
                        and not (kind == "phone" and re.fullmatch(r"[\d\s-]{4,9}", value))
                    ):
                        seen.add(norm(value))
                        text = Text(
                            tuple((run.page, w, t) for w, t in zip(run.words[at:stop], run.texts[at:stop], strict=True))
                        )
                        yield Leaf(value, text.places(), 0.9 if kind == "email" else SCORE)
                        at = stop - 1
                        break
                at += 1


_START = frozenset({"start", "from", "begin", "started"})
_END = frozenset({"end", "until", "to", "ended", "graduation", "graduated", "completion"})
_WHEN = frozenset({"period", "duration", "date", "year", "timeframe"})
_WHAT = frozenset(tokens_of("title position role job designation qualification degree programme program diploma"))
_WHERE = frozenset(
    tokens_of("employer company organization organisation institution school university college workplace")
)
_TOLD = frozenset(
    tokens_of("description responsibilities duties details highlights achievements tasks summary bullets notes")
)
_FULL_NAME = frozenset(tokens_of("full name candidate person applicant"))
_CV = frozenset({"curriculumvitae", "resume", "lebenslauf", "resum\u00e9", "cv"})


def _by_group(array: Array) -> bool:
    """Whether a list may also be given as lists by the names of their groups."""
    options = array.raw.get("x-alternatives") or ()
    return any(isinstance(o.get("additionalProperties"), dict) and not o.get("properties") for o in options)


def _groups(section: Section) -> dict[str, list[Line]]:
    """The lines of a section by the name of their group: before a colon, or on a line over bullets; none for one."""
    groups: dict[str, list[Line]] = {}
    name = ""
    for at, line in enumerate(section.lines):
        colon = _GROUP.match(line.text)
        following = section.lines[at + 1 : at + 2]
        if colon:
            name = colon[1].strip()
            rest = line.part(colon.end(), len(line.text))
            groups[name] = [Line(rest.words, bullet=True, left=line.left, right=line.right)] if rest.words else []
        elif (
            not line.bullet
            and following
            and following[0].bullet
            and len(line.words) <= _GROUP_WORDS
            and not (name and section.lines[at - 1].text.endswith(","))
        ):
            name = line.text.strip(" :")
            groups[name] = []
        elif name:
            groups[name].append(line)
    return groups if len(groups) > 1 else {}


_GROUP = re.compile(r"^([^:,;]{2,40}):(?:\s|$)")
_GROUP_WORDS = 4  # of its name
_CATCH_ALL = re.compile(r"catch.?all|not captured|other sections|miscellaneous", re.IGNORECASE)
_NAME_WORDS = range(2, 7)
_NAME_WORD = re.compile(r"[^\W\d_][\w.'\u2019-]*,?")


def _contact(array: Array, item: Field) -> str:
    """The kind of contact that a list of texts asks for; empty for another list."""
    kind = kinds.kind_of(item)
    name = tokens_of(words_of_name(array.name))
    return kind if kind in ("email", "phone", "url") else next((k for k in ("email", "phone") if k in name), "")


def _link(text: str) -> str | None:
    return url(text) or (
        text if re.fullmatch(r"(?:www\.|linkedin\.com/|github\.com/|[\w-]+\.github\.io)[\w./%~-]*", text) else None
    )


def _reads(line: Line) -> bool:
    """Whether a line is of a sentence, not of an address."""
    small = sum(t[:1].islower() for _, _, t in line.words)
    return small * 2 >= len(line.words) and not email(line.text) and "|" not in line.text


def _prose(lines: Sequence[Line]) -> list[Line]:
    """The lines of a paragraph among those before the first heading."""
    long = [i for i, line in enumerate(lines) if len(line.words) > 7 and _reads(line)]  # noqa: PLR2004 - words
    if not long:
        return []
    stop = long[-1] + 1
    while stop < len(lines) and lines[stop].text.endswith("."):
        stop += 1
    return list(lines[long[0] : stop])


def _object(item: Object, leaves: Mapping[Any, Draft]) -> Draft:
    """The draft of an object; what is not among the leaves is empty."""
    return {
        member.name: leaves[member]
        if member in leaves
        else []
        if isinstance(member, Array)
        else _object(member, {})
        if isinstance(member, Object)
        else Leaf(None)
        for member in item.members
    }


def _when(field: Field, name: set[str], entry: Entry, *, single: bool) -> Leaf:
    """What a field asks of the time of an entry; one day is both ends where `single` says that it may be."""
    span = entry.span
    both = span.end if single and not span.ranged else None
    if field.types == {"boolean"}:
        known = span.now or span.end
        asked = bool(name & {"current", "present"}) and known is not None and (span.ranged or single)
        return Leaf(span.now is not None, known.words.places(), SCORE) if asked and known else Leaf(None)
    if name & _START:
        return _time(field, span.start or both)
    if name & _END:
        return _time(field, span.end)
    if name & _WHEN:
        return entry.dated.part(*span.whole).leaf(SCORE, entry.dated.text[slice(*span.whole)])
    return Leaf(None)


def _time(field: Field, point: Point | None) -> Leaf:
    """A month or a year as printed; for a field that wants a whole day nothing, as no day is printed."""
    if point is None or (kinds.kind_of(field) == "date" and field.format):
        return Leaf(None)
    return Leaf(point.printed, point.words.places(), SCORE)
