"""What twenty classes compile to, and what comes back, as files under `golden/`.

A difference there is a difference on somebody's wire: look at it, then write the files anew with
`CHUNKR_REGENERATE_GOLDEN=1 pytest tests/schema/test_schema_real_world.py`. Pydantic's own JSON Schema changes a little
from one minor version to the next, so the files are those of one of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import VERSION, TypeAdapter

sys.path.insert(0, str(Path(__file__).parent))
from real_world import CASES

from chunkr_integrations.citations import leaves
from chunkr_integrations.schema import compile_schema

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
REGENERATE = bool(os.environ.get("CHUNKR_REGENERATE_GOLDEN"))
PYDANTIC = "2.14"


def golden(name: str) -> dict[str, Any]:
    target, locale, results = CASES[name]
    compiled, strict = compile_schema(target), compile_schema(target, dialect="strict")
    value = compiled.read(results, locale=locale).value
    dumped = value if isinstance(target, dict) else TypeAdapter(target).dump_python(value, mode="json")
    return {
        "schema": compiled.json,
        "strict": strict.json,
        "hash": compiled.hash,
        "changes": [asdict(change) for change in compiled.changes],
        "attribute_paths": {path: compiled.attribute_path(path) for path, _ in leaves(results)},
        "value": dumped,
    }


def written(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.skipif(not VERSION.startswith(PYDANTIC), reason=f"the golden files are those of Pydantic {PYDANTIC}")
@pytest.mark.parametrize("name", CASES)
def test_it_compiles_and_reads_as_it_did(name: str) -> None:
    path, found = GOLDEN / f"{name}.json", written(golden(name))
    if REGENERATE:
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")


def test_each_golden_file_has_its_class() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(CASES)
    assert len(CASES) == 20


@pytest.mark.parametrize("name", CASES)
def test_its_schemas_are_valid_and_accept_what_came_back(name: str) -> None:
    """By its wire names, as the service would have it spelled."""
    target, locale, results = CASES[name]
    compiled = compile_schema(target)
    for dialect in ("chunkr", "strict"):
        jsonschema.Draft202012Validator.check_schema(compile_schema(target, dialect=dialect).json)
    if not isinstance(target, dict):
        value = compiled.read(results, locale=locale).value
        again = TypeAdapter(target).dump_python(value, mode="json", by_alias=True)
        wrapped = next((c for c in compiled.changes if c.kind == "wrapped"), None)
        assert compiled.read({"items": again} if wrapped else again).value == value


def test_a_hash_is_the_same_in_another_process() -> None:
    """Sets and dicts have another order there; the ledger must find its entries again."""
    code = "from real_world import CASES\nfrom chunkr_integrations.schema import compile_schema\n"
    code += "print([compile_schema(target).hash for target, _, _ in CASES.values()])"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            cwd=HERE,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parents[1]}"},
        ).stdout
        for seed in ("1", "2")
    }
    assert seen == {f"{[compile_schema(target).hash for target, _, _ in CASES.values()]}\n"}
