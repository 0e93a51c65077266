"""Who is who: address blocks given to the roles that a schema's objects and fields speak of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.addresses import Address, Part, addresses
from chunkr_integrations.engine.fill.labels import label_like, names_of, roles_labels, roles_of, similarity
from chunkr_integrations.engine.fill.legal import LEGAL
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.schema import Field, Object
from chunkr_integrations.engine.values import norm, vat_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.fill.reading import Reading, Run

__all__ = ["Parties", "Region"]

_HEADING_LIKE = 0.84
_REGION_LINES = 14  # under a heading
_SHORT = 4  # letters; shorter names are found in other words
_NEAR = 60.0  # points: the writer's data stand so near its address
# What documents are called in large letters, which is nobody's name.
_TITLES = frozenset(
    tokens_of(
        "invoice bill receipt order quotation quote statement contract agreement policy report form page copy "
        "duplicate credit note rechnung gutschrift lieferschein angebot auftrag vertrag mahnung facture avoir devis "
        "commande factuur bon offerte factura recibo pedido fattura ricevuta ordine delivery returns tax original "
        "confirmation"
    )
)
_PART_WORDS = {
    "street": {"street"},
    "postcode": {"zip"},
    "city": {"city", "town", "locality", "ort", "ville", "plaats"},
    "state": {"state", "province", "region", "county"},
    "country": {"country", "land", "pays"},
}


@dataclass(frozen=True)
class Region:
    """The lines of a page under a role's heading."""

    role: str
    heading: Run
    runs: frozenset[int]  # numbers of the runs in it


class Parties:
    """The parties of one document."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.headings = list(self._headings())
        self.regions = [self._region(role, run) for role, run in self.headings]
        self.blocks = addresses(reading)
        self.by_role = self._roles()

    # ------------------------------------------------------------------------------------------- headings
    def _headings(self) -> Iterator[tuple[str, Run]]:
        """Runs, or words before a colon, that head the block of a role."""
        seen: set[int] = set()
        table = [(role, phrase) for role, phrases in roles_labels().items() for phrase in phrases]
        for caption in self.reading.captions:
            run = caption.run
            if run.number in seen or len(caption.tokens) > 5 or caption.start:  # noqa: PLR2004 - a heading is short
                continue
            if caption.stop < len(run.words) and not caption.colon:
                continue
            best = max(((similarity(phrase, caption.tokens), role) for role, phrase in table), default=(0.0, ""))
            if best[0] >= _HEADING_LIKE:
                seen.add(run.number)
                yield best[1], run

    def _region(self, role: str, heading: Run) -> Region:
        """What stands under a heading, in its column, up to the next heading or a wide gap."""
        reading = self.reading
        line = reading.lines[heading.line]
        right = min((r.left for r in line if r.left > heading.right), default=float("inf"))
        after = [r for r in line if r.left > heading.right]
        if after and not any(r.number == other.number for _, other in self.headings for r in after):
            right = float("inf") if heading.text.endswith(":") or len(after) == 1 else right
        found = {heading.number, *(r.number for r in after if r.left < right)}
        last, height = heading.bottom, max(heading.height, 6.0)
        others = {run.number for _, run in self.headings if run is not heading}
        pages = reading.page_lines[heading.page]
        for index in range(heading.line + 1, min(pages.stop, heading.line + 2 * _REGION_LINES)):
            inside = [r for r in reading.lines[index] if heading.left - 1.5 * height <= r.left < right - 1]
            if not inside:
                continue
            top = min(r.top for r in inside)
            if top - last > 2.3 * height or any(
                r.number in others and abs(r.left - heading.left) < 3 * height for r in inside
            ):
                break
            found.update(r.number for r in inside)
            last = max(r.bottom for r in inside)
            if last - heading.bottom > _REGION_LINES * 1.6 * height:
                break
        return Region(role, heading, frozenset(found))

    def region_of(self, role: str) -> list[Region]:
        """The regions headed by a role."""
        return [region for region in self.regions if region.role == role]

    # --------------------------------------------------------------------------------------------- blocks
    def _roles(self) -> dict[str, tuple[Address, float]]:
        """The block of each role, and how sure."""
        found: dict[str, tuple[Address, float]] = {}
        rest: list[Address] = []
        for block in self.blocks:
            role, score = self._headed(block)
            if role and (role not in found or found[role][1] < score):
                found[role] = (block, score)
            elif not role:
                rest.append(block)
        if "seller" not in found:
            best = max(((self._sellerness(b), -i, b) for i, b in enumerate(rest)), default=None, key=lambda e: e[:2])
            if best is not None and best[0] >= 1.0:
                found["seller"] = (best[2], min(0.9, 0.62 + 0.1 * best[0]))
        if "buyer" not in found:
            seller = found.get("seller")
            known = {id(block) for block, _ in found.values()}
            names = {norm(b.parts["name"].text) for b, _ in [seller] if "name" in b.parts} if seller else set()
            left = [
                b
                for b in rest
                if id(b) not in known
                and not b.inline
                and b.page == 1
                and self._high(b)
                and not ("name" in b.parts and norm(b.parts["name"].text) in names)
                and self._sellerness(b) < 1.0
            ]
            if left:
                found["buyer"] = (left[0], 0.82 if len(left) == 1 else 0.72)
            elif "ship_to" in found and seller:
                found["buyer"] = (found["ship_to"][0], 0.62)
        return found

    def _high(self, block: Address) -> bool:
        return block.top < 0.55 * self.reading.document.page(block.page).height

    def _headed(self, block: Address) -> tuple[str | None, float]:
        """The role of the nearest heading whose region holds the block."""
        numbers = {r.number for r in block.runs}
        holding = [region for region in self.regions if numbers & region.runs and self._under(block, region)]
        if not holding:
            return None, 0.0
        nearest = max(holding, key=lambda region: (region.heading.top, region.heading.left))
        distance = (block.top - nearest.heading.bottom) / max(nearest.heading.height, 6.0)
        return nearest.role, 0.96 - 0.01 * max(0.0, distance)

    def _under(self, block: Address, region: Region) -> bool:
        """Whether a block stands in the heading's column, or beside labels that do."""
        heading = region.heading
        if block.left - heading.left < 4 * max(heading.height, 6.0) or block.first_line == heading.line:
            return True
        beside = [r for run in block.runs for r in self.reading.lines[run.line] if r.right <= run.left]
        return any(
            r.text.endswith(":") or label_like(r) for r in beside if abs(r.left - heading.left) < 4 * heading.height
        )

    def _sellerness(self, block: Address) -> float:
        """Signs that a block is the writer's own: bank, tax and contact data around it, a legal form, its place."""
        page = self.reading.document.page(block.page)
        score = 1.5 if block.inline and block.first_line else 0.0
        near = [
            r
            for r in self.reading.runs
            if r.page == block.page and abs(r.left - block.left) < _NEAR and -10 < r.top - block.bottom < 1.5 * _NEAR  # noqa: PLR2004 - points
        ]
        text = " ".join(r.text for r in near)
        score += (
            1.0 if re.search(r"\b(?:IBAN|BIC|VAT|USt|TVA|BTW|KvK|SIRET|HRB|Tel|Phone|Fax|www\.|http|@)", text) else 0.0
        )
        name = block.parts.get("name")
        if name is not None:
            score += 0.5 if LEGAL.search(name.text) else 0.0
            plain = norm(name.text)
            said = sum(plain in norm(r.text) for r in self.reading.runs) if len(plain) > _SHORT else 1
            score += 0.5 if said > 1 else 0.0
        place = block.top / max(page.height, 1.0)
        score += 0.6 if place < 0.12 else 0.4 if place > 0.85 else 0.0  # noqa: PLR2004 - letter head and foot
        return score

    # ---------------------------------------------------------------------------------------------- fields
    def fill(self, fields: Sequence[Field]) -> dict[Field, Leaf]:
        """Leaves for the fields that ask for a part of a party's address or name."""
        found = {}
        for field in fields:
            part = self.part_of(field)
            role = roles_of(field)
            if role is None and part == "address" and field.parent is not None and field.parent.parent is None:
                role = "seller"  # the address of a document is its writer's
            if role is None or part is None:
                continue
            leaf = self._leaf(role, part)
            if leaf is not None:
                found[field] = leaf
        return found

    @staticmethod
    def part_of(field: Field) -> str | None:
        """Which part of an address a field asks for."""
        if kinds.kind_of(field) not in ("text", "postcode", "prose", "currency", "id"):
            return None
        name = {token for several in names_of(field) for token in several}
        for part, words in _PART_WORDS.items():
            if name & words:
                return part
        if any(several in phrases for several in names_of(field) for phrases in roles_labels().values()):
            return "name"
        if "address" in name:
            return "address"
        own = isinstance(field.parent, Object) and roles_of(field.parent) is not None
        if len(names_of(field)) > 1:  # a title tells; the name may be a key
            name = set(names_of(field)[-1])
        plain = name - {t for phrases in roles_labels("words").values() for p in phrases for t in p}
        if plain <= {"name", "company", "organization"} and (plain or not own) and "number" not in name:
            return "name"
        return None

    def _leaf(self, role: str, part: str) -> Leaf | None:
        held = self.by_role.get(role)
        if held is None:
            return self._named(role) if part == "name" else None
        block, score = held
        if part == "address":
            return self._whole(block, score)
        found = block.parts.get(part)
        if found is None:
            return self._named(role) if part == "name" else None
        if part == "country" and found.text.isupper() and len(found.text) <= 3:  # noqa: PLR2004 - a code before the postcode
            score -= 0.1
        if part == "name":
            labelled = self._labelled_name(role)
            if labelled is not None:
                return labelled
            score -= 0.04
        return _leaf_of(found, score, f"address {part}{'' if part != 'name' or LEGAL.search(found.text) else ' plain'}")

    def _whole(self, block: Address, score: float) -> Leaf:
        parts = [block.parts[k] for k in ("street", "city") if k in block.parts]
        runs = sorted({p.run.number: p.run for p in parts}.values(), key=lambda r: r.number)
        country = block.parts.get("country")
        if country is not None and country.run not in runs:
            runs.append(country.run)
        return Leaf(", ".join(r.text for r in runs), tuple(Place(r.page, r.words) for r in runs), score - 0.15)

    def _labelled_name(self, role: str) -> Leaf | None:
        """The value beside "Name:" in the role's region."""
        for region in self.region_of(role):
            for caption in self.reading.captions:
                run = caption.run
                if run.number not in region.runs or caption.tokens not in (
                    ("name",),
                    ("firma",),
                    ("company",),
                    ("nom",),
                    ("naam",),
                ):
                    continue
                if caption.stop < len(run.words):
                    part = Part(" ".join(run.texts[caption.stop :]), run, caption.stop, len(run.words))
                    return _leaf_of(part, 0.95)
                for other in self.reading.after(run)[:1]:
                    return _leaf_of(Part(other.text, other, 0, len(other.words)), 0.95)
        return None

    def _named(self, role: str) -> Leaf | None:
        """A party without an address: the words after its heading, or a legal form in the head of the first page."""
        for region in self.region_of(role):
            run = region.heading
            stop = next((i + 1 for i, t in enumerate(run.texts) if t.endswith(":")), len(run.words))
            if stop < len(run.words):
                return _leaf_of(Part(" ".join(run.texts[stop:]).strip(",: "), run, stop, len(run.words)), 0.85)
            after = self.reading.after(run)[:1] or list(self.reading.below(run, reach=1.8))[:1]
            if after and sum(c.isalpha() for c in after[0].text) >= _SHORT and not re.search(r"[:\d]", after[0].text):
                return _leaf_of(Part(after[0].text.strip(",: "), after[0], 0, len(after[0].words)), 0.76)
        return self._letterhead() if role == "seller" else None

    def _letterhead(self) -> Leaf | None:
        """A name with a legal form that the first page prints most, unless it is another party's."""
        others = {norm(b.parts["name"].text) for b, _ in self.by_role.values() if "name" in b.parts}
        counts: Counter[str] = Counter()
        first: dict[str, Run] = {}
        for run in self.reading.runs:
            if run.page > 1:
                break
            if (
                len(run.words) <= 6  # noqa: PLR2004 - longer is a sentence
                and LEGAL.search(run.text)
                and norm(run.text) not in others
                and ":" not in run.text
            ):
                counts[norm(run.text)] += 1
                first.setdefault(norm(run.text), run)
        if counts:
            name, _ = max(counts.items(), key=lambda e: (e[1], -first[e[0]].number))
            run = first[name]
            return _leaf_of(Part(run.text, run, 0, len(run.words)), 0.68)
        return self._largest(others)

    def _largest(self, others: set[str]) -> Leaf | None:
        """The tallest words at the head of the first page, where they are clearly taller than the text."""
        page = self.reading.document.page(1) if self.reading.document.pages else None
        runs = [r for r in self.reading.runs if r.page == 1]
        if page is None or not runs:
            return None
        usual = sorted(r.height for r in runs)[len(runs) // 2]
        head = [
            r
            for r in runs
            if r.top < 0.15 * page.height
            and len(r.words) <= 5  # noqa: PLR2004 - a name
            and sum(c.isalpha() for c in r.text) > 2  # noqa: PLR2004 - letters of a name
            and not any(c.isdigit() for c in r.text)
            and not set(tokens_of(r.text)) & _TITLES
            and norm(r.text) not in others
            and ":" not in r.text
        ]
        best = max(head, key=lambda r: (round(r.height, 1), -r.number), default=None)
        if best is None or best.height < 1.3 * usual:
            return None
        return _leaf_of(Part(best.text, best, 0, len(best.words)), 0.64)

    # ------------------------------------------------------------------------------------------------ ids
    def sided(self, role: str, run: Run) -> float:
        """How well a run fits a role: 1 inside its region, less inside another's, between where no region is."""
        inside = {region.role for region in self.regions if run.number in region.runs}
        if role in inside:
            return 1.0
        if inside:
            return 0.2
        return 0.8 if role == "seller" else 0.45

    def vat_ids(self) -> list[tuple[str, Run, int, int]]:
        """All VAT numbers with a known country's shape."""
        found = []
        for run in self.reading.runs:
            hit = kinds.read("vat_id", run.texts, self.reading.convention)
            if hit is not None and vat_id(str(hit.value)):
                found.append((str(hit.value), run, hit.start, hit.stop))
        return found


def _leaf_of(part: Part, score: float, way: str = "") -> Leaf:
    return Leaf(part.text, (Place(part.run.page, part.words),), round(score, 4), way=way)
