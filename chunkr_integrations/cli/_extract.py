"""`chunkr-integrations extract FILE... --model pkg:Model`."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from chunkr_integrations.client import Client
from chunkr_integrations.exceptions import ChunkrError, ConfigurationError
from chunkr_integrations.report import report_html
from chunkr_integrations.sources import to_source
from chunkr_integrations.tasks import ParseConfiguration

from ._formats import to_record, to_text
from ._models import MODEL_HELP, load_model
from ._streams import complain, output, read_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from chunkr_integrations.extraction import Extraction

__all__ = ["add_connection", "add_to", "client_of", "read_parse_configuration"]

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_FORMATS = ("json", "jsonl", "text", "html")
_BY_SUFFIX = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "text", ".html": "html", ".htm": "html"}


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("extract", help="read documents into a class", description=__doc__)
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a path, an http(s) URL, ch://files/{id}, the id of a parse task, or - for stdin",
    )
    parser.add_argument("--model", required=True, help=MODEL_HELP)
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        help="json: an object, an array for several files; jsonl: an object a line, as soon as it is there; "
        "text: a table; html: the report with boxes. Default: what the name of --output says, else json",
    )
    parser.add_argument("--output", "-o", metavar="PATH", help="write there instead of to stdout")
    parser.add_argument("--file-name", metavar="NAME", help="what the document is called; with one FILE only")
    parser.add_argument("--system-prompt", metavar="TEXT", help="instructions for the extraction")
    parser.add_argument("--parse-configuration", metavar="FILE", help="JSON, as the API's parse_configuration")
    parser.add_argument("--expires-in", type=int, metavar="SECONDS", help="when the service may delete the task")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="how long to wait for each task")
    parser.add_argument("--max-concurrency", type=int, metavar="N", help="documents at a time")
    add_connection(parser)
    parser.set_defaults(run=run)


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say who answers. A key is never an argument: other users of a machine can read those."""
    parser.add_argument(
        "--api-key-env", metavar="NAME", help="environment variable that holds the key (default: CHUNKR_API_KEY)"
    )
    parser.add_argument("--base-url", metavar="URL", help="the server (default: CHUNKR_BASE_URL)")


def client_of(arguments: argparse.Namespace, *, max_retries: int | None = None) -> Client:
    """A client as those options say.

    Raises:
        ConfigurationError: The variable is not set, or the URL is none.
    """
    key = None
    if arguments.api_key_env:
        if not _VARIABLE.fullmatch(arguments.api_key_env):  # perhaps it is the key: not repeated
            raise ConfigurationError("--api-key-env takes the name of an environment variable. Put the key in there.")
        key = os.environ.get(arguments.api_key_env)
        if not key:
            raise ConfigurationError(f"--api-key-env {arguments.api_key_env}: it is not set. Set it to the key.")
    return Client(api_key=key, base_url=arguments.base_url, max_retries=max_retries)


def run(arguments: argparse.Namespace) -> int:
    """Extract from every file; one that fails is told on stderr and does not end the rest."""
    if arguments.file_name and len(arguments.files) > 1:
        raise ConfigurationError("--file-name names one document, and several are given. Extract them one by one.")
    style = arguments.format or _BY_SUFFIX.get(Path(arguments.output or "").suffix.lower(), "json")
    model = load_model(arguments.model)
    failed: list[str] = []
    with client_of(arguments) as client, output(arguments.output) as stream:
        found = _found(client, model, arguments, failed)
        if style == "jsonl":
            for extraction in found:
                stream.write(json.dumps(to_record(extraction, model=arguments.model), ensure_ascii=False) + "\n")
                stream.flush()
        else:
            stream.write(_written(list(found), style, arguments.model, single=len(arguments.files) == 1))
    return 1 if failed else 0


def _written(found: list[Extraction[Any]], style: str, model: str, *, single: bool) -> str:
    if not found:
        return ""
    if style == "text":
        return "\n".join(to_text(extraction, model=model) for extraction in found)
    if style == "html":
        return report_html(found)
    records = [to_record(extraction, model=model) for extraction in found]
    return json.dumps(records[0] if single else records, ensure_ascii=False, indent=2) + "\n"


def _found(client: Client, model: Any, arguments: argparse.Namespace, failed: list[str]) -> Iterator[Extraction[Any]]:
    options = {
        "system_prompt": arguments.system_prompt,
        "parse_configuration": read_parse_configuration(arguments.parse_configuration),
        "expires_in": arguments.expires_in,
        "timeout": arguments.timeout,
        "max_concurrency": arguments.max_concurrency,
    }
    given = {name: value for name, value in options.items() if value is not None}
    inputs = [_input(name, arguments.file_name) for name in arguments.files]
    for outcome in client.extract_many(inputs, model, **given):
        if outcome.value is not None:
            yield outcome.value
        elif isinstance(outcome.error, ChunkrError):
            failed.append(outcome.name)
            complain(str(outcome.error))
        else:
            outcome.unwrap()  # a mistake of this package: its traceback is worth seeing


def _input(name: str, file_name: str | None) -> Any:
    if name == "-":
        return to_source(sys.stdin.buffer.read(), file_name=file_name)
    return to_source(name, file_name=file_name) if file_name else name


def read_parse_configuration(path: str | None) -> ParseConfiguration | None:
    """What a file says of the parse; None for no file.

    Raises:
        SourceError: It cannot be read.
        ConfigurationError: It is not what the API takes.
    """
    if path is None:
        return None
    try:
        return ParseConfiguration.model_validate_json(read_text(path))
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the root"
        raise ConfigurationError(
            f"--parse-configuration {path}: {where}: {first['msg']}. Give what the API takes as parse_configuration."
        ) from exc
