"""Spreadsheets: a sheet is a page, every word knows its cell.

The unit is the point of a sheet drawn here: a character is 5 wide and its box 10 high, rows are 14 apart, columns as
wide as their text, up to 40 characters. Cell references are exact: `Word.ref` is "B5", `Cell.ref` of a merged cell is
"B5:C6". Values are shown as stored: dates in ISO form, numbers without their format.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.layout import RawBlock, RawCell, RawPage, RawWord
from chunkr_integrations.engine.readers._ole import has_circles
from chunkr_integrations.engine.readers._typeset import columns_of, wrapped
from chunkr_integrations.engine.readers.flow import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["a1", "check_zip", "read_csv", "read_workbook"]

_MAX_PLACES = 5_000_000  # rows x columns of a sheet's used range
_MAX_CELLS = 1_000_000  # cells with a value, all sheets
_MAX_UNPACKED = 1 << 30  # bytes of all parts of a zip
_MAX_RATIO = 200  # times a zip may unpack to, above a floor
_RATIO_FLOOR = 100 << 20
_MARGIN, _CHARACTER, _TALL, _LINE, _GAP = 12.0, 5.0, 10.0, 14.0, 10.0
_NARROWEST, _WIDEST = 4, 40  # characters of a column


@dataclass(frozen=True, slots=True)
class _Value:
    """A cell with something in it; row and column from 0 in the sheet."""

    row: int
    column: int
    text: str
    row_span: int = 1
    column_span: int = 1

    @property
    def ref(self) -> str:
        """Its range: "B5", or "B5:C6" when merged."""
        first = a1(self.row, self.column)
        if self.row_span == self.column_span == 1:
            return first
        return f"{first}:{a1(self.row + self.row_span - 1, self.column + self.column_span - 1)}"


def a1(row: int, column: int) -> str:
    """The reference of a cell, row and column from 0: (4, 1) is "B5"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def check_zip(data: bytes, name: str) -> None:
    """Raise when a zip would unpack to more than can be held."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > _MAX_UNPACKED or (size > _RATIO_FLOOR and size > _MAX_RATIO * len(data)):
        raise UnreadableDocumentError(
            f"{name} would unpack to {size:,} bytes, which is more than can be read. Save it anew, or split it."
        )


def read_workbook(data: bytes, name: str, warnings: list[str]) -> Iterator[RawPage]:
    """The visible sheets of an .xlsx or .xls file."""
    import python_calamine as calamine  # noqa: PLC0415 - only for workbooks

    if data[:2] == b"PK":
        check_zip(data, name)
    elif has_circles(data):
        raise _damaged(name)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    except calamine.PasswordError as error:
        raise UnreadableDocumentError(
            f"{name} is encrypted and opens only with a password. Save it without one and send it again."
        ) from error
    except calamine.CalamineError as error:
        raise _damaged(name) from error
    if not shown:
        raise UnreadableDocumentError(f"{name} has no visible sheet. Make one visible and send it again.")
    left_out = [sheet for sheet in book.sheet_names if sheet not in shown]
    if left_out:
        warnings.append(f"Sheets that are hidden or hold no cells were not read: {', '.join(left_out)}.")
    budget = _MAX_CELLS
    for number, title in enumerate(shown, 1):
        values = _values(book, title, name)
        budget -= len(values)
        if budget < 0:
            raise UnreadableDocumentError(f"{name} has more than {_MAX_CELLS:,} filled cells. Split it.")
        yield _page(number, title, values)


def _damaged(name: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(f"{name} is a damaged workbook. Open it, save it anew, and send that.")


def read_csv(data: bytes, name: str) -> Iterator[RawPage]:
    """One sheet of a CSV or TSV file; the separator is found out."""
    text = decoded(data, name)
    csv.field_size_limit(1 << 24)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:16384], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), dialect))
    except csv.Error as error:
        raise UnreadableDocumentError(f"{name} is no table that can be read: {error}. Save it as CSV anew.") from error
    values = [
        _Value(row, column, shown)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if (shown := " ".join(cell.split()))
    ]
    if len(values) > _MAX_CELLS:
        raise UnreadableDocumentError(f"{name} has more than {_MAX_CELLS:,} filled cells. Split it.")
    title = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    yield _page(1, title, values)


def _values(book: Any, title: str, name: str) -> list[_Value]:
    import python_calamine as calamine  # noqa: PLC0415 - see read_workbook

    try:
        sheet = book.get_sheet_by_name(title)
        start, end = sheet.start, sheet.end
        if start is None or end is None:
            return []
        if (end[0] - start[0] + 1) * (end[1] - start[1] + 1) > _MAX_PLACES:
            raise UnreadableDocumentError(
                f"The sheet {title!r} of {name} spans {end[0] + 1:,} rows and {end[1] + 1:,} columns. Split it."
            )
        rows = sheet.to_python(skip_empty_area=True)
        merged = dict(sheet.merged_cell_ranges or ())
    except calamine.CalamineError as error:
        raise UnreadableDocumentError(f"The sheet {title!r} of {name} is damaged. Save the file anew.") from error
    found = []
    for row, cells in enumerate(rows, start[0]):
        for column, cell in enumerate(cells, start[1]):
            text = _shown(cell)
            if text:
                last = merged.get((row, column), (row, column))
                found.append(_Value(row, column, text, last[0] - row + 1, last[1] - column + 1))
    return found


def _shown(cell: Any) -> str:
    """A stored value as text."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(cell, ".15g")  # noqa: PLR2004 - as Excel shows
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    return "\n".join(" ".join(line.split()) for line in str(cell).splitlines()).strip()


def _page(number: int, title: str, values: list[_Value]) -> RawPage:
    lefts, tops = _grid(values)
    words: list[RawWord] = []
    boxes: dict[str, Box] = {}
    for value in values:
        left, top = lefts[value.column], tops[value.row]
        right = lefts.get(value.column + value.column_span, left + _WIDEST * _CHARACTER)
        bottom = tops.get(value.row + value.row_span, top + _LINE)
        boxes[value.ref] = Box(left, top, max(right - left - _GAP, _CHARACTER), max(bottom - top - 4, _TALL))
        words += _words(value, left, top, int((right - left - _GAP) / _CHARACTER))
    width = max(lefts.values(), default=0.0) + _WIDEST * _CHARACTER
    right = max((word.box.right for word in words), default=_MARGIN)
    bottom = max((word.box.bottom for word in words), default=_MARGIN)
    blocks = tuple(_blocks(values, boxes))
    return RawPage(
        number,
        min(width, right + _MARGIN),
        bottom + _MARGIN,
        tuple(words),
        blocks,
        sheet=title,
        placed=False,
        bands=False,
    )


def _words(value: _Value, left: float, top: float, columns: int) -> Iterator[RawWord]:
    for number, line in enumerate(wrapped(value.text, max(columns, _NARROWEST))):
        x = left
        for part in line.split(" "):
            if part:
                box = Box(x, top + number * _LINE, columns_of(part) * _CHARACTER, _TALL)
                yield RawWord(part, box, ref=value.ref)
            x += (columns_of(part) + 1) * _CHARACTER


def _grid(values: Sequence[_Value]) -> tuple[dict[int, float], dict[int, float]]:
    """The x of each column and the y of each row, one past the last included; empty ones are as small as can be."""
    wide: dict[int, int] = {}
    for value in values:
        if value.column_span == 1:
            longest = max((columns_of(line) for line in value.text.splitlines()), default=1)
            wide[value.column] = max(wide.get(value.column, _NARROWEST), min(longest, _WIDEST))
    high: dict[int, int] = {}
    for value in values:
        across = sum(wide.get(value.column + i, _NARROWEST) for i in range(value.column_span))
        lines = len(wrapped(value.text, max(across, _NARROWEST)))
        high[value.row] = max(high.get(value.row, 1), lines if value.row_span == 1 else 1)
    last_column = max((value.column + value.column_span for value in values), default=0)
    last_row = max((value.row + value.row_span for value in values), default=0)
    lefts, x = {}, _MARGIN
    for column in range(last_column + 1):
        lefts[column] = x
        x += wide.get(column, _NARROWEST) * _CHARACTER + _GAP
    tops, y = {}, _MARGIN
    for row in range(last_row + 1):
        tops[row] = y
        y += high.get(row, 1) * _LINE
    return lefts, tops


def _blocks(values: list[_Value], boxes: dict[str, Box]) -> Iterator[RawBlock]:
    """Regions that empty rows part: tables, and lines of text above and below them."""
    rows: dict[int, list[_Value]] = {}
    for value in values:
        rows.setdefault(value.row, []).append(value)
    region: list[list[_Value]] = []
    reach = -1
    for row in sorted(rows):
        if region and row > reach + 1:
            yield from _region(region, boxes)
            region = []
        region.append(rows[row])
        reach = max(reach if region[:-1] else row, *(value.row + value.row_span - 1 for value in rows[row]))
    if region:
        yield from _region(region, boxes)


def _region(rows: list[list[_Value]], boxes: dict[str, Box]) -> Iterator[RawBlock]:
    first = next((i for i, row in enumerate(rows) if len(row) > 1), len(rows))
    last = len(rows) - next((i for i, row in enumerate(reversed(rows)) if len(row) > 1), len(rows))
    if last - first < 2:  # noqa: PLR2004 - one row is no table
        first = last = len(rows)
    for row in rows[:first]:
        yield _line(row, boxes)
    if first < last:
        yield _table(rows[first:last], boxes)
    for row in rows[max(first, last) :]:
        yield _line(row, boxes)


def _line(row: list[_Value], boxes: dict[str, Box]) -> RawBlock:
    return RawBlock("paragraph", Box.around(boxes[value.ref] for value in row))


def _table(rows: list[list[_Value]], boxes: dict[str, Box]) -> RawBlock:
    top = rows[0][0].row
    left = min(value.column for row in rows for value in row)
    header = all(not value.text.replace(".", "").replace("-", "").isdigit() for value in rows[0])
    cells = tuple(
        RawCell(
            value.row - top,
            value.column - left,
            value.text,
            boxes[value.ref],
            value.row_span,
            value.column_span,
            header and value.row == top,
            value.ref,
        )
        for row in rows
        for value in row
    )
    return RawBlock("table", Box.around(cell.box for cell in cells if cell.box), cells=cells)
