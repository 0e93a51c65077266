"""How long classes take to compile, and answers to be read: in the schema alone, and with their citations.

python benchmarks/schema.py
"""

from __future__ import annotations

import time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel

from chunkr_integrations.extraction import SourceInfo, to_extraction
from chunkr_integrations.schema import CompiledSchema, compile_schema
from chunkr_integrations.tasks import Task

SOURCE = SourceInfo("made up", "made up")
COLUMNS = 100


def wide(fields: int) -> type[BaseModel]:
    """As many nullable, described numbers, whose names on the wire are not those of the attributes."""
    made: dict[str, Any] = {f"field_{n}": (float | None, Field(None, description=f"Number {n}")) for n in range(fields)}
    return create_model("Wide", __config__=ConfigDict(alias_generator=to_camel), **made)


def nested(width: int, depth: int) -> type[BaseModel]:
    """A tree of classes, `width` fields each."""
    below: Any = nested(width, depth - 1) if depth else str
    made: dict[str, Any] = {f"field_{n}": (below, Field(description=f"Part {n}")) for n in range(width)}
    return create_model(f"Level{depth}", **made)


def table(rows: int, cell: Any) -> dict[str, Any]:
    names = [to_camel(f"field_{n}") for n in range(COLUMNS)]
    return {"rows": [dict.fromkeys(names, cell) for _ in range(rows)]}


def answer(rows: int) -> Task:
    box = {"left": 1.0, "top": 2.0, "width": 3.0, "height": 4.0}
    citation = {"citation_type": "Word", "bboxes": [box], "content": "1", "page_number": 1, "page_width": 612}
    output = {
        "results": table(rows, 1.5),
        "citations": table(rows, [citation]),
        "metrics": table(rows, {"confidence": "High"}),
    }
    return Task.model_validate({"task_id": "t", "status": "Succeeded", "output": output})


def seconds(what: Any, *args: Any) -> float:
    began = time.process_time()
    what(*args)
    return time.process_time() - began


def median(what: Any, *args: Any, of: int = 5) -> float:
    return sorted(seconds(what, *args) for _ in range(of))[of // 2]


def fresh(target: type[BaseModel]) -> float:
    return seconds(compile_schema, target)


def attribute_paths(schema: CompiledSchema[Any], rows: int) -> None:
    for row in range(rows):
        for column in range(COLUMNS):
            schema.attribute_path(f"rows[{row}].field{column}")


def main() -> None:
    print(f"compile 500 fields: median {sorted(fresh(wide(500)) for _ in range(7))[3] * 1000:.1f} ms of 7")
    print(f"compile 4 levels of 5: median {sorted(fresh(nested(5, 3)) for _ in range(7))[3] * 1000:.1f} ms of 7")
    known = wide(500)
    compile_schema(known)
    print(f"compile again: {median(compile_schema, known) * 1e6:.1f} us")
    schema = compile_schema(create_model("Table", rows=(list[wide(COLUMNS)], ...)))
    for rows in (125, 250, 500, 1000):
        cells = rows * COLUMNS
        numbers = median(schema.read, table(rows, 1.5))
        printed = median(schema.read, table(rows, "1.234,50 EUR"))
        names = median(attribute_paths, schema, rows)
        cited = median(to_extraction, answer(rows), schema, SOURCE, of=3)
        print(
            f"{cells:>7,} leaves: read {numbers:.2f} s, printed ones {printed:.2f} s, "
            f"attribute paths {names:.2f} s, whole extraction with citations {cited:.2f} s"
        )


if __name__ == "__main__":
    main()
