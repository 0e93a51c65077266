"""Writes made-up labelled documents, in the layout of the development set.

    python benchmarks/invent.py FOLDER [--seeds 0-53]

Seed by seed the kinds (invoice, order, delivery note, form, inspection report, payslip, statement, agreement, receipt)
and the six languages go round; layout, labels, spelling and the schema's way of naming things are drawn by chance. The
figures of docs/accuracy.md are those of seeds the rules were not made with: odd seeds were held back.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.invented.documents import KINDS
from benchmarks.invented.maker import Made, Maker
from benchmarks.invented.page import pdf_of, scan_of
from benchmarks.invented.words import LANGUAGES

__all__ = ["invented", "write"]


def invented(seed: int) -> Made:
    """The document of a seed: neighbours differ in kind, and pairs of even and odd seeds share kind and language."""
    pair = seed // 2
    chance = random.Random(f"invented {seed}")
    return KINDS[pair % len(KINDS)](Maker(chance, LANGUAGES[pair // len(KINDS) % len(LANGUAGES)]))


def write(folder: Path, seed: int) -> None:
    """Writes document, schema and labels of a seed."""
    made = invented(seed)
    place = folder / made.kind / f"{made.language}{seed:04d}"
    place.mkdir(parents=True, exist_ok=True)
    pdf = pdf_of(made.sheets)
    if made.scanned:
        (place / "document.png").write_bytes(scan_of(pdf, random.Random(seed)))
    else:
        (place / "document.pdf").write_bytes(pdf)
    (place / "schema.json").write_text(json.dumps(made.schema, ensure_ascii=False, indent=1), "utf-8")
    (place / "gold.json").write_text(json.dumps(made.gold, ensure_ascii=False, indent=1), "utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--seeds", default="0-53", help="first and last")
    options.add_argument("--half", choices=("even", "odd"), help="only those seeds")
    given = options.parse_args()
    first, last = (int(n) for n in given.seeds.split("-"))
    for seed in range(first, last + 1):
        if given.half is None or seed % 2 == (given.half == "odd"):
            write(given.folder, seed)


if __name__ == "__main__":
    main()
