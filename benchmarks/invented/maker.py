"""What all invented documents share: chances, spellings of values, labels, schemas, ways to lay pairs out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.invented import words
from benchmarks.invented.page import Sheet, width_of

if TYPE_CHECKING:
    import random

__all__ = ["Made", "Maker"]

_TYPES = {"money": "number", "number": "number", "integer": "integer", "boolean": "boolean", "text": "string"}
_STYLES = ("snake", "snake", "camel", "native", "titled", "described", "bare")


@dataclass
class Made:
    """One document: its sheets, the schema that asks for it, and what is right."""

    kind: str
    language: str
    sheets: list[Sheet]
    schema: dict[str, Any]
    gold: dict[str, Any]
    scanned: bool = False


@dataclass
class Maker:
    """Chances and spellings of one document."""

    chance: random.Random
    language: str
    style: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    gold: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.style = self.style or self.chance.choice(_STYLES)
        self.index = words.LANGUAGES.index(self.language)
        self.dates = self.chance.choice(
            {"en": ("d mon y", "mon d, y", "dd/mm/y"), "de": ("dd.mm.y", "d. mon y")}.get(
                self.language, ("dd/mm/y", "d mon y") if self.language != "nl" else ("dd-mm-y", "d mon y")
            )
        )
        self.sign = self.chance.choice(("", "", "after", "before"))

    # ------------------------------------------------------------------------------------------ chances
    def pick(self, options: str | tuple[str, ...]) -> str:
        """One of the options."""
        return self.chance.choice(options.split("|") if isinstance(options, str) else options)

    def company(self, *but: str) -> str:
        """A company that is none of `but`."""
        return self.pick("|".join(c for c in words.COMPANIES[self.language].split("|") if c not in but))

    def digits(self, count: int) -> str:
        """A number that does not start with 0."""
        return str(self.chance.randrange(10 ** (count - 1), 10**count))

    def iban(self) -> str:
        """An IBAN whose check digits are right."""
        country, plain = "DE", f"{self.chance.randrange(10**17, 10**18)}"
        check = 98 - int(f"{plain}131400") % 97
        raw = f"{country}{check:02d}{plain}"
        return " ".join(raw[i : i + 4] for i in range(0, len(raw), 4)) if self.chance.random() < 0.6 else raw

    # ----------------------------------------------------------------------------------------- spellings
    def day(self, *, year: int = 0) -> str:
        """An ISO date whose day could be no month, so that it can be read in one way."""
        year = year or self.chance.choice((2022, 2023, 2024, 2025))
        return f"{year}-{self.chance.randint(1, 12):02d}-{self.chance.randint(13, 28):02d}"

    def printed_day(self, iso: str) -> str:
        """A date as this document prints it."""
        year, month, day = iso.split("-")
        name = words.MONTHS[self.language].split()[int(month) - 1]
        return {
            "dd/mm/y": f"{day}/{month}/{year}",
            "dd.mm.y": f"{day}.{month}.{year}",
            "dd-mm-y": f"{day}-{month}-{year}",
            "d mon y": f"{int(day)} {name} {year}",
            "d. mon y": f"{int(day)}. {name} {year}",
            "mon d, y": f"{name} {int(day)}, {year}",
        }[self.dates]

    def money(self, value: float, *, plain: bool = False) -> str:
        """An amount as this document prints it."""
        text = f"{abs(value):,.2f}"
        point = {"en": ",.", "fr": " ,"}.get(self.language, ".,")
        text = text.replace(",", "~").replace(".", point[1]).replace("~", point[0])
        text = f"-{text}" if value < 0 else text
        if plain or not self.sign:
            return text
        sign = "£" if self.language == "en" else "€"
        return f"{text} {sign}" if self.sign == "after" and self.language != "en" else f"{sign}{text}"

    def printed(self, name: str, value: Any) -> str:
        """A field's value as this document prints it."""
        kind = words.FIELDS[name][0]
        if kind == "date":
            return self.printed_day(value)
        if kind == "money":
            return self.money(value)
        if kind == "boolean":
            yes = ("Yes|No", "Ja|Nein", "Oui|Non", "Ja|Nee", "Sí|No", "Sì|No")[self.index].split("|")
            return yes[0] if value else yes[1]
        if kind in ("integer", "number"):
            return self.money(value, plain=True)[:-3] if kind == "integer" else self.money(value, plain=True)
        return str(value)

    def label(self, name: str, **parts: object) -> str:
        """What this document calls a thing, the same every time."""
        if name not in self.labels:
            self.labels[name] = self.pick(words.LABELS[name][self.index])
        return self.labels[name].format(**parts)

    # ----------------------------------------------------------------------------------------- the schema
    def ask(self, name: str, value: Any) -> None:
        """Asks for a field that the page prints as `value`; None where it does not."""
        key, schema = self.property_of(name, words.FIELDS.get(name) or words.ABSENT[name])
        if key in self.properties:  # two things that a language calls alike
            key = name
        self.properties[key] = schema
        self.gold[key] = value

    def property_of(self, name: str, entry: tuple[str, str, str]) -> tuple[str, dict[str, Any]]:
        """A property's name and schema in the style of this schema."""
        kind, names, told = entry
        options = names.split("|")
        key = {
            "camel": options[1 % len(options)],
            "described": name,
            "titled": f"f{sum(map(ord, name))}",
            "bare": options[-1],
        }.get(self.style, options[0])
        schema: dict[str, Any] = {"type": [_TYPES.get(kind, "string"), "null"]}
        if kind == "date":
            schema["format"] = "date"
        if self.style == "native" and name in words.LABELS:
            plain = re.sub(r"\{.*?\}\s*%?", "", self.pick(words.LABELS[name][self.index]))
            key = re.sub(r"\W+", "_", unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower())
            key = key.strip("_") or options[0]
        if self.style == "titled":
            schema["title"] = options[0].replace("_", " ").title()
        elif self.style == "described" or (self.style in ("snake", "camel") and self.chance.random() < 0.7):
            schema["description"] = self.pick(told)
        return key, schema

    def rows(self, name: str, columns: dict[str, tuple[str, str]], items: list[dict[str, Any]]) -> None:
        """Asks for a list; `columns` are kinds and names of schema properties by column."""
        keys: dict[str, str] = {}
        properties: dict[str, Any] = {}
        for column, (kind, names) in columns.items():
            key, schema = self.property_of(column, (kind, names, names.split("|")[0].replace("_", " ").capitalize()))
            keys[column], properties[key] = key, schema
        item = {"type": "object", "properties": properties, "required": list(properties)}
        self.properties[name] = {"type": "array", "items": item}
        self.gold[name] = [{keys[c]: row[c] for c in columns} for row in items]

    def absent(self, count: int) -> None:
        """Asks for things that no page prints."""
        for name in self.chance.sample(sorted(words.ABSENT), count):
            self.ask(name, None)

    def made(self, kind: str, sheets: list[Sheet], *, scanned: bool = False) -> Made:
        """The document, with its properties in any order."""
        keys = list(self.properties)
        self.chance.shuffle(keys)
        properties = {key: self.properties[key] for key in keys}
        schema = {"type": "object", "properties": properties, "required": keys}
        return Made(kind, self.language, sheets, schema, self.gold, scanned)

    # ------------------------------------------------------------------------------------------- layouts
    def pairs(self, sheet: Sheet, x: float, y: float, names: dict[str, Any], how: str, *, wide: float = 250) -> float:
        """Prints labels and values: beside, stacked, right, boxed, dotted or under; gives the y below them."""
        size = self.chance.choice((8, 9, 10))
        step = size * self.chance.choice((1.5, 1.8, 2.2))
        across = 0
        for name, value in names.items():
            label, text = self.label(name), self.printed(name, value)
            if how == "beside":
                sheet.text(x, y, label + self.colon, size=size)
                sheet.text(x + 0.45 * wide, y, text, size=size)
                y += step
            elif how == "inline":
                sheet.text(x, y, f"{label}{self.colon or ':'} {text}", size=size)
                y += step
            elif how == "right":
                sheet.text(x + 0.5 * wide, y, label + self.colon, size=size, align="right")
                sheet.text(x + 0.5 * wide + 8, y, text, size=size)
                y += step
            elif how == "ends":
                sheet.text(x, y, label, size=size)
                sheet.text(x + wide, y, text, size=size, align="right")
                y += step
            elif how == "stacked":
                sheet.text(x, y, label, size=size - 2)
                sheet.text(x, y + size + 2, text, size=size + 1, bold=True)
                y += 2.9 * size
            elif how == "boxed":
                left = x + across * 165
                sheet.box(left, y - size - 1, 160, 2.9 * size)
                sheet.text(left + 3, y, label, size=size - 2)
                sheet.text(left + 5, y + size + 2, text, size=size)
                across = (across + 1) % max(1, int(wide // 165))
                y += 0 if across else 3.2 * size
            else:  # under: the value over its line, the label below
                sheet.text(x, y, text, size=size)
                sheet.line(x, y + 3, x + 180, y + 3)
                sheet.text(x, y + size + 3, label, size=size - 2)
                y += 3.2 * size
        return y + (3.2 * size if how == "boxed" and across else 0)

    @property
    def colon(self) -> str:
        """What ends a label in this document."""
        return ":" if self.sign else ""

    def table(  # noqa: C901 - a page is laid out step by step
        self, sheets: list[Sheet], y: float, heads: dict[str, str], rows: list[dict[str, str]], *, ruled: bool
    ) -> float:
        """Prints a table whose first column may wrap; goes on on a new sheet where it must. Gives the y below."""
        size, low = self.chance.choice((8, 9)), sheets[0].height - 90
        columns = list(heads)
        texts = [c for c in columns if c in ("name", "details", "code", "booked")]
        room = {c: 215.0 if c in ("name", "details") else 70.0 for c in columns}
        edges, x = {}, 50.0
        for column in columns:
            edges[column] = (x, x + room[column])
            x += room[column] + 10
        fresh = True
        for row in rows:
            if y > low:
                sheets.append(Sheet())
                y, fresh = 70.0, True
            if fresh:
                for column, (left, right) in edges.items():
                    at, align = (left, "left") if column in texts else (right, "right")
                    sheets[-1].text(at, y, heads[column], size=size, bold=True, align=align)
                if ruled:
                    sheets[-1].line(50, y + 3, x - 10, y + 3)
                y, fresh = y + 1.8 * size, False
            tall = 1
            for column, (left, right) in edges.items():
                if column not in texts:
                    sheets[-1].text(right, y, row[column], size=size, align="right")
                    continue
                parts = _wrapped(row[column], right - left, size)
                tall = max(tall, len(parts))
                for number, part in enumerate(parts):
                    sheets[-1].text(left, y + number * 1.15 * size, part, size=size)
            y += (0.5 + 1.15 * tall) * size
            if ruled:
                sheets[-1].line(50, y - 0.9 * size, x - 10, y - 0.9 * size)
        return y + 6


def _wrapped(text: str, wide: float, size: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size) > wide and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
