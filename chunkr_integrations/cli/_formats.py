"""An extraction as text for people and as a record for programs, and the record back again."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from chunkr_integrations.exceptions import SourceError
from chunkr_integrations.extraction import Extraction, SourceInfo, to_extraction
from chunkr_integrations.schema import compile_schema
from chunkr_integrations.tasks import ExtractOutput, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chunkr_integrations.citations import Citation

__all__ = ["from_record", "records_of", "to_record", "to_text"]

_NARROW, _WIDE = 60, 160  # columns of a text table, whatever the terminal says


def to_record(extraction: Extraction[Any], *, model: str) -> dict[str, Any]:
    """Everything that a program, or `chunkr-integrations report`, needs; no document, no URL that would open one.

    Keys: `source`, `model`, `value` (the instance, by attribute), `results`, `citations`, `metrics` (the three mirrors,
    raw), `invalid`, `task`.
    """
    task = extraction.task
    output = task.output if isinstance(task.output, ExtractOutput) else ExtractOutput(results=extraction.results)
    source = extraction.source
    return {
        "source": {
            "name": source.name,
            "uri": source.uri,
            "content_hash": source.content_hash,
            "media_type": source.media_type,
        },
        "model": model,
        "value": TypeAdapter(type(extraction.value)).dump_python(extraction.value, mode="json", warnings=False),
        "results": output.results,
        "citations": output.citations,
        "metrics": output.metrics,
        "invalid": [{"path": path, "message": message} for path, message in extraction.invalid],
        "task": {
            "task_id": task.task_id,
            "task_type": str(getattr(task.task_type, "value", task.task_type)),
            "status": str(getattr(task.status, "value", task.status)),
            "parse_task_id": task.parse_task_id,
            "configuration": {"schema": task.configuration.schema_},
            "file_info": {
                "name": task.file_info.name,
                "mime_type": task.file_info.mime_type,
                "page_count": task.file_info.page_count,
            },
            "version_info": {"server_version": task.version_info.server_version},
        },
    }


def records_of(text: str, name: str) -> list[Mapping[str, Any]]:
    """The records of a file that `extract` wrote as json or jsonl.

    Raises:
        SourceError: It is neither.
    """
    try:
        read = json.loads(text)
    except ValueError:
        read = _lines(text, name)
    records = read if isinstance(read, list) else [read]
    if not records or not all(
        isinstance(record, dict) and {"results", "source", "task"} <= record.keys() for record in records
    ):
        raise _no_results(name)
    return records


def _lines(text: str, name: str) -> list[Any]:
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as exc:
        raise _no_results(name) from exc


def _no_results(name: str) -> SourceError:
    cure = "Give a file that `chunkr-integrations extract --format json` (or jsonl) wrote."
    return SourceError(name, "these are no saved results", cure=cure)


def from_record(record: Mapping[str, Any], name: str) -> Extraction[Any]:
    """A record as an extraction again. Its value is a dict, its field paths are those of the wire.

    Raises:
        SourceError: The record has been changed and cannot be read.
    """
    try:
        output = {key: record.get(key) for key in ("results", "citations", "metrics")}
        task = Task.model_validate({**record["task"], "output": output})
        source = SourceInfo(**record["source"])
    except (ValidationError, TypeError) as exc:
        raise _no_results(name) from exc
    schema = compile_schema(task.configuration.schema_)
    return to_extraction(task, schema, source, on_invalid="partial")


def to_text(extraction: Extraction[Any], *, model: str) -> str:
    """A table: field, value, confidence, page and what is printed there."""
    answered = extraction.task.version_info.server_version or "an unnamed server"
    rows = list(_rows(extraction))
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]) if rows else 0)]
    columns = min(max(shutil.get_terminal_size((100, 24)).columns, _NARROW), _WIDE)
    widths[1:2] = [min(width, max(columns // 3, 20)) for width in widths[1:2]]
    lines = ["  ".join(_fit(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    shown = [line if len(line) <= columns else line[: columns - 1].rstrip() + "…" for line in lines]
    heading = f"{extraction.source.name}  {model}, answered by {answered}\n"
    return heading + "".join(f"  {line}\n" for line in shown)


def _rows(extraction: Extraction[Any]) -> Iterator[tuple[str, str, str, str, str]]:
    for path, state in extraction.states.items():
        value = extraction.leaves.get(path)
        citations = extraction.citations.get(path, ())
        says = extraction.confidence.get(path) or ("" if state in {"null", "missing"} else "-")
        if state in {"invalid", "ungrounded"}:
            says = "no citation" if state == "ungrounded" else state
        yield path, _line(_shown(value)), says, _where(citations), _line(" … ".join(c.content for c in citations))


def _shown(value: Any) -> str:
    if value is None:
        return "not found"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _where(citations: tuple[Citation, ...]) -> str:
    pages = sorted({c.page_number for c in citations if c.page_number is not None})
    return f"p. {', '.join(map(str, pages))}" if pages else ""


def _line(text: str) -> str:
    """The text on one line, nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))


def _fit(cell: str, width: int) -> str:
    return cell.ljust(width) if len(cell) <= width else cell[: width - 1] + "…"
