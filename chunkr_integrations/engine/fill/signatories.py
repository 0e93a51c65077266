"""Names of parties: the capitalised words before a role, and names listed in a schedule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill.outline import Text
from chunkr_integrations.engine.fill.reading import tokens_of

if TYPE_CHECKING:
    from chunkr_integrations.engine.draft import Leaf
    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["listed_under", "names_before"]

_FORM = re.compile(
    r"(?:inc|incorporated|corp|corporation|llc|l\.l\.c|ltd|limited|lp|l\.p|llp|plc|n\.a|na|ag|gmbh|sa|s\.a|s\.a\.r\.l|b\.v|bv|"
    r"n\.v|nv|company|co|bank|association|trust|branch|fund|se|kg|oy|ab|pty|group|foundation|university|authority)$",
    re.IGNORECASE,
)
_LINKS = frozenset({"of", "and", "&", "de", "du", "the", "for", "van", "von", "der"})
_STOPS = frozenset(
    tokens_of(
        "agent borrower lender arranger bookrunner guarantor trustee issuer party hereto among between hereinafter "
        "manager landlord tenant seller buyer licensor licensee purchaser employer employee witness whereas dated "
        "agreement"
    )
)
_APPOSITION = re.compile(
    r",?\s+(?:an?|each an?|duly|whose|having|with|located|acting|incorporated|organi[sz]ed|registered|residing)\s+"
    r"[^()]{3,200}$"
)
_LONGEST = 16  # words of one name
_MOST = 60  # words before a role that are looked at
_WORD = re.compile(r"\S+")


def names_before(text: str, role: re.Match[str]) -> list[tuple[int, int]]:
    """Characters of the names that stand before a role, first to last; several where they share it."""
    stop = role.start()
    begin = max(0, stop - 1200)
    before = text[begin:stop]
    if role["role"] is None:  # in brackets, after what the party is
        apposition = _APPOSITION.search(before)
        if apposition:
            before = before[: apposition.start()]
    words = [(m.group(), m.start()) for m in _WORD.finditer(before)][-_MOST:]
    kept: list[tuple[str, int]] = []
    for word, at in reversed(words):
        if not _of_name(word, kept):
            break
        kept.insert(0, (word, at))
    while kept and kept[0][0].strip(",").lower() in _LINKS:
        kept.pop(0)
    return [(begin + a, begin + b) for a, b in _parted(kept) if _is_name(before[a:b])]


def _of_name(word: str, after: list[tuple[str, int]]) -> bool:
    """Whether a word may belong to names, of which `after` are the words that follow."""
    bare = word.strip(',.()"\u201c\u201d')
    if any(quote in word for quote in '"\u201c\u201d'):
        return False
    if not bare or word.endswith((":", ";")) or set(word) <= {"_"}:
        return word.startswith("&") and bool(after)
    if word.endswith(".") and not _FORM.search(bare) and len(bare) > 3 and after:  # noqa: PLR2004 - a sentence ends
        return False
    if set(tokens_of(bare)) & _STOPS or (word.endswith(")") and after and not word.startswith("(")):
        return False
    if bare.lower() in _LINKS:
        return bool(after)
    return bare[:1].isupper() or bare[:1].isdigit()


def _parted(words: list[tuple[str, int]]) -> list[tuple[int, int]]:
    """Several names apart: after a legal form with a comma or "and", unless another legal form follows."""
    spans: list[tuple[int, int]] = []
    start: int | None = None
    end = 0
    formed = False
    for place, (word, at) in enumerate(words):
        bare = word.strip(",.()")
        following = words[place + 1][0].strip(",.()") if place + 1 < len(words) else ""
        if start is None:
            if bare.lower() in _LINKS:
                continue
            start = at
        elif bare.lower() == "and" and formed:
            spans.append((start, end))
            start, formed = None, False
            continue
        end = at + len(word.rstrip(","))
        formed = bool(_FORM.search(bare))
        if formed and word.endswith(",") and not _FORM.fullmatch(following):
            spans.append((start, end))
            start, formed = None, False
    if start is not None:
        spans.append((start, end))
    return spans


def _is_name(text: str) -> bool:
    words = text.split()
    return 1 <= len(words) <= _LONGEST and sum(c.isalpha() for c in text) > 2 and any(w[:1].isupper() for w in words)  # noqa: PLR2004


# ----------------------------------------------------------------------------------------------- schedules
_ROWS = 200


def listed_under(reading: Reading, role: tuple[str, ...]) -> list[Leaf]:
    """The names in a column that is headed by a role, in a table with other columns; empty without one."""
    for number, line in enumerate(reading.lines):
        if len(line) < 2 or tokens_of(line[0].text) not in (role, ("name", "of", *role)) or len(line[0].texts) > 4:  # noqa: PLR2004
            continue
        names = _column(reading, number, line[0])
        if len(names) > 1:
            return [_text(run).leaf(0.85) for run in names]
    return []


def _column(reading: Reading, number: int, head: Run) -> list[Run]:
    names: list[Run] = []
    last = head
    for line in reading.lines[number + 1 : number + _ROWS]:
        first = line[0]
        if (
            first.page != head.page
            or first.top - last.bottom > 6 * max(head.height, 6.0)
            or tokens_of(first.text)[:1] == ("total",)
        ):
            break
        over = first.left < head.right + 4 * head.height and first.right > head.left - 8 * head.height
        shaped = first.texts[0][:1].isupper() and len(first.texts) > 1 and not any(c.isdigit() for c in first.text)
        if not over or (len(line) == 1 and not shaped):
            if names and len(line) == 1 and len(first.texts) > _LONGEST:
                break
            continue
        if shaped:
            names.append(first)
            last = first
    return names


def _text(run: Run) -> Text:
    return Text(tuple((run.page, w, t) for w, t in zip(run.words, run.texts, strict=True)))
