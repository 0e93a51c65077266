"""Fills a schema from a document without a model: what finds which part, and in what order."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.allowed import allowed, allows
from chunkr_integrations.engine.fill.arrays import columns_of, item_of, tables
from chunkr_integrations.engine.fill.blocks import repeated
from chunkr_integrations.engine.fill.checks import settle, tax_rows
from chunkr_integrations.engine.fill.clauses import Clauses
from chunkr_integrations.engine.fill.conditions import asks_for_some, rows_asked
from chunkr_integrations.engine.fill.confidence import weighed
from chunkr_integrations.engine.fill.facts import Facts, facts_of, is_fact
from chunkr_integrations.engine.fill.labels import (
    concepts_of,
    labels_of,
    lexicon_labels,
    roles_of,
    says_its_role,
    subject_of,
)
from chunkr_integrations.engine.fill.lists import plain_list
from chunkr_integrations.engine.fill.lookup import Lookup, is_question, period_rows
from chunkr_integrations.engine.fill.nested import nested_items, only_groups
from chunkr_integrations.engine.fill.pairs import names, ranges
from chunkr_integrations.engine.fill.parties import Parties
from chunkr_integrations.engine.fill.reading import Reading, tokens_of
from chunkr_integrations.engine.fill.records import matched, record_tables, row_items
from chunkr_integrations.engine.fill.scalars import best, candidates, leaf_of
from chunkr_integrations.engine.fill.schema import Array, Field, Object, nodes_of
from chunkr_integrations.engine.fill.scopes import Scopes
from chunkr_integrations.engine.fill.tallies import is_tally, tally
from chunkr_integrations.engine.fill.tills import slip_items
from chunkr_integrations.engine.fill.vitae import ENTRIES, Vitae, concept_of, is_vitae
from chunkr_integrations.engine.values import currency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.records import Column, Records
    from chunkr_integrations.engine.fill.scalars import Candidate
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["fill"]

LEAST = 0.6  # below this score a value is left out
_DUE = 0.8  # score of a gross total that is taken for the amount due, and what that then scores
_SUMS = ("net_total", "tax_total", "gross_total")


def fill(document: Document, schema: Mapping[str, Any], *, system_prompt: str | None = None) -> Draft:  # noqa: ARG001 - the contract
    """The values that `schema` asks for, as far as they stand on the pages beside something that names them."""
    return _Filler(Reading.of(document), nodes_of(schema)).draft()


def _arrays(node: Node) -> Iterator[Array]:
    """The arrays of a schema that are in no other array."""
    if isinstance(node, Array):
        yield node
    elif isinstance(node, Object):
        for member in node.members:
            yield from _arrays(member)


class _Filler:
    def __init__(self, reading: Reading, root: Node) -> None:
        self.reading = reading
        self.root = root
        self.fields = list(root.fields()) if isinstance(root, Object) else []
        if isinstance(root, Field) and root.asked:
            self.fields = [root]
        self.leaves: dict[Field, Leaf] = {}
        self.lists: dict[Array, Draft] = {}
        self.scopes = Scopes(reading, self.fields)
        self._currency: Leaf | None = None
        self.candidates: dict[Field, list[Candidate]] = {}
        partied = any(roles_of(f) or Parties.part_of(f) == "address" for f in self.fields)
        self.parties = Parties(reading) if partied else None

    def draft(self) -> Draft:
        if self.parties is not None:
            self.leaves.update(self.parties.fill(self.fields))
        self.leaves.update(period_rows(self.reading, self.root))
        self.facts()
        self.vitae()
        self.clauses()
        self.questions()
        self.scalars()
        self.totals()
        self.dated()
        self.currencies()
        self.arrays()
        self.tallies()
        self.taxes()
        return allowed(self.root, self.made(self.root))

    def made(self, node: Node) -> Draft:
        if isinstance(node, Object):
            return {member.name: self.made(member) for member in node.members}
        if isinstance(node, Array):
            return self.lists.get(node, [])
        leaf = weighed(self.leaves.get(node, Leaf(None))) if isinstance(node, Field) else Leaf(None)
        return leaf if leaf.score >= LEAST else Leaf(None)

    def facts(self) -> None:
        """Values that are asked for with their period: rows of statements of accounts."""
        asked = list(facts_of(self.root))
        if not asked:
            return
        facts = Facts(self.reading)
        self.leaves.update(facts.cover(self.fields))
        for node in asked:
            if isinstance(node, Array):
                self.lists[node] = facts.of(node)
            else:
                self.leaves.update(facts.newest(node))

    def vitae(self) -> None:
        """The sections of a curriculum vitae, where one is asked for and the document is one."""
        arrays = list(_arrays(self.root))
        if not is_vitae(arrays):
            return
        vitae = Vitae(self.reading)
        if not vitae.valid:  # a table of another document that has dates, too, lists no posts
            self.lists.update({array: [] for array in arrays if concept_of(array) in ENTRIES})
            return
        self.leaves.update(vitae.person(self.fields))
        asked = {concept_of(array) for array in arrays}
        for array in arrays:
            found = vitae.array(array, asked)
            if found is not None:
                self.lists[array] = found

    def clauses(self) -> None:
        """What an agreement says in sentences, where the document is one."""
        clauses = Clauses(self.reading)
        if not clauses.valid:
            return
        for field in self.fields:
            if field not in self.leaves and (leaf := clauses.field(field)) is not None:
                self.leaves[field] = leaf
        for array in _arrays(self.root):
            if array not in self.lists and (names := clauses.array(array)):
                self.lists[array] = list(names)

    def questions(self) -> None:
        asked = [field for field in self.fields if is_question(field)]
        if asked:
            lookup = Lookup(self.reading)
            self.leaves.update({field: lookup.answer(field) for field in asked})

    def scalars(self) -> None:
        shared = {**ranges(self.reading, self.fields), **names(self.reading, self.fields)}
        for field in self.fields:
            kind = kinds.kind_of(field)
            if field in self.leaves or kind == "prose":
                continue
            if self.parties is not None and roles_of(field) and self.parties.part_of(field) not in (None, "name"):
                continue
            found = self.found(field, kind) + shared.get(field, [])
            top, tied = best(found, last=kind in kinds.NUMBERS)
            self.leaves[field] = leaf_of(top, tied=tied, least=LEAST)

    def found(self, field: Field, kind: str) -> list[Candidate]:
        free = frozenset(t for node in subject_of(field).ancestors() for t in tokens_of(f"{node.called} {node.title}"))
        found = candidates(self.reading, field, kind, labels_of(field), free)
        found = [c for c in found if allows(field, c.value)]
        found = self.scopes.weighed(field, found)
        role = roles_of(field)
        if role and self.parties is not None and not says_its_role(field):
            found = [replace(c, score=c.score * self.parties.sided(role, c.run)) for c in found]
        self.candidates[field] = found
        return found

    def arrays(self) -> None:
        """Plain lists where a list of texts is asked for, groups of rows for lists of lists, tables for the rest."""
        arrays = [a for a in _arrays(self.root) if not is_fact(a.item) and a not in self.lists]
        for array in arrays:
            items = nested_items(self.reading, array, self.records)
            if items or only_groups(array):
                self.lists[array] = items
        arrays = [array for array in arrays if array not in self.lists]
        for array in arrays:
            self.lists[array] = plain_list(self.reading, array)
        rest = [array for array in arrays if not self.lists[array] and not self.some_rows(array)]
        for array, table in tables(self.reading, rest).items():
            self.lists[array] = table.items
        for array in rest:
            self.marked_rows(array)
            if not self.lists[array]:
                blocks = [item_of(array.item, item) for item in repeated(self.reading, array)]
                self.lists[array] = blocks or slip_items(self.reading, array)

    def some_rows(self, array: Array) -> bool:
        """Whether only some rows of a table are asked for; they are filled then, where the condition is understood."""
        if not asks_for_some(array.description):
            return False
        found = self.recorded(array)
        if found is None:
            return False
        records, columns = found
        rows = rows_asked(records, array.description)
        if rows is not None:
            leaves = row_items(records, columns, rows, 0.8)
            self.lists[array] = [item_of(array.item, row) for row in leaves]
        return True

    def marked_rows(self, array: Array) -> None:
        """All rows of the table that the file marks as one, where its heads go with more of the array's columns.

        Or with as many, where what was made so far takes several rows for one, as it does when cells are empty.
        """
        found = self.recorded(array)
        if found is None:
            return
        records, columns = found
        made = self.lists.get(array)
        filled = (
            {name for item in made if isinstance(item, dict) for name, leaf in item.items() if leaf != Leaf(None)}
            if isinstance(made, list)
            else set()
        )
        if len(columns) > len(filled) or (len(columns) == len(filled) and records.runs_together(_places(made or []))):
            rows = row_items(records, columns, records.rows, 0.8)
            self.lists[array] = [item_of(array.item, row) for row in rows]

    def recorded(self, array: Array) -> tuple[Records, dict[Field, tuple[Column, float]]] | None:
        fields = columns_of(array)
        options = [
            (sum(score for _, score in found.values()), -place, records, found)
            for place, records in enumerate(self.records)
            if (found := matched(records, fields))
        ]
        if not options or not fields:
            return None
        _, _, records, columns = max(options, key=lambda option: option[:2])
        return records, columns

    @cached_property
    def records(self) -> list[Records]:
        """The tables that the file itself marks; none in a PDF or on an image."""
        mime = self.reading.document.mime_type
        return [] if mime == "application/pdf" or mime.startswith("image/") else record_tables(self.reading)

    def tallies(self) -> None:
        """Counts, sums and extremes over the rows of the only table."""
        asked = [field for field in self.fields if is_tally(field)]
        if asked and len(self.records) == 1:
            for field in asked:
                leaf = tally(self.records[0], field)
                if leaf.value is not None or not self.leaves[field].places:
                    self.leaves[field] = leaf

    def taxes(self) -> None:
        """Tax breakdowns are read where the arithmetic holds, header or not."""
        for array in _arrays(self.root):
            columns = {c: f for f in columns_of(array) for c in concepts_of(f)[:1]}
            if not {"vat_rate", "tax_basis", "tax_amount"} <= set(columns):
                continue
            rows = tax_rows(self.reading)
            if not rows:
                continue
            self.lists[array] = [
                item_of(
                    array.item,
                    {
                        columns[concept]: Leaf(
                            found.value, (Place(run.page, run.words[found.start : found.stop]),), 0.95
                        )
                        for concept, (run, found) in (
                            ("vat_rate", row.rate),
                            ("tax_basis", row.basis),
                            ("tax_amount", row.amount),
                        )
                    },
                )
                for row in rows
            ]

    def totals(self) -> None:
        """Net, tax and gross are chosen so that they sum up, where some choice does."""
        fields: dict[str, Field] = {}
        for field in self.fields:
            for concept in concepts_of(field)[:1]:
                if concept in (*_SUMS, "amount_due") and kinds.kind_of(field) in kinds.NUMBERS:
                    fields.setdefault(concept, field)
        if not any(name in fields for name in _SUMS):
            return
        settled = settle({name: self.sums(name, fields) for name in _SUMS})
        for name, candidate in settled.items():
            if name in fields:
                self.leaves[fields[name]] = leaf_of(candidate)
        if not settled:
            self.from_taxes(fields)
        due, gross = fields.get("amount_due"), fields.get("gross_total")
        if due and gross and self.leaves[due].value is None and self.leaves[gross].score >= _DUE:
            self.leaves[due] = replace(self.leaves[gross], score=_DUE)  # nothing else is said to be due

    def sums(self, name: str, fields: Mapping[str, Field]) -> list[Candidate]:
        """Candidates for one of the sums, also where the schema does not ask for it."""
        if name in fields:
            return self.candidates.get(fields[name], [])
        pattern = next(iter(fields.values()))
        return candidates(self.reading, pattern, "money", lexicon_labels(name), frozenset())

    def from_taxes(self, by_concept: Mapping[str, Field]) -> None:
        """Net and tax off the only row of the tax breakdown, where they add up to the gross total."""
        rows = tax_rows(self.reading)
        gross = self.leaves.get(by_concept["gross_total"]) if "gross_total" in by_concept else None
        if len(rows) != 1 or gross is None or not isinstance(gross.value, (int, float)):
            return
        parts = {"net_total": rows[0].basis, "tax_total": rows[0].amount}
        values = [found.value for _, found in parts.values()]
        if abs(sum(v for v in values if isinstance(v, (int, float))) - gross.value) > 0.011:  # noqa: PLR2004 - a cent
            return
        for concept, (run, found) in parts.items():
            if concept in by_concept:
                place = Place(run.page, run.words[found.start : found.stop])
                self.leaves[by_concept[concept]] = Leaf(found.value, (place,), 0.94)
        self.leaves[by_concept["gross_total"]] = replace(gross, score=max(gross.score, 0.94), tied=False)

    def dated(self) -> None:
        """The date printed after the document's number is its date: "Invoice No 5 of 3 May 2018"."""
        fields = {c: f for f in self.fields for c in concepts_of(f)[:1]}
        number, day = fields.get("invoice_number"), fields.get("issue_date")
        if number is None or day is None or not self.leaves[number].places:
            return
        place = self.leaves[number].places[0]
        for candidate in self.candidates.get(day, ()):
            if (
                candidate.page == place.page
                and place.words[0] in candidate.run.words
                and candidate.words[0] > place.words[0]
            ):
                self.leaves[day] = leaf_of(replace(candidate, score=0.93, way="after the number"))
                return

    def currencies(self) -> None:
        """A currency that is nowhere named is the one sign or code beside the amounts."""
        for field in self.fields:
            if kinds.kind_of(field) == "currency" and self.leaves.get(field, Leaf(None)).value is None:
                self.leaves[field] = Leaf(None) if self.of_nothing(field) else self.only_currency()

    def of_nothing(self, field: Field) -> bool:
        """Whether the amounts of the object that a currency belongs to were not found."""
        parent = field.parent
        if not isinstance(parent, Object) or not parent.name:
            return False
        amounts = [m for m in parent.members if isinstance(m, Field) and kinds.kind_of(m) in kinds.NUMBERS]
        return bool(amounts) and all(self.leaves.get(m, Leaf(None)).score < LEAST for m in amounts)

    def only_currency(self) -> Leaf:
        if self._currency is None:
            seen: dict[str, list[tuple[int, int]]] = {}
            for run in self.reading.runs:
                for index, text in enumerate(run.texts):
                    code = currency(text) if len(text) < 16 else None  # noqa: PLR2004 - a sign, a code, an amount
                    beside = run.texts[max(0, index - 1) : index + 2]
                    last = index == len(run.texts) - 1 and any(
                        kinds.has_digit(r.text) for r in self.reading.after(run)[:1]
                    )
                    if code and (len(run.texts) == 1 or last or any(kinds.has_digit(t) for t in beside)):
                        seen.setdefault(code, []).append((run.page, run.words[index]))
            total = sum(len(places) for places in seen.values())
            code = max(seen, key=lambda c: len(seen[c]), default="")
            if not code or len(seen[code]) < 0.8 * total:
                self._currency = Leaf(None)
            else:
                page, word = seen[code][-1]
                self._currency = Leaf(code, (Place(page, (word,)),), 0.95 if len(seen) == 1 and total > 1 else 0.8)
        return self._currency


def _places(draft: Draft) -> Iterator[Place]:
    if isinstance(draft, Leaf):
        yield from draft.places
    else:
        for part in draft.values() if isinstance(draft, dict) else draft:
            yield from _places(part)
