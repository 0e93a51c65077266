"""One document through both frameworks, offline: `python examples/demo.py [FILE]`, or `make demo FILE=my.pdf`."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models import DOCUMENTS, Invoice

from chunkr_integrations import ChunkrError, Client
from chunkr_integrations.citations import Citation, leaves
from chunkr_integrations.documents import restore_citations
from chunkr_integrations.langchain import ChunkrExtractLoader
from chunkr_integrations.llamaindex import ChunkrReader
from chunkr_integrations.report import write_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

EXAMPLES = Path(__file__).parent / "documents"
OUT = Path("demo-out")


@dataclass(frozen=True)
class Field:
    """One field of the class: its value, how sure the service is, and where it stands."""

    path: str
    value: Any
    confidence: str = ""
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What one framework's documents say."""

    value: BaseModel
    fields: tuple[Field, ...]


def through_langchain(file: str, model: type[BaseModel], client: Client) -> Answer:
    """The loader twice: the whole as one document, and one document for each value."""
    (whole,) = ChunkrExtractLoader(file, model, client=client).load()
    parts = ChunkrExtractLoader(file, model, split_by="field", client=client).load()
    return answer(model, whole.page_content, (part.metadata for part in parts))


def through_llamaindex(file: str, model: type[BaseModel], client: Client) -> Answer:
    """The reader twice: the whole as one document, and one document for each value."""
    (whole,) = ChunkrReader(output_cls=model, client=client).load_data(file)
    parts = ChunkrReader(output_cls=model, split_by="field", client=client).load_data(file)
    return answer(model, whole.text, (part.metadata for part in parts))


def answer(model: type[BaseModel], text: str, parts: Iterable[Mapping[str, Any]]) -> Answer:
    """The object that the text of the whole holds, and its fields with what the parts' metadata say of them."""
    value = model.model_validate_json(text)
    about = {part["field"]: part for part in parts}
    fields = []
    for path, leaf in leaves(value.model_dump()):
        metadata = about.get(path, {})
        cited = restore_citations(metadata).get(path, ())
        fields.append(Field(path, leaf, metadata.get("min_confidence", ""), cited))
    return Answer(value, tuple(fields))


def table(found: Answer) -> str:
    """Field, value, confidence, page, box and text, one line each."""
    rows = [("field", "value", "confidence", "page", "box (left, top, width, height)", "text on the page")]
    for field in found.fields:
        if field.value in (None, [], {}):
            rows.append((field.path, "not found", "", "", "", ""))
            continue
        first = field.citations[0] if field.citations else None
        page = str(first.page_number) if first else "-"
        text = " ".join(citation.content for citation in field.citations)
        rows.append((field.path, str(field.value), field.confidence, page, box(first), text))
    widths = [min(max(len(row[column]) for row in rows), 36) for column in range(len(rows[0]))]
    return "\n".join("  " + "  ".join(map(fit, row, widths)).rstrip() for row in rows)


def box(citation: Citation | None) -> str:
    around = citation.bbox if citation else None
    return f"{around.left:.1f}, {around.top:.1f}, {around.width:.1f}, {around.height:.1f}" if around else "-"


def fit(text: str, width: int) -> str:
    line = " ".join(text.split())
    return line.ljust(width) if len(line) <= width else line[: width - 1] + "…"


def same(found: Any, expected: Any) -> bool:
    """Equal, but for white space, commas and case in texts: an address may be written on one line or on several."""
    if isinstance(found, str) and isinstance(expected, str):
        return re.sub(r"[\s,]", "", found).casefold() == re.sub(r"[\s,]", "", expected).casefold()
    return bool(found == expected)


def compare(found: Answer, gold: BaseModel) -> tuple[list[str], list[str], list[str]]:
    """The paths that are right, wrong, and not found; what neither has is right."""
    expected, values = dict(leaves(gold.model_dump())), {field.path: field.value for field in found.fields}
    right = [path for path, value in values.items() if path in expected and same(value, expected[path])]
    wrong = [path for path, value in values.items() if path not in right and value not in (None, [], {})]
    # A list of which nothing was found stands for all its items.
    missing = [path for path in expected if path not in right and path not in wrong]
    return right, wrong, missing


def gold_of(file: str, model: type[BaseModel]) -> BaseModel | None:
    """The expected values, when the file is one of the examples."""
    path = Path(file).resolve()
    gold = path.with_name(f"{path.stem}.gold.json")
    if path.parent != EXAMPLES.resolve() or path.name not in DOCUMENTS or not gold.is_file():
        return None
    return model.model_validate(json.loads(gold.read_text("utf-8")))


def model_of(file: str) -> type[BaseModel]:
    """The class of an example document; an invoice is expected of everything else."""
    path = Path(file).resolve()
    return DOCUMENTS.get(path.name, Invoice) if path.parent == EXAMPLES.resolve() else Invoice


def demo(file: str) -> None:
    model = model_of(file)
    with Client() as client:
        langchain = through_langchain(file, model, client)
        print(f"LangChain: ChunkrExtractLoader({Path(file).name!r}, {model.__name__})\n\n{table(langchain)}\n")
        llamaindex = through_llamaindex(file, model, client)
        print(f"LlamaIndex: ChunkrReader(output_cls={model.__name__})\n\n{table(llamaindex)}\n")
        report = write_report(
            OUT / "report.html", client.extract(file, model), title=f"{model.__name__}: {Path(file).name}"
        )
    print(f"Both give the same {model.__name__}." if langchain == llamaindex else "They DIFFER.")
    gold = gold_of(file, model)
    if gold is not None:
        right, wrong, missing = compare(langchain, gold)
        print(f"Compared with the expected values: {len(right)} right, {len(wrong)} wrong, {len(missing)} not found.")
        for path in (*wrong, *missing):
            print(f"  {'wrong' if path in wrong else 'not found'}: {path}")
    print(f"The boxes, drawn on the page: {report}")


if __name__ == "__main__":
    try:
        demo(sys.argv[1] if len(sys.argv) > 1 else str(EXAMPLES / "invoice_en.pdf"))
    except ChunkrError as exc:
        sys.exit(f"demo: {' '.join(str(exc).split())}")
