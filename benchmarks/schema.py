"""How long a class of 500 fields takes to compile, and an answer of 100,000 cited leaves to read.

python benchmarks/schema.py
"""

from __future__ import annotations

import time
from typing import Any

from pydantic import BaseModel, Field, create_model

from chunkr_integrations.extraction import SourceInfo, to_extraction
from chunkr_integrations.schema import compile_schema
from chunkr_integrations.tasks import Task

SOURCE = SourceInfo("made up", "made up")


def wide(fields: int) -> type[BaseModel]:
    made: dict[str, Any] = {f"field_{n}": (float | None, Field(None, description=f"Number {n}")) for n in range(fields)}
    return create_model("Wide", **made)


def answer(rows: int, columns: int) -> Task:
    box = {"left": 1.0, "top": 2.0, "width": 3.0, "height": 4.0}
    citation = {"citation_type": "Word", "bboxes": [box], "content": "1", "page_number": 1, "page_width": 612}
    names = [f"field_{n}" for n in range(columns)]
    output = {
        "results": {"rows": [dict.fromkeys(names, 1.5) for _ in range(rows)]},
        "citations": {"rows": [{name: [citation] for name in names} for _ in range(rows)]},
        "metrics": {"rows": [{name: {"confidence": "High"} for name in names} for _ in range(rows)]},
    }
    return Task.model_validate({"task_id": "t", "status": "Succeeded", "output": output})


def seconds(what: Any, *args: Any) -> float:
    began = time.process_time()
    what(*args)
    return time.process_time() - began


def main() -> None:
    times = sorted(seconds(compile_schema, wide(500)) for _ in range(7))
    print(f"compile 500 fields: median {times[3] * 1000:.1f} ms of 7")
    schema = compile_schema(create_model("Table", rows=(list[wide(100)], ...)))
    for rows in (125, 250, 500, 1000):
        task = answer(rows, 100)
        times = sorted(seconds(to_extraction, task, schema, SOURCE) for _ in range(3))
        print(f"read {rows * 100:>7,} cited leaves: median {times[1]:.2f} s of 3")


if __name__ == "__main__":
    main()
