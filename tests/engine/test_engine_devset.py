"""Grounding on the labelled development set: values given, places asked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.ground import ground
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read

DEVSET = Path(os.environ.get("CHUNKR_DEVSET", Path(__file__).resolve().parents[2] / ".." / "shared" / "devset"))
SAMPLES = ["invoice2data/AzureInterior", "icdar2013/eu-006", "exstruct_xlsx/gantt", "hitab_xlsx/t29"]

pytestmark = pytest.mark.skipif(
    not DEVSET.is_dir(), reason="the labelled development set is not here; set CHUNKR_DEVSET to its folder"
)


def draft_of(value):
    if isinstance(value, dict):
        return {key: draft_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [draft_of(item) for item in value]
    return Leaf(value, score=1.0)


def citations_at(citations, pointer: str):
    for part in pointer.split("/")[1:]:
        citations = citations[int(part)] if isinstance(citations, list) else citations[part]
    return citations


def covers(alternative, citation) -> bool:
    """Whether the hull of the citation's boxes covers half of the gold box, or its range is the gold cell."""
    if "cell" in alternative:
        return alternative["cell"] in [ref.split(":")[0] for ref in citation["ss_ranges"]]
    if alternative["page"] != citation["page_number"]:
        return False
    x0, y0, x1, y1 = alternative["bbox"]
    width, height = citation["page_width"], citation["page_height"]
    left = max(x0, min(b["left"] for b in citation["bboxes"]) / width)
    top = max(y0, min(b["top"] for b in citation["bboxes"]) / height)
    right = min(x1, max(b["left"] + b["width"] for b in citation["bboxes"]) / width)
    bottom = min(y1, max(b["top"] + b["height"] for b in citation["bboxes"]) / height)
    return max(0.0, right - left) * max(0.0, bottom - top) >= 0.5 * (x1 - x0) * (y1 - y0)


@pytest.mark.parametrize("sample", SAMPLES)
def test_given_values_are_cited_where_people_marked_them(sample):
    folder = DEVSET / sample
    file = next(folder.glob("document.*"))
    gold, schema = (json.loads((folder / name).read_text("utf-8")) for name in ("gold.json", "schema.json"))
    fields = json.loads((folder / "boxes.json").read_text("utf-8"))["fields"]
    document = read(file.read_bytes(), name=file.name)
    made = output(document, ground(document, draft_of(gold), schema), schema)
    right = sum(
        any(
            covers(alternative, citation)
            for alternative in alternatives
            for citation in citations_at(made.citations, pointer)
        )
        for pointer, alternatives in fields.items()
    )
    assert right >= 0.97 * len(fields)
