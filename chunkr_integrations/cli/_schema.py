"""`chunkr-integrations schema pkg:Model`: what goes on the wire for a class, and what had to be changed for it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from chunkr_integrations.schema import compile_schema

from ._models import MODEL_HELP, load_model
from ._streams import output

if TYPE_CHECKING:
    import argparse

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("schema", help="show the JSON Schema of a class", description=__doc__)
    parser.add_argument("model", metavar="MODEL", help=MODEL_HELP)
    parser.add_argument("--strict", action="store_true", help="fail where something would have to be changed")
    parser.add_argument("--output", "-o", metavar="PATH", help="write there instead of to stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """The schema to stdout, the changes to stderr."""
    compiled = compile_schema(load_model(arguments.model), strict=arguments.strict)
    with output(arguments.output) as stream:
        stream.write(json.dumps(compiled.json, ensure_ascii=False, indent=2) + "\n")
    for change in compiled.changes:
        loss = "" if change.lossless else " (the schema says less than the class)"
        sys.stderr.write(f"{change.path or 'the root'}: {change.kind}: {change.reason}{loss}\n")
    return 0
