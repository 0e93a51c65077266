"""Single values beside their labels: in the same run, to the right, or below."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.confidence import way_of
from chunkr_integrations.engine.fill.labels import captions_like, is_part, is_printed, is_total, label_like, weight
from chunkr_integrations.engine.fill.legal import LEGAL
from chunkr_integrations.engine.fill.reading import canonical, tokens_of
from chunkr_integrations.engine.values import norm, read_boolean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chunkr_integrations.engine.draft import Scalar
    from chunkr_integrations.engine.fill.labels import Label, Match
    from chunkr_integrations.engine.fill.reading import Caption, Reading, Run
    from chunkr_integrations.engine.fill.schema import Field

__all__ = ["LEAST_LIKE", "Candidate", "Spot", "best", "candidates", "leaf_of", "place_of", "spots"]

LEAST_LIKE = 0.6  # likeness of a caption to a label below which it is not looked at
_LONG_TEXT = 14  # words: longer runs are prose, no value beside a label
_LONG_NAME = 6  # words: longer values may be prose and are never sure
_RIGHT_RUNS = 4
_SURE_NAME = 0.87  # worth of a label that is taken without a colon
_BLANK = 0.3  # in heights
_ORGANISATION = frozenset(
    tokens_of(
        "firm company organisation organization agency corporation employer bank vendor seller supplier issuer insurer"
    )
)
_PROVED = frozenset({"iban", "bic", "email", "url"})  # kinds whose values show what they are
_PATTERN = 1.12  # what that adds
_DATE_WORDS = frozenset({"date", "day"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value with its words and how sure it is."""

    value: Scalar
    page: int
    words: tuple[int, ...]
    score: float
    run: Run
    match: Match | None = None
    relation: str = ""
    way: str = ""  # as `confidence.way_of` names it


@dataclass(frozen=True, slots=True)
class Spot:
    """Words beside a caption that may hold its value."""

    run: Run
    start: int
    stop: int
    relation: str
    worth: float


def place_of(candidate: Candidate) -> Place:
    """Where the candidate's words are."""
    return Place(candidate.page, candidate.words)


def leaf_of(candidate: Candidate | None, *, tied: bool = False, least: float = 0.0) -> Leaf:
    """The candidate as a leaf of the draft; an empty one where it is missing or too unsure."""
    if candidate is None or candidate.score < least:
        return Leaf(None)
    score = round(min(candidate.score, 1.0), 4)
    return Leaf(candidate.value, (place_of(candidate),), score, tied, way=candidate.way)


def candidates(
    reading: Reading, field: Field, kind: str, labels: Sequence[Label], free: frozenset[str]
) -> list[Candidate]:
    """Everything on the pages that may be the field's value, with scores, unsorted."""
    found = []
    own = frozenset(label.tokens for label in labels)
    if kind == "date":  # the type says so much already
        free = free | _DATE_WORDS
    for match in captions_like(reading, labels, free, LEAST_LIKE - 0.06 if kind == "date" else LEAST_LIKE):
        for spot in spots(reading, match.caption, kind):
            candidate = _read(reading, field, kind, spot)
            if candidate is not None:
                label = match.score * _wholeness(match.caption, own, kind)
                known = not match.label.own
                way = way_of(
                    spot.relation,
                    kind,
                    known=known,
                    likeness=label,
                    recognised=reading.document.page(spot.run.page).ocr,
                )
                score = min(1.0, candidate.score * label * (_PATTERN if kind in _PROVED else 1.0))
                found.append(replace(candidate, score=score, match=match, relation=spot.relation, way=way))
    return found or _set_apart(reading, field, kind, labels)


def _set_apart(reading: Reading, field: Field, kind: str, labels: Sequence[Label]) -> list[Candidate]:
    """Values in one run with their label and no colon, a little more than a blank apart: "Employee  Ann Lee"."""
    worths = {label.tokens: label.worth for label in labels if label.worth > _SURE_NAME}
    found = []
    for run in reading.runs:
        stop = _wide_blank(reading, run) if 1 < len(run.texts) <= _LONG_NAME + 2 else 0
        worth = worths.get(tokens_of(" ".join(run.texts[:stop])), 0.0) if stop else 0.0
        candidate = _read(reading, field, kind, Spot(run, stop, len(run.texts), "right", 0.88)) if worth else None
        if candidate is not None:
            found.append(replace(candidate, score=candidate.score * worth, relation="right"))
    return found


def _wide_blank(reading: Reading, run: Run) -> int:
    """Before which word of a run the widest blank is, where it is clearly wider than the rest; 0 where none is."""
    words = reading.document.page(run.page).words
    boxes = [words[index].box for index in run.words]
    gaps = [b.left - a.right for a, b in pairwise(boxes)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    rest = max((gap for index, gap in enumerate(gaps) if index != widest), default=_BLANK * run.height)
    return widest + 1 if gaps[widest] > max(1.4 * rest, 0.5 * run.height) else 0


def _wholeness(caption: Caption, own: frozenset[tuple[str, ...]], kind: str) -> float:
    """Less than 1 for words out of a longer label: "Date:" of "Order Date:" is another date."""
    if caption.whole:
        return 1.0
    texts = caption.run.texts
    begin = caption.start
    while begin and texts[begin - 1].rstrip(".")[-1:].isalpha() and not kinds.has_digit(texts[begin - 1]):
        begin -= 1
        longer = " ".join(texts[begin : caption.stop])
        if is_printed(longer) and tokens_of(longer) not in own:
            return 0.45
    if begin == caption.start:
        return 0.97 if caption.colon or caption.start == 0 or kind not in kinds.NUMBERS else 0.88
    sentence = texts[caption.start - 1].islower() and kind not in ("text", "prose")
    return 0.92 if sentence else 0.78  # else in another label


def spots(reading: Reading, caption: Caption, kind: str) -> Iterator[Spot]:
    """Words beside a caption that may hold a value of `kind`."""
    run = caption.run
    question = run.texts[-1].endswith("?")
    inline = False
    rest = _cut(run, caption.stop)
    held = [t for t in run.texts[caption.stop : rest] if norm(t)]
    if kind == "money":  # "VAT 21 %": the rate is still part of the label
        held = [t for t in held if not t.rstrip(":)").endswith("%") and not re.fullmatch(r"\d{1,2}([.,]\d+)?", t)]
    if held:
        inline = True
        colon = caption.colon or run.texts[caption.stop][:1] == ":"  # "Age group :35-39"
        worth = 1.0 if colon else 0.93 if kind not in ("text", "prose") else 0.5
        yield Spot(run, caption.stop, rest, "inline", worth)
    elif caption.stop < len(run.words) and kind != "money":
        return
    if not question and (not inline or kind == "money"):
        for spot in _right(reading, caption, kind):
            yield replace(spot, worth=spot.worth - 0.12) if inline else spot
    if not inline or kind not in ("text", "prose"):
        over = None if inline or caption.colon or reading.after(run) else _over(reading, run)
        if over is not None:
            yield Spot(over, 0, len(over.texts), "above", 0.88)
        for spot in _below(reading, caption, kind, inline=inline):
            yield spot if over is None else replace(spot, worth=spot.worth - 0.3)


def _cut(run: Run, start: int) -> int:
    """Where the value that starts at `start` ends: before the next label with a colon in the run."""
    for index in range(start, len(run.texts)):
        if index > start and run.texts[index].endswith(":") and not kinds.has_digit(run.texts[index]):
            begin = index
            while begin > start + 1 and run.texts[begin - 1][:1].isupper() and begin > index - 1:
                begin -= 1
            return max(begin, start)
    return len(run.texts)


def _lead(run: Run) -> int:
    """How many words are only the label's colon, set apart."""
    return 1 if len(run.texts) > 1 and run.texts[0] in {":", "-", "="} else 0


def _right(reading: Reading, caption: Caption, kind: str) -> Iterator[Spot]:
    run = caption.run
    previous = run
    for rank, other in enumerate(reading.after(run)[:_RIGHT_RUNS]):
        if norm(other.text) == "":
            previous = other
            continue
        if other.text.endswith(":") or label_like(other):
            return
        gap = (other.left - previous.right) / max(run.height, 1.0)
        worth = (0.98 if caption.colon else 0.95) - 0.004 * min(gap, 60.0)
        if rank:
            worth -= 0.12 * rank if kind in kinds.NUMBERS else 0.25 * rank
        begin = _lead(other)
        if begin:
            worth += 0.02
        yield Spot(other, begin, _cut(other, begin), "right", worth)
        if kind in ("text", "prose", "id"):
            return
        previous = other


def _below(reading: Reading, caption: Caption, kind: str, *, inline: bool) -> Iterator[Spot]:
    run = caption.run
    if kind == "money":
        yield from _column_total(reading, run)
    first: float | None = None
    for other in reading.below(run):
        if norm(other.text) == "":
            continue
        if first is None:
            first = other.top
        elif other.top > first + 1.6 * run.height:
            return
        worth = _under(run, other) - (0.35 if inline else 0.0)
        if caption.colon and reading.after(run):
            worth -= 0.12
        if other.top > first + 0.5 * run.height:
            worth -= 0.2
        if kind == "text" and abs(other.left - run.left) < 1 and _beside(reading, run) and _beside(reading, other):
            worth -= 0.15  # the next label of a column of labels
        yield Spot(other, 0, _cut(other, 0), "below", worth)


def _over(reading: Reading, run: Run) -> Run | None:
    """The words right over a label that are its own: filled in on a line, with what they are in smaller print below."""
    above = next((r for r in reading.above(run, reach=2.0) if norm(r.text)), None)
    if above is None or abs(above.left - run.left) > run.height or label_like(above) or above.text.endswith(":"):
        return None
    if above.height < 1.05 * run.height:  # print of one size: a column
        return None
    place, count = _place_in_stack(reading, run)
    if place % 2 and not count % 2:
        return above
    below = next((r for r in reading.below(run) if norm(r.text)), None)
    near = run.top - above.bottom
    return above if below is None or below.top - run.bottom > max(2.0 * near, run.height) else None


def _beside(reading: Reading, run: Run) -> bool:
    """Whether one other run is on a run's line, to its right."""
    return len(reading.after(run)) == 1


def _place_in_stack(reading: Reading, run: Run) -> tuple[int, int]:
    """Which of the lone lines that stand over each other in equal steps a run is, from 0, and how many there are."""
    pitch = 2.6 * run.height
    over, under = 0, 0
    for step in (-1, 1):
        index, last = run.line + step, run
        lines = reading.page_lines[run.page]
        while index in lines and len(reading.lines[index]) == 1:
            other = reading.lines[index][0]
            if abs(other.left - run.left) > run.height or abs(other.top - last.top) > pitch:
                break
            last, index = other, index + step
            over, under = (over + 1, under) if step < 0 else (over, under + 1)
    return over, over + 1 + under


def _under(run: Run, other: Run) -> float:
    """How well a run stands under a label: aligned, near, and no label itself."""
    edges = abs(other.left - run.left), abs(other.right - run.right)
    aligned = min(*edges, abs(other.left + other.right - run.left - run.right) / 2)
    if run.texts[-1].endswith("?") and 0 <= other.left - run.left < 4 * run.height:
        aligned = 0.0  # answers are indented
    worth = 0.9 if aligned < run.height else 0.8
    worth -= 0.06 * max(0.0, (other.top - run.bottom) / max(run.height, 1.0) - 0.6)
    return worth - 0.3 if label_like(other) or other.text.endswith(":") else worth


def _column_total(reading: Reading, head: Run) -> Iterator[Spot]:
    """The number under a column's head in the row that is called total."""
    last = head
    for other in reading.below(head, reach=60.0):
        line = reading.lines[other.line]
        if other.top - last.bottom > 3.5 * head.height or (last is not head and not kinds.has_digit(other.text)):
            return
        if (
            is_total(line[0].text)
            and not is_part(line[0].text)
            and line[0] is not other
            and kinds.has_digit(other.text)
        ):
            yield Spot(other, 0, len(other.texts), "column total", 0.97)
            return
        last = other


def _read(reading: Reading, field: Field, kind: str, spot: Spot) -> Candidate | None:
    texts = spot.run.texts[spot.start : spot.stop]
    if kind == "boolean":
        answer = read_boolean(texts[0]) if texts else None
        return None if answer is None else _made(spot, answer, 0, 1, 1.0)
    if kind == "choice":
        chosen = choice_in(field, " ".join(texts))
        return None if chosen is None else _made(spot, chosen, 0, len(texts), 0.95)
    if kind == "number" and _rate_of_label(reading, field, spot):
        kind = "money"  # which no percentage is
    found = kinds.read(kind, texts, reading.convention)
    if found is None:
        return None
    if kind in ("text", "prose"):
        return _text(field, spot, found.fit)
    fit = found.fit * _plainness(kind, found, texts)
    if found.start:  # words before the value: the label goes on, or it is another thing's value
        between = spot.run.texts[spot.start : spot.start + found.start]
        short = all(not norm(t) or len(t) <= 4 for t in between)  # noqa: PLR2004 - "No.", "of"
        fit *= 0.97 if short else 0.86 if found.start <= 2 else 0.7  # noqa: PLR2004 - words between
    value: Scalar = found.value
    number_as_text = kind in kinds.NUMBERS and "string" in field.types and "number" not in field.types
    if number_as_text or (kind == "date" and not kinds.is_iso(field)):
        value = " ".join(texts[found.start : found.stop])
    return _made(spot, value, found.start, found.stop, fit)


def _rate_of_label(reading: Reading, field: Field, spot: Spot) -> bool:
    """Whether a percentage here is part of the label ("Service 10%   2.75"): a number without the sign follows it."""
    texts = spot.run.texts[spot.start : spot.stop]
    if spot.relation not in ("inline", "right") or "percent" in field.words or not any("%" in t for t in texts):
        return False
    follow = [*texts, *(t for run in reading.after(spot.run)[:1] for t in run.texts)]
    return kinds.read("money", follow, reading.convention) is not None


def _plainness(kind: str, found: kinds.Found, texts: Sequence[str]) -> float:
    """Less than 1 for an amount of money without cents or currency: it may be a count."""
    if kind != "money" or not isinstance(found.value, int):
        return 1.0
    return 1.0 if re.search(r"[.,]\d\d|[$€£¥]", " ".join(texts[found.start : found.stop])) else 0.78


def _text(field: Field, spot: Spot, fit: float) -> Candidate | None:
    texts = spot.run.texts[spot.start : spot.stop]
    fit *= _text_fit(spot, texts)
    if fit <= 0.0:
        return None
    start, stop = _trimmed(field, texts)
    if LEGAL.search(" ".join(texts)) and _ORGANISATION & set(field.words):
        fit = min(1.0, 1.1 * fit)
    if start and spot.relation == "below":
        fit = min(1.0, 1.12 * fit)  # it says itself what it is: "Name Acme Ltd"
    text = " ".join(texts[start:stop]).strip(" :;")
    return _made(spot, text, start, stop, fit) if norm(text) else None


def _made(spot: Spot, value: Scalar, start: int, stop: int, fit: float) -> Candidate:
    words = spot.run.words[spot.start + start : spot.start + stop]
    return Candidate(value, spot.run.page, tuple(words), spot.worth * fit, spot.run)


def _trimmed(field: Field, texts: Sequence[str]) -> tuple[int, int]:
    """The words of a text without a label of its own in front ("Name Acme Ltd") and a reference number behind."""
    start, stop = 0, len(texts)
    own = set(tokens_of(field.called))
    if stop > 1 and re.fullmatch(r"\[\S+\]", texts[0]):
        start = 1
    while (
        start < stop - 1
        and tokens_of(texts[start])
        and set(tokens_of(texts[start])) <= own
        and not kinds.has_digit(texts[start])
    ):
        start += 1
    if stop - start > 1 and re.fullmatch(r"\(#?\d{3,}\)", texts[stop - 1]):
        stop -= 1
    return start, stop


def _text_fit(spot: Spot, texts: Sequence[str]) -> float:
    if len(texts) > _LONG_TEXT:
        return 0.0
    if label_like(spot.run) and spot.relation != "inline":
        return 0.3
    if len(texts) > _LONG_NAME:
        if weight(canonical(texts[-1].casefold().strip(".,;"))) < 0.1:  # noqa: PLR2004 - it goes on: a line of prose
            return 0.5
        return 0.88
    letters = sum(c.isalpha() for t in texts for c in t)
    if letters >= 2:  # noqa: PLR2004 - a name has letters
        return 1.0
    return 0.88 if any(t.isdigit() and len(t) > 2 for t in texts) else 0.75  # noqa: PLR2004 - a number that identifies


def choice_in(field: Field, text: str) -> Scalar:
    """The one choice of an enum that `text` is or starts with; None for none or several."""
    wanted = norm(text)
    exact = [c for c in field.choices if norm(str(c)) == wanted]
    if len(exact) == 1:
        chosen: Scalar = exact[0]
        return chosen
    starts = [c for c in field.choices if norm(str(c)) and re.match(rf"\W*{re.escape(str(c))}\b", text, re.IGNORECASE)]
    return starts[0] if len(starts) == 1 else None


def best(found: Iterable[Candidate], *, last: bool = False) -> tuple[Candidate | None, bool]:
    """The best candidate, and whether another value is as good; of equal ones the first on the pages, or the `last`."""
    by_value: dict[object, list[Candidate]] = defaultdict(list)
    for candidate in found:
        key = norm(str(candidate.value)) if isinstance(candidate.value, str) else candidate.value
        by_value[key].append(candidate)
    if not by_value:
        return None, False
    tops = []
    for several in by_value.values():
        several.sort(key=lambda c: (-c.score, c.run.number))
        top = several[0]
        if len({c.run.number for c in several if c.score > 0.6}) > 1:  # noqa: PLR2004 - said twice is surer
            top = replace(top, score=min(1.0, top.score + 0.02))
        tops.append(top)
    tops.sort(key=lambda c: (-round(c.score, 2), -c.run.number if last else c.run.number))
    first = tops[0]
    if len(tops) > 1 and tops[1].score > first.score - 0.03:
        return replace(first, score=first.score * 0.86), True
    return first, False
