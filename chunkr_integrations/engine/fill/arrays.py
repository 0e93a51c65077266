"""Lists of objects: the table whose header names the properties, its rows read into items."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf, Place
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.confidence import way_of, weighed
from chunkr_integrations.engine.fill.headers import Band, Header, WordIndex, bands
from chunkr_integrations.engine.fill.labels import concepts_of, is_total
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.rows import Grid, GridRow, grid_under, named_by_place
from chunkr_integrations.engine.fill.scalars import choice_in
from chunkr_integrations.engine.fill.schema import Field, Object
from chunkr_integrations.engine.values import norm, read_boolean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.reading import Reading, Run
    from chunkr_integrations.engine.fill.schema import Array, Node

__all__ = ["Table", "cell_leaf", "cells_of", "columns_of", "grouped", "header_shows", "item_of", "tables"]

_LEAST = 0.55  # share of the columns asked for that a header must show
_SEVERAL = 3  # heads, with which a smaller share will do
_WORST = 0.3  # but not less
_COLUMN = re.compile(r"\s*(?:column|spalte|colonne|kolom|columna|colonna)\s*:", re.IGNORECASE)
_CODE = re.compile(r"\[\S+\]|\*\S+\*")  # before an item's name
_PAGE = re.compile(r"\bpages?\s+(\d+)\b", re.IGNORECASE)


@dataclass
class Table:
    """Items read for one array, and how sure."""

    array: Array
    items: list[Draft]
    score: float


def columns_of(array: Array) -> list[Field]:
    """The scalars of an array's items, those of nested objects included."""
    return list(array.item.fields()) if isinstance(array.item, Object) else []


def tables(reading: Reading, arrays: Sequence[Array]) -> dict[Array, Table]:
    """The best table for each array; arrays without one are left out."""
    found = sorted(_headers(reading, arrays), key=lambda entry: (-entry[0], entry[2].page, entry[2].top))
    used: set[tuple[int, int]] = set()
    made: dict[Array, list[Band]] = {}
    for _, array, band in found:
        words = {(band.page, w) for h in band.heads.values() for w in h.words}
        several = made.setdefault(array, [])
        if words & used or (several and not _goes_on(several[0], band)):
            continue
        several.append(band)
        used |= words
    floors = [(band.page, band.top) for several in made.values() for band in several]
    result = {}
    for array, several in made.items():
        table = _table(reading, array, sorted(several, key=lambda b: (b.page, b.top)), floors)
        if table is not None:
            result[array] = table
    return result


def _headers(reading: Reading, arrays: Sequence[Array]) -> Iterator[tuple[float, Array, Band]]:
    """Every header that may be an array's, with the share of its columns found, raised on a page that is named."""
    indexes = [WordIndex.of(page) for page in reading.document.pages]
    for array in arrays:
        columns = columns_of(array)
        if not columns:
            continue
        header = Header.of(columns)
        page = _PAGE.search(array.description)
        for index in indexes:
            for band in bands(index, header)[:6]:
                if not header_shows(band, len(columns)):
                    continue
                share = band.score / len(columns)
                yield share + (0.3 if page and int(page[1]) == band.page else 0.0), array, band


def header_shows(band: Band, count: int) -> bool:
    """Whether enough of `count` columns have a head."""
    share, known = band.score / count, len(band.heads)
    lone = known == 1 and count > 2  # noqa: PLR2004 - one of many proves nothing
    return not lone and share >= _WORST and (share >= _LEAST or known >= _SEVERAL)


def _goes_on(first: Band, other: Band) -> bool:
    """Whether `other` repeats the header of `first` on another page."""
    if first.page == other.page or set(first.heads) != set(other.heads):
        return False
    return all(abs(first.heads[c].left - other.heads[c].left) < 6 for c in first.heads)  # noqa: PLR2004 - points


def _table(reading: Reading, array: Array, found: Sequence[Band], floors: Sequence[tuple[int, float]]) -> Table | None:
    columns = columns_of(array)
    numeric = {i for i, f in enumerate(columns) if kinds.kind_of(f) in kinds.NUMBERS}
    totals = _ends_at_totals(columns)
    positional = all(_COLUMN.match(f.description) for f in columns)

    def stops(line: list[Run]) -> bool:
        return totals and any(is_total(run.text) for run in line[:2])

    rows: list[tuple[Grid, GridRow]] = []
    for band in found:
        floor = min((top for page, top in floors if page == band.page and top > band.bottom), default=None)
        grid = grid_under(reading, band, len(columns), stops=stops, floor=floor, positional=positional)
        if grid is not None:
            texts = [i for i, f in enumerate(columns) if kinds.kind_of(f) == "text"]
            if len(texts) == 1 and not positional:
                named_by_place(grid, texts[0])
            rows += [(grid, row) for row in grid.rows]
    if not rows:
        return None
    groups = grouped(rows, numeric)
    if not positional:
        groups = _under_headings(groups, array, columns)
    items = []
    concepts = {concept: i for i, f in enumerate(columns) for concept in concepts_of(f)[:1]}
    share = min(1.0, max(band.score for band in found) / len(columns))
    score = _UNPROVED if not positional else 0.95 if share >= _SURE_HEADER else 0.7 + 0.18 * share
    if positional and not all(grid.ordered for grid, _ in rows):  # another order: equal heads may be another column's
        score = min(score, _DISORDERED)
    ways = {} if positional else _ways(columns, found, recognised=reading.document.page(found[0].page).ocr)
    for cells_of_item in _unnumbered([cells_of(group) for group in groups], columns):
        leaves = {column: cell_leaf(reading, columns[column], cells, score) for column, cells in cells_of_item.items()}
        leaves = {column: replace(leaf, way=ways.get(column, "")) for column, leaf in leaves.items()}
        leaves = {column: weighed(leaf) for column, leaf in _checked(leaves, concepts).items()}
        if any(leaf.value is not None for leaf in leaves.values()):
            items.append(item_of(array.item, {columns[c]: leaf for c, leaf in leaves.items()}))
    return Table(array, items, share) if items else None


def _ways(columns: Sequence[Field], found: Sequence[Band], *, recognised: bool) -> dict[int, str]:
    """How the values of each column are found whose head was: under words of the lexicon, or those of the schema."""
    heads = {column: head for band in found for column, head in band.heads.items()}
    return {
        column: way_of(
            "cell", kinds.kind_of(columns[column]), known=not head.own, likeness=head.score, recognised=recognised
        )
        for column, head in heads.items()
    }


def _ends_at_totals(columns: Sequence[Field]) -> bool:
    """Whether the columns are those of invoice lines, under which totals stand."""
    concepts = {c for f in columns for c in concepts_of(f)}
    return bool(concepts & {"line_amount", "unit_price", "tax_amount"})


def grouped(rows: Sequence[tuple[Grid, GridRow]], numeric: set[int]) -> list[list[tuple[Grid, GridRow]]]:
    """Lines put together to items."""
    if numeric:
        strong = _strong(rows, numeric)
        if strong:
            return _around(rows, strong)
    return _by_pitch(rows)


def _filled(grid: Grid, row: GridRow, wanted: set[int]) -> int:
    count = 0
    for place, runs in row.cells.items():
        if grid.fields.get(place) in wanted and any(kinds.has_digit(r.text) for r in runs):
            count += 1
    return count


def _strong(rows: Sequence[tuple[Grid, GridRow]], numeric: set[int]) -> list[int]:
    """Indexes of the lines on which items start: those with most of the numbers asked for."""
    counts = [_filled(grid, row, numeric) for grid, row in rows]
    most = max(counts, default=0)
    if not most:
        return []
    least = max(1, (most + 1) // 2)
    return [i for i, count in enumerate(counts) if count >= least]


def _around(rows: Sequence[tuple[Grid, GridRow]], strong: Sequence[int]) -> list[list[tuple[Grid, GridRow]]]:
    """Each strong line with the lines after it; lines over the first that stand close belong to it."""
    groups = []
    for place, begin in enumerate(strong):
        end = strong[place + 1] if place + 1 < len(strong) else len(rows)
        groups.append(list(rows[begin:end]))
    return groups


def _by_pitch(rows: Sequence[tuple[Grid, GridRow]]) -> list[list[tuple[Grid, GridRow]]]:
    """One line one item, except where a line only goes on with the text of one column closely."""
    gaps = [b[1].top - a[1].bottom for a, b in pairwise(rows) if a[1].page == b[1].page]
    usual = median(gaps) if gaps else 0.0
    groups: list[list[tuple[Grid, GridRow]]] = []
    for index, (grid, row) in enumerate(rows):
        close = bool(groups) and (_goes_on_below(groups[-1], row) or _completes(groups[-1], row))
        if groups and index and rows[index - 1][1].page == row.page:
            gap = row.top - rows[index - 1][1].bottom
            height = row.bottom - row.top
            few = len(row.cells) * 2 <= len(groups[-1][0][1].cells)
            close = close or (few and usual > 0.25 * height and gap < usual - 0.5 * height)
        if close:
            groups[-1].append((grid, row))
        else:
            groups.append([(grid, row)])
    return groups


def _completes(group: Sequence[tuple[Grid, GridRow]], row: GridRow) -> bool:
    """Whether a line has only what the words just over it lack: the numbers of a label of two lines."""
    last = group[-1][1]
    filled = {place for _, earlier in group for place in earlier.cells}
    if row.page != last.page or row.top > last.bottom or filled != {min(filled)} or min(filled) in row.cells:
        return False
    return min(row.cells) > min(filled)


def _unnumbered(rows: list[dict[int, list[Run]]], columns: Sequence[Field]) -> list[dict[int, list[Run]]]:
    """The cells without the items' own numbers, 1, 2, 3, where they stand before the words of a column."""
    for column, field in enumerate(columns):
        if kinds.kind_of(field) not in ("text", "id"):
            continue
        firsts = [row[column][0] for row in rows if row.get(column)]
        numbered = [
            run.texts[0].strip(".)") == str(place) and len(run.texts) > 1 for place, run in enumerate(firsts, 1)
        ]
        if not firsts or sum(numbered) < max(1, 0.8 * len(firsts)):
            continue
        for row in rows:
            if row.get(column) and len(row[column][0].texts) > 1 and kinds.has_digit(row[column][0].texts[0]):
                run = row[column][0]
                row[column][0] = replace(run, words=run.words[1:], texts=run.texts[1:])
    return rows


_UNPROVED = 0.87  # score of a value in a table whose arithmetic was not checked
_DISORDERED = 0.75  # the same where the columns stand in another order than asked for
_SURE_HEADER = 0.93  # share of the header found above which its values are sure


def _under_headings(
    groups: list[list[tuple[Grid, GridRow]]], array: Array, columns: Sequence[Field]
) -> list[list[tuple[Grid, GridRow]]]:
    """The rows without those that only head a group; of one group only where the array's words name its heading."""
    typed = {i for i, f in enumerate(columns) if kinds.kind_of(f) in (*kinds.NUMBERS, "date")}
    if not typed:
        return groups
    asked = tokens_of(f"{array.called} {array.description}")
    pairs = set(pairwise(asked))
    kept: list[list[tuple[Grid, GridRow]]] = []
    named: list[list[tuple[Grid, GridRow]]] = []
    inside = False
    for group in groups:
        cells = cells_of(group)
        filled = {column for column, runs in cells.items() if any(kinds.has_digit(r.text) for r in runs)}
        if filled & typed or not cells:
            kept.append(group)
            if inside:
                named.append(group)
        else:
            heading = tokens_of(" ".join(run.text for runs in cells.values() for run in runs))
            inside = bool(pairs & set(pairwise(heading)))
    return named or kept


def _checked(leaves: dict[int, Leaf], concepts: dict[str, int]) -> dict[int, Leaf]:
    """The leaves of an item, surer where quantity x price is the amount, less sure where it is not."""
    quantity, price, amount = (leaves.get(concepts.get(name, -1)) for name in ("quantity", "unit_price", "line_amount"))
    values = [leaf.value for leaf in (quantity, price, amount) if leaf is not None]
    if len(values) != 3 or not all(isinstance(v, (int, float)) for v in values):  # noqa: PLR2004 - all three
        return leaves
    q, p, a = (float(v) for v in values if v is not None and not isinstance(v, str))
    right = bool(a) and abs(abs(q * p) - abs(a)) <= 0.011 + 0.0006 * abs(q)  # unit prices are rounded
    names = ("quantity", "unit_price", "line_amount")
    raised = {concepts[n]: replace(leaves[concepts[n]], score=0.96 if right else 0.8, way="") for n in names}
    return {**leaves, **raised}


_OPEN_END = re.compile(r"(?:[-,(/&]|\b(?:and|or|of|the|in|to|for|und|oder|der|die|et|de|van|en))$", re.IGNORECASE)


def _goes_on_below(group: Sequence[tuple[Grid, GridRow]], row: GridRow) -> bool:
    """Whether every cell of a line reads on from the cell above it, and none holds a number of its own."""
    if row.page != group[-1][1].page or row.top - group[-1][1].bottom > 0.8 * (row.bottom - row.top):
        return False
    above: dict[int, str] = {}
    for _, earlier in group:
        for place, runs in earlier.cells.items():
            above[place] = f"{above.get(place, '')} {' '.join(r.text for r in runs)}".strip()
    for place, runs in row.cells.items():
        text, last = runs[0].text, above.get(place, "")
        if not last or (kinds.has_digit(text) and len(runs[0].texts) == 1):
            return False
        reads_on = text[:1].islower() or text[:1] in ")]" or _OPEN_END.search(last) or last.count("(") > last.count(")")
        aside = text[:1] == "(" and len(row.cells) == 1
        if not (reads_on or aside):
            return False
    return bool(row.cells)


def cells_of(group: Sequence[tuple[Grid, GridRow]]) -> dict[int, list[Run]]:
    """The runs of an item by the column asked for."""
    cells: dict[int, list[Run]] = {}
    for grid, row in group:
        for place, runs in row.cells.items():
            column = grid.fields.get(place)
            if column is not None:
                cells.setdefault(column, []).extend(runs)
    return cells


def cell_leaf(reading: Reading, field: Field, runs: Sequence[Run], score: float) -> Leaf:
    """What the runs of a cell say of `field`."""
    kind = kinds.kind_of(field)
    if kind in kinds.NUMBERS or kind in ("date", "currency", "boolean", "choice"):
        for run in runs:
            leaf = _typed(reading, field, kind, run, score)
            if leaf is not None:
                return leaf
        return Leaf(None)
    kept = _close(runs)
    if kind == "id":
        found = kinds.read("id", kept[0].texts, reading.convention)
        if found is not None and len(kept[0].texts) > 1:
            words = kept[0].words[found.start : found.stop]
            return Leaf(found.value, (Place(kept[0].page, tuple(words)),), score)
        kept = kept[:1]
    if kind == "text" and len(kept[0].texts) > 1 and _CODE.fullmatch(kept[0].texts[0]):
        kept[0] = replace(kept[0], words=kept[0].words[1:], texts=kept[0].texts[1:])
    text = " ".join(run.text for run in kept)
    if not norm(text):  # a dash says that there is none
        return Leaf(None)
    return Leaf(text, tuple(_places(kept)), score)


def _typed(reading: Reading, field: Field, kind: str, run: Run, score: float) -> Leaf | None:
    if kind == "boolean":
        answer = read_boolean(run.text)
        return None if answer is None else Leaf(answer, (Place(run.page, run.words),), score)
    if kind == "choice":
        chosen = choice_in(field, run.text)
        return None if chosen is None else Leaf(chosen, (Place(run.page, run.words),), score)
    found = kinds.read(kind, run.texts, reading.convention)
    if found is None:
        return None
    value = " ".join(run.texts[found.start : found.stop]) if kind == "date" and not kinds.is_iso(field) else found.value
    return Leaf(value, (Place(run.page, tuple(run.words[found.start : found.stop])),), score)


def _close(runs: Sequence[Run]) -> list[Run]:
    """The lines of a cell that follow each other closely; a wider gap starts a remark."""
    kept = [runs[0]]
    for run in runs[1:]:
        last = kept[-1]
        same_line = run.line == last.line
        if not same_line and (run.page != last.page or run.top - last.bottom > 0.45 * last.height or ":" in run.text):
            break
        kept.append(run)
    return kept


def _places(runs: Sequence[Run]) -> Iterator[Place]:
    for page in sorted({run.page for run in runs}):
        yield Place(page, tuple(w for run in runs if run.page == page for w in run.words))


def item_of(node: Node | None, leaves: dict[Field, Leaf]) -> Draft:
    """The draft of one item from the leaves of its fields."""
    if isinstance(node, Object):
        return {member.name: item_of(member, leaves) for member in node.members}
    if isinstance(node, Field):
        return leaves.get(node, Leaf(None))
    return []
