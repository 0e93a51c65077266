"""Address blocks: a line with postcode and city, the street over it, a name on top."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chunkr_integrations.engine.fill.labels import label_like
from chunkr_integrations.engine.fill.legal import LEGAL
from chunkr_integrations.engine.values import email, fold, norm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["Address", "Part", "addresses", "is_country"]

_HIGHEST = 7  # lines of a block over the city
_PAGES = 12  # of a long document only the first are looked at


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of a run that are one part of an address."""

    text: str
    run: Run
    start: int
    stop: int

    @property
    def words(self) -> tuple[int, ...]:
        """Indexes into the page's words."""
        return self.run.words[self.start : self.stop]


@dataclass
class Address:
    """One block; parts by name: name, street, postcode, city, state, country."""

    page: int
    left: float
    top: float
    bottom: float
    parts: dict[str, Part] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    inline: bool = False  # all on one line, as over the window of a letter
    first_line: int = 0


_UPPER = r"A-ZÀ-ÖØ-ÞĀ-Ž"
_SMALL = "am|an|der|im|in|bei|de|des|du|la|le|les|en|sur|sous|aan|den|ob|upon|on|of|di|del"
_CITY = (
    rf"(?P<city>[{_UPPER}][\w'\u2019().-]*"
    rf"(?:[ /-]+(?:[{_UPPER}(]|(?:{_SMALL})\b)[\w'\u2019().-]*)*)"
)
_EU = re.compile(
    r"^(?:(?P<country>[A-Z]{1,3})[- ]\s*)?"
    r"(?P<postcode>\d{4} ?[A-Z]{2}|\d{5}|\d{4}|\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}) +"
    rf"{_CITY}(?P<rest>.*)$"
)
_UK_CODE = r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}"
_UK_FIRST = re.compile(rf"^(?:(?P<country>[A-Z]{{2}}) )?(?P<postcode>{_UK_CODE}) {_CITY}(?P<rest>.*)$")
_CITY_FIRST = re.compile(
    rf"^{_CITY},? +(?:(?P<state>[A-Z]{{2}}),? +)?"
    rf"(?P<postcode>{_UK_CODE}|\d{{5}}(?:-\d{{4}})?|\d{{6}}|[A-Z]\d[A-Z] ?\d[A-Z]\d)(?P<rest>(?:[ ,].*)?)$"
)
_STREET = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|av|lane|ln|drive|dr|boulevard|blvd|way|place|court|square|suite|floor|rue|chemin|"
    r"route|allee|impasse|quai|cours|calle|avenida|paseo|plaza|via|viale|piazza|corso|box|postfach|weg|gasse|platz|p\.?o)\b|"
    r"stra(?:ss|ß)e|str\.|weg\b|gasse\b|platz\b|allee\b|laan\b|straat\b|plein\b|kade\b|gracht\b|singel\b|ring\b|damm\b|"
    r"(?<!ä)(?<!ae)ufer\b|hof\b|promenade|\b(?:jalan|jln|lorong|taman|marg|nagar)\b",
    re.IGNORECASE,
)
_COUNTRIES = frozenset(
    fold(c)
    for c in [
        "Deutschland",
        "Germany",
        "France",
        "Frankreich",
        "Nederland",
        "Netherlands",
        "Niederlande",
        "Belgium",
        "Belgique",
        "België",
        "Österreich",
        "Austria",
        "Schweiz",
        "Switzerland",
        "Suisse",
        "Italia",
        "Italy",
        "Italien",
        "España",
        "Spain",
        "Spanien",
        "UK",
        "USA",
        "Polska",
        "Poland",
        "Portugal",
        "Ireland",
        "Irland",
        "Luxembourg",
        "Luxemburg",
        "Danmark",
        "Denmark",
        "Sverige",
        "Sweden",
        "Norway",
        "Norge",
        "Finland",
        "India",
        "Canada",
        "Australia",
        "China",
        "Japan",
        "Brazil",
        "Mexico",
    ]
) | frozenset(
    {
        "united kingdom",
        "united states",
        "united states of america",
        "great britain",
        "england",
        "u.s.a.",
        "the netherlands",
        "ile de la reunion",
    }
)
_NO_NAME = re.compile(
    r"^(?:(?:GLN|ILN|Tel|Fax|Phone|USt|VAT|www|http|c/o|z\.\s?Hd|Attn|Attention|T\.?a\.?v)\b|"
    r"(?:Herrn?|Frau|Mr|Mrs|Ms|Dr|Monsieur|Madame|Firma|An|To|De heer|Mevrouw)\.?$|[\d\W]+$|.*\bpage\b)",
    re.IGNORECASE,
)


def is_country(text: str) -> bool:
    """Whether a text is the name of a country."""
    return fold(text) in _COUNTRIES


def addresses(reading: Reading) -> list[Address]:
    """The address blocks of the first pages, in reading order."""
    found = []
    for number in list(reading.page_lines)[:_PAGES]:
        for index in reading.page_lines[number]:
            for run in reading.lines[index]:
                address = _inline(run) or _block(reading, run)
                if address is not None:
                    found.append(address)
    return found


def _match(text: str) -> re.Match[str] | None:
    if len(text) > 60 or not any(c.isdigit() for c in text):  # noqa: PLR2004 - longer is a sentence
        return None
    for pattern in (_UK_FIRST, _EU, _CITY_FIRST):
        match = pattern.match(text)
        if match and pattern is _CITY_FIRST and re.fullmatch(r"\d{5}", match["postcode"]):
            american = match["state"] or re.search(r" [A-Z]{2}$", match["city"]) or "," in text
            match = match if american else None
        if match and len(match["rest"].split()) <= 4 and norm(match["city"]):  # noqa: PLR2004 - a state or a country
            return match
    return None


def _parts_of(match: re.Match[str], run: Run, start: int) -> dict[str, Part]:
    """The groups of a match as words of the run, whose text from word `start` on was matched."""
    parts: dict[str, Part] = {}
    offsets, position = [], 0
    for index in range(start, len(run.texts)):
        offsets.append((position, position + len(run.texts[index]), index))
        position += len(run.texts[index]) + 1
    for name in ("postcode", "city", "state", "country"):
        if name in match.re.groupindex and match[name]:
            low, high = match.span(name)
            inside = [i for a, b, i in offsets if a < high and b > low]
            if inside:
                parts[name] = Part(match[name].strip(" ,-"), run, inside[0], inside[-1] + 1)
    city = parts.get("city")
    if city and "state" not in parts and re.search(r" [A-Z]{2}$", city.text) and city.stop - city.start > 1:
        parts["city"] = Part(city.text[:-3].rstrip(","), run, city.start, city.stop - 1)
        parts["state"] = Part(city.text[-2:], run, city.stop - 1, city.stop)
    return parts


def _block(reading: Reading, run: Run) -> Address | None:
    match = _match(run.text)
    if match is None:
        return None
    address = Address(run.page, run.left, run.top, run.bottom, _parts_of(match, run, 0), [run])
    lines = _upwards(reading, run)
    streets = [r for r in lines if _street_like(r)]
    after_name = [r for r in streets if r is not lines[0]] or streets
    named = [r for r in after_name if _STREET.search(r.text)]
    numbered = [r for r in named if any(c.isdigit() for c in r.text)]
    street = next(iter(numbered or named), after_name[-1] if after_name else None)
    if street is None and not lines:
        return None
    if street is None:
        if len(lines) < 2 and not _country_below(reading, run, address):  # noqa: PLR2004 - a name and a street
            return None
        return _named(address, lines, run)
    address.parts["street"] = Part(street.text, street, 0, len(street.words))
    over = lines[: lines.index(street)]
    _country_below(reading, run, address)
    return _named(address, over, run)


def _named(address: Address, over: list[Run], run: Run) -> Address:
    names = [r for r in over if sum(c.isalpha() for c in r.text) >= 3 and not _not_a_name(r)]  # noqa: PLR2004 - letters of a name
    if names:
        address.parts["name"] = Part(names[0].text, names[0], 0, len(names[0].words))
    top = names[0] if names else address.parts["street"].run if "street" in address.parts else run
    address.top, address.first_line = top.top, top.line
    address.left = min(top.left, run.left)
    address.runs += over
    return address


def _not_a_name(run: Run) -> bool:
    text = run.text
    return bool(email(text)) or ":" in text or _NO_NAME.match(text) is not None or label_like(run)


def _upwards(reading: Reading, run: Run) -> list[Run]:
    """The lines straight over the city line that belong to it, top first."""
    found: list[Run] = []
    last = run
    usual = 1.4 * run.height
    for _ in range(_HIGHEST):
        over = [
            r for r in reading.above(last, reach=2.8) if abs(r.left - run.left) < 1.5 * run.height or _centred(r, run)
        ]
        if not over:
            break
        nearest = over[0]
        if nearest.text.endswith(":") or label_like(nearest) or len(nearest.words) > 8:  # noqa: PLR2004 - prose
            break
        gap = last.top - nearest.bottom
        if _match(nearest.text) or (gap > usual and not (found and LEGAL.search(nearest.text))):
            break
        if not found:
            usual = max(0.6 * run.height, 1.4 * gap + 1.0)
        found.insert(0, nearest)
        last = nearest
    return found


def _centred(a: Run, b: Run) -> bool:
    return abs((a.left + a.right) - (b.left + b.right)) < a.height


def _street_like(run: Run) -> bool:
    text = run.text
    if not any(c.isalpha() for c in text) or email(text) or ":" in text:
        return False
    return bool(_STREET.search(text)) or bool(
        re.search(rf"^[{_UPPER}a-z].*\s\d{{1,5}}\s?[a-zA-Z]?$|^\d{{1,5}}[a-z]?(?:[/-]\d+)?,? [{_UPPER}]", text)
    )


def _country_below(reading: Reading, run: Run, address: Address) -> bool:
    for other in reading.below(run, reach=1.6):
        if abs(other.left - run.left) < 1.5 * run.height and fold(other.text) in _COUNTRIES:
            address.parts["country"] = Part(other.text, other, 0, len(other.words))
            address.bottom = other.bottom
            return True
    return False


def _inline(run: Run) -> Address | None:
    """An address on one line: "Name - street - postcode city - country", or without the name."""
    if len(run.words) < 5 or len(run.words) > 24:  # noqa: PLR2004 - too short, or prose
        return None
    pieces = list(_pieces(run))
    if len(pieces) < 2:  # noqa: PLR2004 - not parted
        return None
    start = 1 if run.texts[0].endswith(":") else 0
    for place, (text, begin, _) in enumerate(pieces):
        if place == 0:
            continue
        match = _match(text)
        if match is None:
            address = _code_apart(run, pieces, place)
            if address is not None:
                return address
            continue
        streets = [p for p in pieces[:place] if _street_text(p[0])]
        if not streets:
            continue
        address = Address(
            run.page,
            run.left,
            run.top,
            run.bottom,
            _parts_of(match, run, begin),
            [run],
            inline=True,
            first_line=run.line,
        )
        street = streets[0]
        address.parts["street"] = Part(street[0], run, street[1], street[2])
        names = pieces[: pieces.index(street)]
        if names and names[0][1] >= start:
            address.parts["name"] = Part(names[0][0], run, names[0][1], names[0][2])
        after = pieces[place + 1 : place + 2]
        if after and fold(after[0][0]) in _COUNTRIES:
            address.parts["country"] = Part(after[0][0], run, after[0][1], after[0][2])
        return address
    return None


_PREMISES = re.compile(r"\d|\b(?:Works|House|Estate|Park|Building|Centre|Center|Mill|Yard|Court|Floor|Suite|Unit)\b")


def _code_apart(run: Run, pieces: list[tuple[str, int, int]], place: int) -> Address | None:
    """The postcode in a piece of its own after the city: "12 Mill Lane, Leeds, West Yorkshire, LS1 5AB, UK"."""
    text, begin, stop = pieces[place]
    if not re.fullmatch(rf"{_UK_CODE}|\d{{5}}(?:-\d{{4}})?|\d{{6}}", text) or place < 2:  # noqa: PLR2004 - street, city
        return None
    first = next((p for p in range(place) if _street_like_text(pieces[p][0])), None)
    if first is None or first + 1 >= place:
        return None
    last = first
    while last + 2 < place and _PREMISES.search(pieces[last + 1][0]):
        last += 1
    address = Address(run.page, run.left, run.top, run.bottom, {}, [run], inline=True, first_line=run.line)
    start = pieces[first][1]
    words = " ".join(run.texts[start : pieces[last][2]]).rstrip(", ")
    if ":" in run.texts[start]:
        return None
    address.parts["street"] = Part(words, run, start, pieces[last][2])
    city = pieces[last + 1]
    address.parts["city"] = Part(city[0], run, city[1], city[2])
    if last + 2 < place:
        state = pieces[last + 2]
        address.parts["state"] = Part(state[0], run, state[1], state[2])
    address.parts["postcode"] = Part(text, run, begin, stop)
    if place + 1 < len(pieces) and fold(pieces[place + 1][0]) in _COUNTRIES:
        country = pieces[place + 1]
        address.parts["country"] = Part(country[0], run, country[1], country[2])
    return address


def _street_like_text(text: str) -> bool:
    return bool(re.match(r"^(?:(?:Unit|Flat|Suite|No\.?)\s+)?\d", text)) or bool(_STREET.search(text))


def _street_text(text: str) -> bool:
    return bool(_STREET.search(text)) or bool(re.search(r"\d", text) and re.search(r"[^\W\d_]{3}", text))


def _pieces(run: Run) -> Iterator[tuple[str, int, int]]:
    begin = next((i + 1 for i, t in enumerate(run.texts[:4]) if t.endswith(":")), 0)  # after "Address:"
    for index, text in enumerate(run.texts):
        if index < begin:
            continue
        alone = text in {"-", "\u2013", "\u2014", "•", "·", "|", "*"}
        if alone or text.endswith((",", "|", "•")):
            stop = index if alone else index + 1
            words = run.texts[begin:stop]
            if words:
                yield " ".join(words).rstrip(",|• "), begin, stop
            begin = index + 1
    if begin < len(run.texts):
        yield " ".join(run.texts[begin:]), begin, len(run.texts)
