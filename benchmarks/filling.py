"""How well schemas are filled without a model, on labelled documents.

    python benchmarks/filling.py [--source NAME ...] [--out DIR] [--per-doc]

Reads, fills and writes every document of the development set (environment variable CHUNKR_DEVSET, or the folder
`../shared/devset` beside the checkout), as predictions in the layout of the scorer that lies beside it, then prints:
the scorer's table; of the values scored 0.9 or more (`High`) how many are right and how much of all right values they
are; how often a value was returned where the labels say that there is none; right values by score; pages a second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.errors import EngineError
from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read

HIGH = 0.9
ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Figures:
    """Counts over all documents."""

    pages: int = 0
    seconds_reading: float = 0.0
    seconds_filling: float = 0.0
    empty: int = 0
    empty_filled: int = 0
    uncited: int = 0
    bins: dict[float, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    high: dict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    right: Counter[str] = field(default_factory=Counter)


def devset() -> Path:
    """The folder of labelled documents; exits with a reason where there is none."""
    folder = Path(os.environ.get("CHUNKR_DEVSET") or ROOT.parent / "shared" / "devset")
    if not folder.is_dir():
        sys.exit(f"no labelled documents at {folder}: set CHUNKR_DEVSET")
    return folder


def pointers(draft: Any, at: str = "") -> dict[str, Leaf]:
    """Every leaf of a draft by its JSON pointer."""
    if isinstance(draft, Leaf):
        return {at: draft}
    items = draft.items() if isinstance(draft, dict) else enumerate(draft)
    found: dict[str, Leaf] = {}
    for key, value in items:
        found.update(pointers(value, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"))
    return found


def measure(folder: Path, scorer: Any, figures: Figures) -> dict[str, Any]:
    """Fills one document, counts, and gives the prediction to write."""
    document_file = next(folder.glob("document.*"))
    schema = json.loads((folder / "schema.json").read_text("utf-8"))
    gold = json.loads((folder / "gold.json").read_text("utf-8"))
    started = time.perf_counter()
    try:
        document = read(document_file.read_bytes(), name=document_file.name)
    except EngineError as error:
        print(f"{folder.parent.name}/{folder.name}: {error}")
        return {"results": {}, "citations": {}}
    figures.seconds_reading += time.perf_counter() - started
    figures.pages += len(document.pages)
    started = time.perf_counter()
    draft = fill(document, schema)
    answer = output(document, draft, schema)
    figures.seconds_filling += time.perf_counter() - started
    tally = scorer.compare(gold, answer.results, schema, schema)
    count(pointers(draft), gold, tally, folder.parent.name, scorer=scorer, figures=figures)
    return {"results": answer.results, "citations": answer.citations}


def count(leaves: dict[str, Leaf], gold: Any, tally: Any, source: str, *, scorer: Any, figures: Figures) -> None:
    figures.uncited += sum(leaf.value is not None and not leaf.places for leaf in leaves.values())
    for _, predicted, _, right in tally.pairs:
        leaf = leaves.get(predicted or "")
        if leaf is None or leaf.value is None:
            continue
        figures.right[source] += right
        figures.bins[min(0.95, leaf.score // 0.05 * 0.05)][right] += 1
        if leaf.score >= HIGH and not leaf.tied:
            figures.high[source][right] += 1
    rows = paired_rows(tally.pairs)
    for pointer, value in scorer.leaves(gold):
        if scorer.blank(value):
            figures.empty += 1
            row, _, name = pointer.rpartition("/")
            leaf = leaves.get(f"{rows.get(row, row)}/{name}")
            if leaf is not None and leaf.value is not None:
                figures.empty_filled += 1
                figures.high[source][False] += leaf.score >= HIGH and not leaf.tied


def paired_rows(pairs: Any) -> dict[str, str]:
    """The predicted row that the scorer paired with each row of the labels."""
    return {gold.rpartition("/")[0]: found.rpartition("/")[0] for gold, found, *_ in pairs if found}


def report(figures: Figures) -> None:
    print("\nHigh (score >= 0.9)      right   of    share  of all right values")
    total: Counter[bool] = Counter()
    for source, high in sorted(figures.high.items()):
        total.update(high)
        line(source, high, figures.right[source])
    line("all", total, sum(figures.right.values()))
    print("\nscore   right  wrong  share right")
    for low, counts in sorted(figures.bins.items()):
        print(f"{low:.2f}  {counts[True]:6d} {counts[False]:6d}  {counts[True] / max(1, sum(counts.values())):.3f}")
    print(f"\nvalues where the labels say none: {figures.empty_filled} of {figures.empty}")
    print(f"values without a place: {figures.uncited}")
    reading, filling = figures.seconds_reading, figures.seconds_filling
    print(
        f"{figures.pages} pages: {figures.pages / (reading + filling):.0f} a second "
        f"(reading {reading:.1f} s, filling {filling:.1f} s)"
    )


def line(name: str, high: Counter[bool], right: int) -> None:
    n = sum(high.values())
    print(f"{name:22} {high[True]:7d} {n:5d}  {high[True] / max(1, n):.3f}   {high[True] / max(1, right):.2f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--source", action="append")
    options.add_argument("--out", type=Path, help="where to leave the predictions")
    options.add_argument("--per-doc", action="store_true")
    given = options.parse_args()
    gold = devset()
    evaluation = gold.parent / "eval"
    sys.path.insert(0, str(evaluation))
    import score as scorer  # noqa: PLC0415 - lies beside the documents, not in this package

    figures = Figures()
    with tempfile.TemporaryDirectory() as scratch:
        out = given.out or Path(scratch)
        for source in sorted(p for p in gold.iterdir() if p.is_dir()):
            if given.source and source.name not in given.source:
                continue
            for folder in sorted(p for p in source.iterdir() if (p / "gold.json").exists()):
                prediction = measure(folder, scorer, figures)
                (out / source.name).mkdir(parents=True, exist_ok=True)
                text = json.dumps(prediction, ensure_ascii=False)
                (out / source.name / f"{folder.name}.json").write_text(text, "utf-8")
        command = [sys.executable, str(evaluation / "score.py"), "--gold", str(gold), "--pred", str(out)]
        for name in given.source or ():
            command += ["--source", name]
        subprocess.run([*command, *(["--per-doc"] if given.per_doc else [])], check=True)
    report(figures)


if __name__ == "__main__":
    main()
