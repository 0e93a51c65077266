"""Measure grounding alone: gold values go in as a draft without places, citations come out, the scorer judges them.

    python benchmarks/grounding.py [--devset DIR] [--scorer score.py] [--pred DIR] [--source NAME ...] [--per-doc]
                                   [--scanned clean|noisy] [--pages N]

With `--scanned` each PDF is made a scan first, so that its words have to be recognised (clean: 200 dpi; noisy: 150 dpi,
turned by up to a degree, blurred, JPEG). Before the scorer's table stands what share of the values that other words
print (`pages.json`, looked up by the scorer's own finder) got a citation.

The development set is found through CHUNKR_DEVSET or beside the checkout; the scorer beside the set (`eval/score.py`).
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pypdfium2
from PIL import Image, ImageFilter

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


def by_pointer(value, at=""):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from by_pointer(item, f"{at}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from by_pointer(item, f"{at}/{index}")
    else:
        yield at, value


def scanned(data: bytes, how: str) -> bytes:
    """The pages of a PDF as images, in a PDF without text."""
    dpi = 200 if how == "clean" else 150
    chance = random.Random(len(data))
    pages = [page.render(scale=dpi / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(data)]
    if how == "noisy":
        pages = [spoiled(page, chance) for page in pages]
    made = io.BytesIO()
    pages[0].save(made, "PDF", save_all=True, append_images=pages[1:], resolution=dpi)
    return made.getvalue()


def spoiled(page: Image.Image, chance: random.Random) -> Image.Image:
    turned = page.rotate(chance.uniform(-1, 1), fillcolor=255, resample=Image.Resampling.BICUBIC)
    made = io.BytesIO()
    turned.filter(ImageFilter.GaussianBlur(0.6)).save(made, "JPEG", quality=55)
    return Image.open(made).convert("L")


class Standing:
    """Counts, by kind of value, those that another reader's words print and those of them with a citation."""

    def __init__(self, scorer: Path) -> None:
        sys.path.insert(0, str(scorer.resolve().parent))
        self.kit = importlib.import_module("evalkit")  # the scorer's own: knows nothing of the engine
        self.counts: Counter[tuple[str, bool]] = Counter()

    def add(self, folder: Path, gold, draft: Draft) -> None:
        if not (folder / "pages.json").is_file():
            return
        finder = self.kit.Finder(json.loads((folder / "pages.json").read_text("utf-8")))
        placed = dict(by_pointer(draft))
        for at, value in by_pointer(gold):
            if value not in (None, "") and not isinstance(value, bool) and finder.find(value):
                number = isinstance(value, (int, float))
                kind = "numbers" if number else "dates" if self.kit.is_iso(value) else "texts"
                self.counts[kind, bool(placed[at].places)] += 1

    def report(self) -> str:
        rows = []
        for kind in ("numbers", "dates", "texts"):
            cited, missed = self.counts[kind, True], self.counts[kind, False]
            rows.append(f"{kind} {cited} of {cited + missed}")
        cited = sum(count for (_, has), count in self.counts.items() if has)
        total = sum(self.counts.values())
        return f"cited of the values that stand on the page: {', '.join(rows)}; {cited / max(total, 1):.4f} of {total}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devset", type=Path, default=Path(os.environ.get("CHUNKR_DEVSET", ROOT / "../shared/devset")))
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--pred", type=Path)
    parser.add_argument("--source", action="append")
    parser.add_argument("--per-doc", action="store_true")
    parser.add_argument("--scanned", choices=("clean", "noisy"))
    parser.add_argument("--pages", type=int, default=0, help="leave out PDFs of more; the scorer counts them as empty")
    options = parser.parse_args()
    if not options.devset.is_dir():
        sys.exit(f"There is no development set in {options.devset}. Set CHUNKR_DEVSET to its folder.")
    return options


def main() -> None:
    options = arguments()
    scorer = options.scorer or options.devset / "../eval/score.py"
    pred = options.pred or Path(tempfile.mkdtemp())
    standing = Standing(scorer)
    times = {"read": 0.0, "ground": 0.0, "index": 0.0, "find": 0.0}
    pages = values = 0
    for folder in sorted(options.devset.glob("*/*")):
        if not (folder / "gold.json").is_file() or (options.source and folder.parent.name not in options.source):
            continue
        file = next(folder.glob("document.*"))
        gold = json.loads((folder / "gold.json").read_text("utf-8"))
        schema = json.loads((folder / "schema.json").read_text("utf-8"))
        data = file.read_bytes()
        if file.suffix == ".pdf" and 0 < options.pages < len(pypdfium2.PdfDocument(data)):
            continue
        if options.scanned and file.suffix == ".pdf":
            data = scanned(data, options.scanned)
        start = time.perf_counter()
        document = read(data, name=file.name)
        times["read"] += time.perf_counter() - start
        start = time.perf_counter()
        draft = ground(document, draft_of(gold), schema)
        answer = output(document, draft, schema)
        spent = time.perf_counter() - start
        standing.add(folder, gold, draft)
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
    print(standing.report(), flush=True)
    command = [sys.executable, str(scorer), "--gold", str(options.devset), "--pred", str(pred)]
    command += [part for name in options.source or () for part in ("--source", name)]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
