"""`chunkr-integrations eval GOLD_DIR`: labelled documents through a client, and the figures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.evaluation import evaluate, find_documents, table
from chunkr_integrations.exceptions import ConfigurationError

from ._extract import add_connection, client_of, read_parse_configuration
from ._streams import complain, output

if TYPE_CHECKING:
    import argparse

    from chunkr_integrations.evaluation import Evaluation, Failure

__all__ = ["add_to"]

_AT_A_TIME = 4


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("eval", help="measure on labelled documents", description=__doc__)
    parser.add_argument(
        "folder", metavar="GOLD_DIR", help="holds <source>/<id>/ or <id>/ with document.*, schema.json and gold.json"
    )
    parser.add_argument("--source", action="append", default=[], metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--out", metavar="DIR", help="leave the predictions there, as <source>/<id>.json")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--system-prompt", metavar="TEXT", help="instructions for the extraction")
    parser.add_argument("--parse-configuration", metavar="FILE", help="JSON, as the API's parse_configuration")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="how long to wait for each document")
    parser.add_argument(
        "--max-concurrency", type=int, default=_AT_A_TIME, metavar="N", help=f"documents at a time ({_AT_A_TIME})"
    )
    add_connection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure; a document that fails is told on stderr and counts as an empty answer."""
    if arguments.max_concurrency < 1:
        raise ConfigurationError("--max-concurrency must be 1 or more.")
    documents = find_documents(arguments.folder, sources=arguments.source)
    options = {
        "system_prompt": arguments.system_prompt,
        "parse_configuration": read_parse_configuration(arguments.parse_configuration),
        "timeout": arguments.timeout,
    }
    with client_of(arguments) as client:
        found = evaluate(
            client,
            documents,
            max_concurrency=arguments.max_concurrency,
            out=Path(arguments.out) if arguments.out else None,
            on_failure=_tell,
            **{name: value for name, value in options.items() if value is not None},
        )
    if arguments.json:
        with output(arguments.json) as stream:
            stream.write(json.dumps(_record(found), ensure_ascii=False, indent=2) + "\n")
    if found.figures and arguments.json != "-":
        with output(None) as stream:
            stream.write(table(found.figures))
    return 1 if found.failures else 0


def _tell(failure: Failure) -> None:
    counted = "it counts as an empty answer" if failure.scored else "it is left out of the figures"
    complain(f"{failure.document.source}/{failure.document.name}: {failure.error} ({counted})")


def _record(found: Evaluation) -> dict[str, Any]:
    return {
        "figures": {name: asdict(line) for name, line in found.figures.items()},
        "failures": [
            {
                "source": failure.document.source,
                "id": failure.document.name,
                "error": str(failure.error),
                "scored": failure.scored,
            }
            for failure in found.failures
        ],
    }
