"""Measure grounding alone: gold values go in as a draft without places, citations come out, the scorer judges them.

    python benchmarks/grounding.py [--devset DIR] [--scorer score.py] [--pred DIR] [--source NAME ...] [--per-doc]

The development set is found through CHUNKR_DEVSET or beside the checkout; the scorer beside the set (`eval/score.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chunkr_integrations.engine.draft import Draft, Leaf
from chunkr_integrations.engine.find import Finder
from chunkr_integrations.engine.ground import ground
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read

ROOT = Path(__file__).resolve().parents[1]


def draft_of(value) -> Draft:
    if isinstance(value, dict):
        return {key: draft_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [draft_of(item) for item in value]
    return Leaf(value, score=1.0)


def leaves(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value not in (None, "") and not isinstance(value, bool):
        yield value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devset", type=Path, default=Path(os.environ.get("CHUNKR_DEVSET", ROOT / "../shared/devset")))
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--pred", type=Path)
    parser.add_argument("--source", action="append")
    parser.add_argument("--per-doc", action="store_true")
    options = parser.parse_args()
    if not options.devset.is_dir():
        sys.exit(f"There is no development set in {options.devset}. Set CHUNKR_DEVSET to its folder.")
    scorer = options.scorer or options.devset / "../eval/score.py"
    pred = options.pred or Path(tempfile.mkdtemp())
    times = {"read": 0.0, "ground": 0.0, "index": 0.0, "find": 0.0}
    pages = values = 0
    for folder in sorted(options.devset.glob("*/*")):
        if not (folder / "gold.json").is_file() or (options.source and folder.parent.name not in options.source):
            continue
        file = next(folder.glob("document.*"))
        gold = json.loads((folder / "gold.json").read_text("utf-8"))
        schema = json.loads((folder / "schema.json").read_text("utf-8"))
        start = time.perf_counter()
        document = read(file.read_bytes(), name=file.name)
        times["read"] += time.perf_counter() - start
        start = time.perf_counter()
        answer = output(document, ground(document, draft_of(gold), schema), schema)
        spent = time.perf_counter() - start
        times["ground"] += spent
        if options.per_doc:
            print(f"{spent:6.2f} s {len(document.pages):4} pages  {folder.parent.name}/{folder.name}")
        pages += len(document.pages)
        start = time.perf_counter()
        finder = Finder(document)
        for value in (1, "2020-01-01", "no such words"):
            finder.find(value)
        times["index"] += time.perf_counter() - start
        start = time.perf_counter()
        for value in leaves(gold):
            values += 1
            finder.find(value)
        times["find"] += time.perf_counter() - start
        (pred / folder.parent.name).mkdir(parents=True, exist_ok=True)
        text = json.dumps({"results": answer.results, "citations": answer.citations}, ensure_ascii=False)
        (pred / folder.parent.name / f"{folder.name}.json").write_text(text, "utf-8")
    print(
        f"{pages} pages, {values} values; per page: read {times['read'] / pages * 1e3:.1f} ms, "
        f"index {times['index'] / pages * 1e3:.1f} ms, ground {times['ground'] / pages * 1e3:.1f} ms; "
        f"find {times['find'] / max(values, 1) * 1e6:.0f} us a value"
    )
    command = [sys.executable, str(scorer), "--gold", str(options.devset), "--pred", str(pred)]
    command += [part for name in options.source or () for part in ("--source", name)]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
