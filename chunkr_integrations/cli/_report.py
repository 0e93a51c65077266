"""`chunkr-integrations report RESULTS`: saved results as HTML, without extracting again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.report import report_html

from ._formats import from_record, records_of
from ._streams import output, read_text

if TYPE_CHECKING:
    import argparse

    from chunkr_integrations.extraction import SourceInfo

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("report", help="draw saved results on their pages, as HTML", description=__doc__)
    parser.add_argument("results", nargs="+", metavar="RESULTS", help="what extract wrote as json or jsonl, or -")
    parser.add_argument(
        "--document",
        action="append",
        default=[],
        metavar="PATH",
        help="a document, for its pages, where it no longer lies where it was; may be repeated; matched by file name",
    )
    parser.add_argument("--title", default="Extraction report", help="heading of the page")
    parser.add_argument("--output", "-o", metavar="PATH", help="write there instead of to stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """The report of all results together."""
    found = [from_record(record, path) for path in arguments.results for record in records_of(read_text(path), path)]
    by_name = {Path(path).name: path for path in arguments.document}
    sources = [extraction.source for extraction in found]
    documents = {source.uri: by_name[name] for source in sources if (name := _file_name(source)) in by_name}
    html = report_html(found, documents=documents, title=arguments.title)
    with output(arguments.output) as stream:
        stream.write(html)
    return 0


def _file_name(source: SourceInfo) -> str:
    return Path(source.uri if not source.uri.startswith("sha256:") else source.name).name
