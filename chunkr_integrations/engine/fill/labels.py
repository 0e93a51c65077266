"""What a field may be called on a page, and how alike a printed caption is to that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from chunkr_integrations.engine.fill import lexicon
from chunkr_integrations.engine.fill.glossary import names_beside, things
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import Array, Field, Object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chunkr_integrations.engine.fill.reading import Caption, Reading, Run
    from chunkr_integrations.engine.fill.schema import Node

__all__ = [
    "Label",
    "Match",
    "captions_like",
    "concepts_of",
    "is_part",
    "is_printed",
    "is_total",
    "label_like",
    "labels_of",
    "lexicon_labels",
    "names_of",
    "roles_labels",
    "roles_of",
    "says_its_role",
    "similarity",
    "subject_of",
    "weight",
]


@dataclass(frozen=True, slots=True)
class Label:
    """One name of a field as it may be printed."""

    tokens: tuple[str, ...]
    worth: float  # 0..1: how sure this name means the field
    own: bool  # of the schema, not of the lexicon


@dataclass(frozen=True, slots=True)
class Match:
    """A caption that is like one of a field's labels."""

    caption: Caption
    score: float
    label: Label


_STOP = frozenset(token for word in lexicon.STOP for token in tokens_of(word)) - {
    "number",
    "date",
    "name",
    "code",
    "id",
}
# A currency or a unit after a label says nothing: "Total EUR", "Power kW".
_UNITS = frozenset("eur usd gbp chf euro pln sek dkk nok cad aud kw kwh kg km cm mm m2 m3".split())  # noqa: SIM905 - as read
# Small words that turn a total into another one.
_POLAR = frozenset(
    tokens_of(
        "with without before after incl excl including excluding mit ohne inkl exkl inklusive exklusive zzgl "
        "avec sans hors met zonder con sin senza"
    )
)
_LIGHT = {"number": 0.45, "name": 0.7, "date": 0.8, "code": 0.6, "id": 0.6, "total": 0.75}


@lru_cache(maxsize=65_536)
def weight(token: str) -> float:
    """How much a word says: function words next to nothing."""
    if token in _POLAR:
        return 0.8
    if token in _STOP or token in _UNITS:
        return 0.08
    return _LIGHT.get(token, 1.0)


_MISSING = 1.25  # what a word of the label counts that the caption lacks
_GENERAL = 0.88  # likeness of a longer caption to one general word: "order date" to "date"
_FREE = 0.25  # what a missing word of the context counts


def similarity(a: tuple[str, ...], b: tuple[str, ...], free: frozenset[str] = frozenset()) -> float:
    """0..1 for two token lists in any order; `free` words of the context count little when they are missing."""
    if a == b:
        return 1.0
    shared = rest = 0.0
    left = list(b)
    for token in a:
        if token in left:
            left.remove(token)
            shared += weight(token)
        else:
            rest += weight(token) * (_FREE if token in free else _MISSING)
    if not shared:
        return 0.0
    rest += sum(weight(token) * (_FREE if token in free else 1.0) for token in left)
    if shared < 0.7 and free:  # noqa: PLR2004 - "number" alone is no invoice number
        return similarity(a, b)
    return 2 * shared / (2 * shared + rest)


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(p.strip() for p in text.split(";") if p.strip())


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[tuple[str, ...], ...]]:
    return {concept: tuple(tokens_of(p) for p in _phrases(text)) for concept, text in lexicon.NAMES.items()}


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, tuple[Label, ...]]:
    found = {}
    for concept, text in lexicon.LABELS.items():
        phrases = [tokens_of(p) for p in _phrases(text)]
        found[concept] = tuple(Label(t, 0.97, own=False) for t in phrases if t)
    return found


@lru_cache(maxsize=4)
def roles_labels(which: str = "labels") -> dict[str, tuple[tuple[str, ...], ...]]:
    """Printed headings (or words of field names) of each party role."""
    table = lexicon.ROLES if which == "labels" else lexicon.ROLE_WORDS
    return {role: tuple(tokens_of(p) for p in _phrases(text)) for role, text in table.items()}


_NO_PARTY = frozenset({"number", "integer", "boolean"})


def roles_of(node: Node) -> str | None:
    """The party role that a node's name, or that of an object around it, speaks of.

    What the whole is called is the document's name: a "Delivery" is no party.
    """
    own = () if isinstance(node, Field) and (node.types <= _NO_PARTY or node.format) else (node,)
    for place in (*own, *(ancestor for ancestor in node.ancestors() if ancestor.parent is not None)):
        for name in names_of(place):
            for role in ("remit_to", "ship_to", "seller", "buyer"):
                if any(phrase and name[: len(phrase)] == phrase for phrase in roles_labels("words")[role]):
                    return role
                if name in roles_labels()[role]:
                    return role
    return None


def names_of(node: Node) -> tuple[tuple[str, ...], ...]:
    """The words of a node's name, and those of a title that says something else."""
    name, title = tokens_of(node.called), tokens_of(node.title)
    return (name,) if title in ((), name) else (name, title)


def says_its_role(field: Field) -> bool:
    """Whether a field's name is that of one thing as it stands, its role's word included: a customer number."""
    known = {phrase for several in _names().values() for phrase in several}
    roles = {phrase[0] for several in roles_labels("words").values() for phrase in several if phrase}
    return any(name[0] in roles and (name in known or names_beside(name)) for name in names_of(field) if name)


_ITEM = ("quantity", "unit_price", "line_amount", "vat_rate", "item_name", "item_code", "discount")
_TAX = ("vat_rate", "tax_basis", "tax_amount")
_ROWS = ("equity", "receivables", "payables", "cash", "tangible_assets", "revenue", "profit")
_SINGLE = tuple(c for c in lexicon.NAMES if c == "discount" or c not in {*_ITEM, *_TAX})
# What no number is asked for.
_WORDED = frozenset(
    {
        "currency",
        "iban",
        "bic",
        "vat_id",
        "payment_method",
        "payment_terms",
        "email",
        "phone",
        "website",
        "birth_date",
        "advertiser",
        "item_name",
        "issue_date",
        "delivery_date",
        "due_date",
        "order_date",
        "period_start",
        "period_end",
        "approval_date",
    }
)
_ITEM_WORDS = frozenset(
    tokens_of(
        "item items line lines product products position positions article service invoice order row rows charges"
    )
)
_TAX_WORDS = frozenset(tokens_of("tax taxes vat breakdown"))


_BARE = frozenset(tokens_of("amount value currency text number figure"))


def subject_of(field: Field) -> Node:
    """What a field's words are about: itself, or the object around it where it is only called amount or value."""
    name = tokens_of(field.called)
    parent = field.parent
    if name and set(name) <= _BARE and isinstance(parent, Object) and parent.name:
        return parent
    return field


def concepts_of(field: Field) -> tuple[str, ...]:
    """The concepts that a field may mean, best first; none for what the lexicon does not know."""
    subject = subject_of(field)
    allowed = _allowed(field)
    if field.types <= {"number", "integer"}:
        allowed = tuple(concept for concept in allowed if concept not in _WORDED)
    described = tokens_of(_clean(subject.description))
    found = _concepts(tokens_of(subject.called), described, allowed)
    return found or (_concepts(tokens_of(subject.title), described, allowed) if subject.title else ())


@lru_cache(maxsize=4096)
def _concepts(name: tuple[str, ...], described: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    scored = []
    names = ((name, 1.0), *((other, 0.96) for other in _in_other_words(name)))
    for concept in allowed:
        best = max(worth * similarity(n, phrase) for phrase in _names()[concept] for n, worth in names)
        told = max(similarity(described, phrase) for phrase in _names()[concept]) if described else 0.0
        printed = 0.95 if _only_concept(name, allowed) == concept else 0.0
        scored.append((max(best, 0.97 * told, printed), concept))
    scored.sort(key=lambda pair: -pair[0])
    top = scored[0][0] if scored else 0.0
    return tuple(c for s, c in scored[:2] if s >= 0.86 and s >= top - 0.012)  # noqa: PLR2004 - tuned on names


# Words of names that mean what another does: a "net sum" is a net total, a "tax percentage" a tax rate.
_MEANS = {"sum": ("total", "amount"), "value": ("amount",), "cost": ("price",), "percent": ("rate",)}


def _in_other_words(name: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A name with one of its words replaced by what it means."""
    places = [(place, word) for place, token in enumerate(name) for word in _MEANS.get(token, ())]
    return [(*name[:place], word, *name[place + 1 :]) for place, word in places]


@lru_cache(maxsize=4096)
def _only_concept(name: tuple[str, ...], allowed: tuple[str, ...]) -> str | None:
    """The one concept whose printed labels have this very name: a field that is called as the page calls it."""
    if all(token in _LIGHT for token in name):  # "number" is that of anything
        return None
    found = [concept for concept in allowed if any(label.tokens == name for label in _lexicon()[concept])]
    return found[0] if len(found) == 1 else None


def _allowed(field: Field) -> tuple[str, ...]:
    """The concepts that make sense where the field is: columns of items, of a tax breakdown, or single values."""
    array = next((node for node in field.ancestors() if isinstance(node, Array)), None)
    if array is None:
        return _SINGLE
    name = set(tokens_of(array.called))
    words = name | set(tokens_of(array.description))
    if words & _TAX_WORDS and not name & _ITEM_WORDS:
        return _TAX
    return _ITEM if words & _ITEM_WORDS else ()


_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|;.*$|\be\.g\..*$|\bISO.*$|\bYYYY.*$", re.IGNORECASE)
_LONG_ASIDE = re.compile(r"\((?:[^\s)]+\s+){2,}[^)]*\)|;.*$|\be\.g\..*$|\bISO.*$|\bYYYY.*$", re.IGNORECASE)
_COLUMN = re.compile(r"^\s*(?:column|field|spalte|colonne|kolom)\s*:\s*", re.IGNORECASE)
_QUOTED = re.compile(r"['\"\u2018\u201c]([^'\"\u2018\u2019\u201c\u201d]{4,80})['\"\u2019\u201d]")


def _clean(description: str) -> str:
    text = _COLUMN.sub("", description)
    return _ASIDE.sub("", text).strip()


_LONGEST_LABEL = 10  # words
_LONG_TALE = 160  # characters: a longer description is no label as a whole


def labels_of(node: Node) -> tuple[Label, ...]:
    """The names of a node as they may be printed, best first."""
    subject = subject_of(node) if isinstance(node, Field) else node
    found: dict[tuple[str, ...], Label] = {}
    for text, worth in _own_names(subject):
        tokens = tokens_of(text)
        if tokens and len(tokens) <= _LONGEST_LABEL and (tokens not in found or found[tokens].worth < worth):
            found[tokens] = Label(tokens, worth, own=True)
    for label in _otherwise(found.values()):
        if label.tokens not in found or found[label.tokens].worth < label.worth:
            found[label.tokens] = label
    concepts: tuple[str, ...] = ()
    if isinstance(node, Field):
        concepts = concepts_of(node)
    elif isinstance(node, Object):  # a row of a statement
        concepts = _concepts(tokens_of(node.called), tokens_of(_clean(node.description)), _ROWS)
    for rank, concept in enumerate(concepts):
        for place, label in enumerate(_lexicon().get(concept, ())):
            if label.tokens not in found or found[label.tokens].worth < label.worth:
                worth = label.worth - 0.0015 * place - 0.05 * rank
                found[label.tokens] = Label(label.tokens, worth, own=False)
    return tuple(found.values())


def _otherwise(labels: Iterable[Label]) -> list[Label]:
    """What is named by `labels` in other words and languages."""
    return [
        Label(tokens, worth * label.worth, own=False)
        for label in labels
        for tokens, worth in names_beside(label.tokens)
    ]


def _own_names(node: Node) -> Iterator[tuple[str, float]]:
    """What the schema itself calls a node, with how sure each is a label."""
    for alias in node.aliases:
        yield alias, 1.0
    yield node.called, 1.0
    yield node.title, 1.0
    described = _clean(node.description)
    if len(node.description) < _LONG_TALE:
        yield _LONG_ASIDE.sub("", _COLUMN.sub("", node.description)).strip(), 0.95
    if _COLUMN.match(node.description):
        yield described, 1.0
    elif len(described.split()) <= 9:  # noqa: PLR2004 - longer is a sentence, not a name
        yield described, 0.95
        if " or " in described:
            for part in re.split(r",| or ", described):
                yield part, 0.9
    for quoted in _QUOTED.findall(node.description):
        yield quoted, 1.0


def captions_like(reading: Reading, labels: Iterable[Label], free: frozenset[str], least: float) -> list[Match]:
    """Captions whose likeness to one of `labels` is at least `least`, each once with its best label."""
    best: dict[int, Match] = {}
    for label in labels:
        solid = [t for t in label.tokens if weight(t) > 0.1] or list(label.tokens)  # noqa: PLR2004 - not a stop word
        seen: set[int] = set()
        for token in solid:
            for known in _spellings(reading, token):
                for index in reading.captions_by_token.get(known, ()):
                    if index in seen:
                        continue
                    seen.add(index)
                    caption = reading.captions[index]
                    tokens = caption.tokens
                    if known != token:
                        tokens = tuple(token if t == known else t for t in tokens)
                    score = label.worth * similarity(label.tokens, tokens, free)
                    if len(solid) == 1 < len(tokens) and not label.own and tokens != label.tokens:
                        score *= _GENERAL
                    if score >= least and (index not in best or best[index].score < score):
                        best[index] = Match(caption, score, label)
    return list(best.values())


def _spellings(reading: Reading, token: str) -> tuple[str, ...]:
    """The document's spellings of a word: itself, or near ones where recognition slipped or the word is inflected."""
    index = reading.captions_by_token
    if token in index or len(token) < 5:  # noqa: PLR2004 - short words have too many neighbours
        return (token,)
    cache = reading.spellings
    if token not in cache:
        near = [f for f, _, _ in process.extract(token, index.keys(), scorer=fuzz.ratio, score_cutoff=86, limit=3)]
        same = [f for f in near if f[:2] == token[:2] or len(token) > 7]  # noqa: PLR2004 - a slip in a short word is a word
        if not same and len(token) > 6:  # noqa: PLR2004 - "approval", "approved"
            stem = token[: max(6, 3 * len(token) // 4)]
            same = [f for f in index if f.startswith(stem) and abs(len(f) - len(token)) < 4]  # noqa: PLR2004 - endings
        cache[token] = tuple(same)
    return cache[token]


@lru_cache(maxsize=1)
def _printed() -> frozenset[tuple[str, ...]]:
    """Every phrase of the lexicon."""
    labels = {label.tokens for several in _lexicon().values() for label in several}
    roles = {phrase for several in roles_labels().values() for phrase in several}
    return frozenset(labels | roles | {name for names in things() for name in names})


@lru_cache(maxsize=65_536)
def is_printed(text: str) -> bool:
    """Whether a text is a phrase of the lexicon."""
    return tokens_of(text) in _printed()


_ANSWERS = frozenset({"No", "NO", "no"})  # no number
_NUMBERED = re.compile(r"^\(?\d{1,2}[.)]\s+")  # an entry of a form


def label_like(run: Run) -> bool:
    """Whether a run is itself a label: a phrase of the lexicon, or words before a colon."""
    return len(run.texts) <= 5 and run.text not in _ANSWERS and is_printed(_NUMBERED.sub("", run.text))  # noqa: PLR2004 - no phrase is longer


@lru_cache(maxsize=1)
def _totals() -> frozenset[tuple[str, ...]]:
    names = ("net_total", "gross_total", "amount_due", "line_sum", "prepaid")
    return frozenset(label.tokens for name in names for label in _lexicon()[name])


def is_total(text: str) -> bool:
    """Whether a run names a total of a whole document: "Subtotal", "Summe netto:", "Total EUR"."""
    tokens = tokens_of(text)
    words = tuple(t for t in tokens if not t.isdigit() and t not in {"eur", "usd", "gbp", "chf", "in", "€"})
    if not 0 < len(words) <= 4:  # noqa: PLR2004 - no phrase is longer
        return False
    return words in _totals() or words[0] in {"total", "subtotal", "zwischensumme"}


@lru_cache(maxsize=1)
def _parts() -> frozenset[tuple[str, ...]]:
    wholes = {label.tokens for name in ("gross_total", "amount_due", "gross_amount") for label in _lexicon()[name]}
    return frozenset({label.tokens for name in ("net_total", "line_sum") for label in _lexicon()[name]} - wholes)


def is_part(text: str) -> bool:
    """Whether a run names a total to which something is still added: "Subtotal", "Totaal excl. btw"."""
    return tokens_of(text) in _parts()


def lexicon_labels(concept: str) -> tuple[Label, ...]:
    """What documents print for a concept."""
    return _lexicon()[concept]
