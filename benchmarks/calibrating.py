"""Fits which ways of finding a value are `High`, and says how that holds on sources it was not fitted on.

    python benchmarks/calibrating.py FOLDER [FOLDER ...] [--reworded FOLDER] [--held FOLDER]

Folders are laid out as the development set. Values are counted by the way they were found
(`engine.fill.confidence.way_of`), at a score of .65 or more and not tied:

    earned       .98 or more are right, and with 95 % certainty .96 (Wilson); of 30 values, 20 documents, 3 sources
    pretended    below .96 are right of 15 or more with a score of .9 that no such rule has raised

Then, source by source: the share of right values among `High` with the rules of the *other* sources, against that
without rules. `--reworded` counts the documents of a folder a second time with their schemas in other words
(`perturbing.py`). `--held` takes no part in fitting.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.perturbing import changed, name_of, renamed
from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.errors import EngineError
from chunkr_integrations.engine.fill import confidence, fill
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read
from chunkr_integrations.evaluation._comparison import compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chunkr_integrations.engine.document import Document

HIGH, LEAST, MOST = 0.9, 0.65, 100
Rules = tuple[dict[str, tuple[int, int, int]], dict[str, tuple[int, int, int]]]


@dataclass(frozen=True)
class Found:
    """A value that was returned, and whether it is right."""

    source: str
    document: str
    way: str
    score: float
    tied: bool
    right: bool


@cache
def read_once(file: Path) -> Document | None:
    try:
        return read(file.read_bytes(), name=file.name)
    except EngineError:
        return None


def leaf_at(draft: Any, at: Iterable[Any]) -> Leaf | None:
    for step in at:
        draft = draft.get(step) if isinstance(draft, dict) else draft[step] if isinstance(draft, list) else None
    return draft if isinstance(draft, Leaf) else None


def values(folder: Path, how: str = "as they are") -> Iterator[Found]:
    """The values of a folder's documents that have a label, or fill what is labelled empty."""
    name = name_of(how)
    for place in sorted(folder.glob("*/*/gold.json")):
        schema, gold = (json.loads((place.parent / f).read_text("utf-8")) for f in ("schema.json", "gold.json"))
        file = next(place.parent.glob("document.*"))
        schema, gold = changed(schema, how, name), renamed(gold, schema, name)
        document = read_once(file)
        if document is None:
            continue
        draft = fill(document, schema)
        source, key = place.parent.parent.name, place.parent.name
        for pair in compare(gold, output(document, draft, schema).results, schema).pairs:
            leaf = leaf_at(draft, pair.value_at) if pair.value_at is not None else None
            if leaf is not None and leaf.value is not None:
                yield Found(source, key, leaf.way, leaf.score, leaf.tied, pair.right)
        for key_, value in gold.items() if isinstance(gold, dict) else ():
            leaf = leaf_at(draft, (key_,)) if value is None else None
            if leaf is not None and leaf.value is not None:
                yield Found(source, key, leaf.way, leaf.score, leaf.tied, right=False)


def wilson(right: float, count: float) -> float:
    """The lower end of the 95 % interval of a share."""
    z = 1.96
    share = right / count
    middle = share + z * z / (2 * count)
    spread = z * ((share * (1 - share) + z * z / (4 * count)) / count) ** 0.5
    return float((middle - spread) / (1 + z * z / count))


def rules(found: Iterable[Found]) -> Rules:
    """Ways that are High, and ways that are not."""
    ways: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    high: dict[str, list[bool]] = defaultdict(list)
    documents: dict[str, set[str]] = defaultdict(set)
    for value in found:
        if value.way and not value.tied and value.score >= LEAST:
            ways[value.way][value.source].append(value.right)
            documents[value.way].add(value.document)
            if value.score >= HIGH:
                high[value.way].append(value.right)
    earned, pretended = {}, {}
    for way, by_source in sorted(ways.items()):
        several = len(by_source) >= 3 and len(documents[way]) >= 20
        all_ = [value for values_ in by_source.values() for value in values_]
        # A source with many values counts as one with a hundred.
        weighed = [(sum(r), len(r), min(1.0, MOST / len(r))) for r in by_source.values()]
        right, count = (sum(part[i] * part[2] for part in weighed) for i in (0, 1))
        share = min(right / count, sum(all_) / len(all_))
        if several and count >= 30 and share >= 0.98 and wilson(right, count) >= 0.96:
            earned[way] = (sum(p[0] for p in weighed), sum(p[1] for p in weighed), len(documents[way]))
        elif len(high[way]) >= 15 and sum(high[way]) / len(high[way]) < 0.96:
            pretended[way] = (sum(high[way]), len(high[way]), len(documents[way]))
    return earned, pretended


def is_high(value: Found, made: Rules) -> bool:
    earned, pretended = made
    if value.tied or value.way in pretended:
        return False
    return value.score >= HIGH or (value.way in earned and value.score >= LEAST)


def line(name: str, values_: list[Found], made: Rules) -> None:
    right = sum(v.right for v in values_)
    cells = []
    for how in (({}, {}), made):
        high = [v for v in values_ if is_high(v, how)]
        good = sum(v.right for v in high)
        cells.append(f"{good:6d} of {len(high):6d} {good / max(1, len(high)):6.3f} {good / max(1, right):6.2f}")
    print(f"{name:18} {cells[0]}   {cells[1]}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", type=Path, nargs="+")
    options.add_argument("--reworded", type=Path, action="append", default=[])
    options.add_argument("--held", type=Path, action="append", default=[])
    given = options.parse_args()
    confidence.EARNED.clear()
    confidence.PRETENDED.clear()
    found = [value for folder in given.folders for value in values(folder)]
    found += [v for folder in given.reworded for how in ("bare", "synonyms") for v in values(folder, how)]
    earned, pretended = rules(found)
    for title, ways in (("EARNED", earned), ("PRETENDED", pretended)):
        print(title)
        for way, counts in ways.items():
            print(f'    "{way}": {counts},')
    ways = Counter((v.way, v.right) for v in found if v.way and not v.tied and v.score >= LEAST)
    print("every way: right, of")
    for way in sorted({way for way, _ in ways}):
        print(f"    {way:36} {ways[way, True]:5d} of {ways[way, True] + ways[way, False]:5d}")
    print(f"\n{'source':18} without rules: right, share, of right   with the rules of the other sources")
    for source in sorted({v.source for v in found}):
        line(source, [v for v in found if v.source == source], rules(v for v in found if v.source != source))
    line("all", found, (earned, pretended))
    for folder in given.held:
        held = list(values(folder))
        for source in sorted({v.source for v in held}):
            line(f"held: {source}", [v for v in held if v.source == source], (earned, pretended))
        line("held: all", held, (earned, pretended))


if __name__ == "__main__":
    main()
