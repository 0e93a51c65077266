"""What is left of the figures when the schemas say the same in other ways.

    python benchmarks/perturbing.py [FOLDER] [--source NAME ...]

Fills the documents of the development set (or of FOLDER) once with their schemas as they are, and once for each change:

    reversed     properties the other way round            wrapped      everything in one more object
    bare         no descriptions and titles                optional     nothing required, nothing may be null
    camel        fieldNamesLikeThis                        aliased      keys that mean nothing, old names as titles
    synonyms     words of names and descriptions replaced by words that mean the same

Where a change costs much, a rule was made for words and not for what they mean. Numbers are F1 by source.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from chunkr_integrations.engine.errors import EngineError
from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.output import output
from chunkr_integrations.engine.readers import read
from chunkr_integrations.evaluation._comparison import Counts, compare

# Words of names and descriptions, and others for the same.
_SYNONYMS = {
    "invoice": "bill", "seller": "vendor", "buyer": "customer", "issue": "billing",
    "quantity": "qty", "article": "item", "postcode": "zip", "street": "street_address", "city": "town",
    "advertiser": "sponsor", "registrant": "filer", "delivery": "shipping", "reference": "ref",
    "description": "desc", "number": "no", "telephone": "phone", "vehicle": "car", "employer": "company",
    "start": "begin", "due": "payable", "flight": "campaign", "amount": "sum", "last": "family",
    "first": "given", "approval": "approving", "price": "cost", "rate": "percentage",
}  # fmt: skip


def renamed(value: Any, schema: Any, name: Any) -> Any:
    """`value`, an instance of `schema`, with its keys as `name` makes them."""
    if isinstance(value, list):
        return [renamed(item, schema.get("items", {}), name) for item in value]
    if isinstance(value, dict):
        return {name(k): renamed(v, schema.get("properties", {}).get(k, {}), name) for k, v in value.items()}
    return value


def changed(schema: Any, how: str, name: Any) -> Any:
    """The schema after a change; `name` gives a property's new name."""
    if isinstance(schema, list):
        return [changed(part, how, name) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {k: changed(v, how, name) if k in ("items", "anyOf", "$defs") else v for k, v in schema.items()}
    if how == "bare":
        made.pop("description", None), made.pop("title", None)
    if how == "optional":
        made.pop("required", None)
        if isinstance(made.get("type"), list):
            made["type"] = next(t for t in made["type"] if t != "null")
    if how == "synonyms" and isinstance(made.get("description"), str):
        made["description"] = re.sub(r"\w+", lambda m: _other(m[0]).replace("_", " "), made["description"])
    if isinstance(schema.get("properties"), dict):
        entries = [(name(k), _titled(k, changed(v, how, name), how)) for k, v in schema["properties"].items()]
        made["properties"] = dict(reversed(entries) if how == "reversed" else entries)
        if "required" in made:
            made["required"] = list(made["properties"])
    return made


def _titled(key: str, schema: Any, how: str) -> Any:
    return {**schema, "title": key.replace("_", " ").capitalize()} if how == "aliased" else schema


def _other(word: str) -> str:
    return _SYNONYMS.get(word.lower(), word)


def name_of(how: str) -> Any:
    """How a change calls properties."""
    if how == "camel":
        return lambda k: re.sub(r"_(\w)", lambda m: m[1].upper(), k)
    if how == "aliased":
        return lambda k: f"k{sum(ord(c) * (i + 7) for i, c in enumerate(k))}"
    if how == "synonyms":
        return lambda k: "_".join(_other(part) for part in k.split("_"))
    return lambda k: k


HOW = ("as they are", "reversed", "wrapped", "bare", "optional", "camel", "aliased", "synonyms")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, nargs="?")
    options.add_argument("--source", action="append")
    given = options.parse_args()
    folder = given.folder or Path(os.environ.get("CHUNKR_DEVSET") or ".")
    counts: dict[str, dict[str, Counts]] = defaultdict(lambda: defaultdict(Counts))
    for place in sorted(folder.glob("*/*/gold.json")):
        source = place.parent.parent.name
        if given.source and source not in given.source:
            continue
        schema, gold = (json.loads((place.parent / f).read_text("utf-8")) for f in ("schema.json", "gold.json"))
        file = next(place.parent.glob("document.*"))
        try:
            document = read(file.read_bytes(), name=file.name)
        except EngineError as error:
            print(f"{place.parent}: {error}", file=sys.stderr)
            continue
        for how in HOW:
            name = name_of(how)
            asked, right = changed(schema, how, name), renamed(gold, schema, name)
            if how == "wrapped":
                asked = {"type": "object", "properties": {"document": asked}, "required": ["document"]}
                right = {"document": right}
            tally = compare(right, output(document, fill(document, asked), asked).results, asked)
            total = counts[source][how]
            total.right += tally.right
            total.wrong += tally.wrong
            total.missing += tally.missing
            total.surplus += tally.surplus
    print(f"{'source':16}" + "".join(f"{how:>13}" for how in HOW))
    for source, by_change in counts.items():
        print(f"{source:16}" + "".join(f"{f1(by_change[how]):13.3f}" for how in HOW))
    print(f"{'mean':16}" + "".join(f"{sum(f1(c[how]) for c in counts.values()) / len(counts):13.3f}" for how in HOW))


def f1(counts: Counts) -> float:
    """Of precision and recall over leaves."""
    return 2 * counts.right / max(1, 2 * counts.right + 2 * counts.wrong + counts.missing + counts.surplus)


if __name__ == "__main__":
    main()
