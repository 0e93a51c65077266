"""Lists inside the items of a list: rows that a document prints in groups, each under what names it.

A group is named by a label ("Customer: Acme Ltd"), by a heading over its table or between the rows of one, or by a
column of the table. Where it is not clear to which group a row belongs, nothing is filled.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill import kinds
from chunkr_integrations.engine.fill.arrays import cell_leaf, cells_of, columns_of, grouped, header_shows, item_of
from chunkr_integrations.engine.fill.blocks import labelled
from chunkr_integrations.engine.fill.columns import assigned, columns_under, in_order
from chunkr_integrations.engine.fill.conditions import asks_for_some
from chunkr_integrations.engine.fill.groups import Layout, groups_of, headings
from chunkr_integrations.engine.fill.headers import Header, WordIndex, bands
from chunkr_integrations.engine.fill.labels import Label, labels_of, weight
from chunkr_integrations.engine.fill.reading import tokens_of
from chunkr_integrations.engine.fill.records import matched, row_items
from chunkr_integrations.engine.fill.rows import Grid, row_of
from chunkr_integrations.engine.fill.scalars import leaf_of
from chunkr_integrations.engine.fill.schema import Array, Field, Object, words_of_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chunkr_integrations.engine.draft import Draft, Scalar
    from chunkr_integrations.engine.fill.groups import Group
    from chunkr_integrations.engine.fill.headers import Band, Head
    from chunkr_integrations.engine.fill.reading import Reading, Run
    from chunkr_integrations.engine.fill.records import Records
    from chunkr_integrations.engine.fill.rows import GridRow
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["nested_items", "only_groups"]

_SCORE = 0.8  # of a cell: its row and its group must both be right
_CALLED = 0.88  # worth of what the list is called as the label of what names its items
_INITIALS = 0.8  # worth of a head that is only a name's first letters: "YB"
_CENT = 0.0051
_NEARLY = 0.8  # of the most runs
_FULL = 0.6  # of the most runs: what a first line of a row has
_HEADS = 24  # places of a page that are looked at as headers
_ALIGNED = 6.0  # points
_FEW = 2  # fields of an item that only heads its rows
_UNNAMING = ("money", "percent", "number", "boolean", "currency", "prose")  # kinds of what names no group

Leaves = dict[Field, Leaf]
Parted = list[tuple[Leaves, list[Leaves]]]


def nested_items(reading: Reading, array: Array, records: Sequence[Records]) -> list[Draft]:
    """The items of `array` with the rows of the list in them; empty where the document does not group rows clearly."""
    inner = _inner(array)
    if inner is None or asks_for_some(array.description) or asks_for_some(inner.description):
        return []
    outer, fields = columns_of(array), columns_of(inner)
    for found in (
        _by_marked_column(records, outer, fields),
        _by_column(reading, array, outer, fields),
        _by_labels(reading, array, outer, fields),
    ):
        if found:
            return [_made(array.item, inner, leaves, rows) for leaves, rows in found]
    return []


def only_groups(array: Array) -> bool:
    """Whether items are little but a name over rows: no table without groups lists such."""
    inner = _inner(array)
    return inner is not None and len(columns_of(array)) <= min(_FEW, len(columns_of(inner)))


def _inner(array: Array) -> Array | None:
    """The only list of objects in the array's items."""
    if not isinstance(array.item, Object) or not columns_of(array):
        return None
    found = list(_lists(array.item))
    return found[0] if len(found) == 1 and len(columns_of(found[0])) > 1 else None


def _lists(node: Object) -> Iterator[Array]:
    for member in node.members:
        if isinstance(member, Object):
            yield from _lists(member)
        elif isinstance(member, Array) and isinstance(member.item, Object):
            yield member


def _made(node: Node | None, inner: Array, leaves: Leaves, rows: Sequence[Leaves]) -> Draft:
    if node is inner:
        return [item_of(inner.item, row) for row in rows]
    if isinstance(node, Object):
        return {member.name: _made(member, inner, leaves, rows) for member in node.members}
    return item_of(node, leaves)


# ------------------------------------------------------------------------------------------ a column names the group
def _by_marked_column(records: Sequence[Records], outer: Sequence[Field], inner: Sequence[Field]) -> Parted:
    for table in records:
        columns = matched(table, [*outer, *inner])
        if sum(field in columns for field in inner) > 1 and any(_names(field) and field in columns for field in outer):
            return _parted(list(row_items(table, columns, table.rows, _SCORE)), outer)
    return []


def _names(field: Field) -> bool:
    return kinds.kind_of(field) not in _UNNAMING


def _parted(rows: Sequence[Leaves], outer: Sequence[Field]) -> Parted:
    """Flat rows by what names their group, also where it is printed on the first row of each only."""
    keys = [field for field in outer if _names(field) and any(_said(row, field) for row in rows)]
    if not keys or not _said(rows[0], keys[0]):
        return []
    printed = [_key(row, keys) for row in rows if _said(row, keys[0])]
    once = len(printed) < len(rows)
    if once and any(a == b for a, b in pairwise(printed)):
        return []  # printed on each row, and missing on some
    found: dict[tuple[object, ...], tuple[Leaves, list[Leaves]]] = {}
    last = _key(rows[0], keys)
    for row in rows:
        last = _key(row, keys) if _said(row, keys[0]) else last
        leaves = {field: row[field] for field in outer if field in row}
        named, several = found.setdefault(last, (leaves, []))
        for field, leaf in leaves.items():
            if leaf.value is not None and leaf.value != named[field].value:
                named[field] = Leaf(None)  # it is not the group's
        several.append({field: leaf for field, leaf in row.items() if field not in leaves})
    return list(found.values())


def _said(row: Mapping[Field, Leaf], field: Field) -> bool:
    return field in row and row[field].value is not None


def _key(row: Mapping[Field, Leaf], keys: Sequence[Field]) -> tuple[object, ...]:
    return tuple(row[field].value if field in row else None for field in keys)


def _by_column(reading: Reading, array: Array, outer: Sequence[Field], inner: Sequence[Field]) -> Parted:
    """The rows of tables whose header names the group beside the columns of the rows."""
    columns = [*inner, *outer]
    headers = _headers(reading, columns, [*(_labels(f, None) for f in inner), *(_labels(f, array) for f in outer)])
    if not headers:
        return []
    rows = {c: h for c, h in headers[0].heads.items() if c < len(inner)}
    named = [c for c in headers[0].heads if c >= len(inner) and _names(columns[c])]
    level = [c for c in named if any(abs(headers[0].heads[c].bottom - h.bottom) < _LEVEL for h in rows.values())]
    if len(rows) < 2 or not level:  # noqa: PLR2004 - a header
        return []
    layout = Layout.of(reading, headers)
    groups = groups_of(layout, {min(layout.header_lines): {columns[level[0]]: Leaf(None)}})
    if len(groups) != 1:
        return []
    leaves = _rows(reading, groups, headers[0], columns)[0]
    return _parted(leaves, outer) if leaves else []


_LEVEL = 3.0  # points


# -------------------------------------------------------------------------------- a label or a heading names the group
def _by_labels(reading: Reading, array: Array, outer: Sequence[Field], inner: Sequence[Field]) -> Parted:
    headers = _headers(reading, inner, [_labels(field, None) for field in inner])
    if not headers:
        return []
    layout = Layout.of(reading, headers)
    keys = [field for field in outer if _names(field)]
    marks = _marks(reading, array, outer, layout)
    groups = _named(groups_of(layout, marks), keys)
    if not groups and keys and not any(keys[0] in leaves for leaves in marks.values()):
        labels = [label.tokens for label in _labels(keys[0], array)]
        groups = _named(groups_of(layout, headings(layout, keys[0], labels)), keys)
    if not groups:
        return []
    rows = _rows(reading, groups, headers[0], inner)
    return [(group.leaves, several) for group, several in zip(groups, rows, strict=True)] if all(rows) else []


def _named(groups: list[Group], keys: Sequence[Field]) -> list[Group]:
    """The groups, where one field names them all."""
    return groups if any(all(field in group.leaves for group in groups) for field in keys) else []


def _labels(field: Field, array: Array | None) -> list[Label]:
    """The names of a field; what names an item goes by the list's, too: "Customer" is the name of one of customers."""
    labels = list(labels_of(field))
    owner = array or next((node for node in field.ancestors() if node.name), field)
    called = tokens_of(words_of_name(owner.name))
    name = tokens_of(words_of_name(field.name))
    if array is not None and name in (("name",), ("title",), ("label",)) and called:
        labels.append(Label(called, _CALLED, own=True))
    if array is None and len(name) == 1 and set(name) <= set(called):  # the name of an athlete, of one of employees
        labels.append(Label(("name",), _CALLED, own=False))
    if len(name) > 1 and weight(initials := "".join(token[0] for token in name)) == 1.0:
        labels.append(Label((initials,), _INITIALS, own=False))
    return labels


def _headers(reading: Reading, columns: Sequence[Field], labels: Sequence[Sequence[Label]]) -> list[Band]:
    """The header of the rows wherever it is printed with the same heads at the same places, in reading order."""
    header = Header(tuple(columns), tuple(tuple(several) for several in labels))
    found = [
        band
        for page in reading.document.pages
        for band in bands(WordIndex.of(page), header)[:_HEADS]
        if header_shows(band, len(columns)) and len(band.heads) > 1
    ]
    if not found:
        return []
    best = max(found, key=lambda band: (round(band.score, 2), -band.page, -band.top))
    same = [band for band in found if _alike(best, band)]
    return sorted(same, key=lambda band: (band.page, band.top))


def _alike(a: Band, b: Band) -> bool:
    return set(a.heads) == set(b.heads) and all(abs(a.heads[c].left - b.heads[c].left) < _ALIGNED for c in a.heads)


def _marks(reading: Reading, array: Array, outer: Sequence[Field], layout: Layout) -> dict[int, dict[Field, Leaf]]:
    """What is printed beside labels of the items' own fields, by line."""
    own = frozenset(tokens_of(words_of_name(array.name)))
    marks: dict[int, dict[Field, Leaf]] = {}
    for field in outer:
        for candidate in labelled(reading, field, _labels(field, array), own):
            label = candidate.match.caption.run.line if candidate.match else candidate.run.line
            if label not in layout.header_lines and candidate.run.line not in layout.header_lines:
                marks.setdefault(label, {}).setdefault(field, leaf_of(candidate))
    return dict(sorted(marks.items()))


# ---------------------------------------------------------------------------------------------------------------- rows
def _rows(reading: Reading, groups: Sequence[Group], band: Band, fields: Sequence[Field]) -> list[list[Leaves]]:
    """The leaves of the rows of each group; the columns are where the rows of all of them stand."""
    lines = [line for group in groups for line in group.lines]
    upper = _first_lines(lines, band)
    first = {id(line) for line in upper}
    lower = _lower(band, upper, [line for line in lines if id(line) not in first])
    over = replace(band, heads={c: h for c, h in band.heads.items() if c not in lower})
    columns = columns_under(reading, upper if lower else _fullest(lines), over)
    found = in_order(columns, over, len(fields), positional=False)
    places = found or assigned(columns, over, len(fields), positional=False)
    places = {place: column for place, column in places.items() if column in over.heads}
    numeric = {i for i, f in enumerate(fields) if kinds.kind_of(f) in kinds.NUMBERS}
    made = []
    for group in groups:
        grid = Grid(columns, places, [row_of(reading, line, columns) for line in group.lines], over)
        lines_of = {id(row): line for row, line in zip(grid.rows, group.lines, strict=True)}
        items = grouped([(grid, row) for row in grid.rows], numeric)
        several = [
            _row(reading, item, [run for _, row in item[1:] for run in lines_of[id(row)]], lower, fields)
            for item in (_items(group.lines, first, grid) if lower else items)
        ]
        made.append(_without_sum([row for row in several if len(_said_in(row)) > 1]))
    return made


def _said_in(row: Leaves) -> dict[Field, Scalar]:
    return {field: leaf.value for field, leaf in row.items() if leaf.value is not None}


def _without_sum(rows: list[Leaves]) -> list[Leaves]:
    """The rows without a last one that says less than the others, and of its numbers the sums of theirs."""
    said = [_said_in(row) for row in rows]
    if len(rows) < 2 or len(said[-1]) >= min(len(row) for row in said[:-1]):  # noqa: PLR2004 - a row and its sum
        return rows
    numbers = {f: v for f, v in said[-1].items() if kinds.kind_of(f) in kinds.NUMBERS and isinstance(v, (int, float))}
    sums = {f: sum(v for row in said[:-1] if isinstance(v := row.get(f), (int, float))) for f in numbers}
    summed = numbers and all(abs(sums[f] - v) < _CENT for f, v in numbers.items())
    return rows[:-1] if summed else rows


def _fullest(lines: Sequence[list[Run]]) -> Sequence[list[Run]]:
    """The lines that fill nearly all columns, where they are most: sums and remarks stand across the columns."""
    most = max(len(line) for line in lines)
    full = [line for line in lines if len(line) >= _NEARLY * most]
    return full if len(full) * 2 >= len(lines) else lines


def _first_lines(lines: Sequence[list[Run]], band: Band) -> list[list[Run]]:
    """The lines with most of the runs, under most of the heads."""
    flush = [len(_flush(line, band)) for line in lines]
    most, runs = max(flush), max(len(line) for line in lines)
    full = [line for line, count in zip(lines, flush, strict=True) if len(line) >= _FULL * runs and count * 2 >= most]
    return full or list(lines)


def _items(lines: Sequence[Sequence[Run]], first: set[int], grid: Grid) -> list[list[tuple[Grid, GridRow]]]:
    """Full lines with those below them."""
    items: list[list[tuple[Grid, GridRow]]] = []
    for line, row in zip(lines, grid.rows, strict=True):
        if id(line) in first:
            items.append([(grid, row)])
        elif items:
            items[-1].append((grid, row))
    return items


def _lower(band: Band, upper: Sequence[Sequence[Run]], rest: Sequence[Sequence[Run]]) -> dict[int, Head]:
    """The heads whose data stand on the second line of each row, where rows have several."""
    if len(rest) * 2 < len(upper):
        return {}
    over = [_flush(line, band) for line in upper]
    found = {}
    for column, head in band.heads.items():
        flush = sum(column in heads for heads in over)
        below = sum(any(run.left < head.right and run.right > head.left for run in line) for line in rest)
        if flush * 5 < len(upper) and below * 2 > len(upper):
            found[column] = head
    return found if len(band.heads) - len(found) > 1 else {}


def _flush(line: Sequence[Run], band: Band) -> set[int]:
    """The heads that have data of a line under them, each run under one: to the left, to the right or in the middle."""
    found = set()
    for run in line:
        far = {c: _aside(run, head) for c, head in band.heads.items()}
        nearest = min(far, key=far.__getitem__)
        if far[nearest] < _ALIGNED:
            found.add(nearest)
    return found


def _aside(run: Run, head: Head) -> float:
    left, right = run.left - head.left, run.right - head.right
    return min(abs(left), abs(right), abs(left + right) / 2)


def _row(
    reading: Reading,
    item: Sequence[tuple[Grid, GridRow]],
    below: Sequence[Run],
    lower: Mapping[int, Head],
    fields: Sequence[Field],
) -> Leaves:
    """The leaves of an item; what stands `below` its first line goes on with its words, or is under a `lower` head."""
    cells = cells_of(item[:1])
    under: set[tuple[int, ...]] = set()
    for column, head in lower.items():
        runs = [run for run in below if run.left < head.right and run.right > head.left]
        if runs:
            cells[column] = runs[:1]
            under.update(run.words for run in below if run.top < runs[0].bottom)
    for entry in item[1:]:
        for column, runs in cells_of([entry]).items():
            kept = [run for run in runs if run.words not in under and not (column in cells and _figures(run))]
            if kept:
                cells.setdefault(column, []).extend(kept)
    return {fields[c]: replace(cell_leaf(reading, fields[c], runs, _SCORE), way="") for c, runs in cells.items()}


def _figures(run: Run) -> bool:
    """Whether a run is of figures only, which go on with no words."""
    return all(kinds.has_digit(text) for text in run.texts)
