"""From arguments to an exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from chunkr_integrations import __version__
from chunkr_integrations.exceptions import ChunkrError

from . import _doctor, _eval, _extract, _report, _schema, _serve
from ._streams import complain

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_COMMANDS = (_extract, _schema, _report, _eval, _serve, _doctor)
_INTERRUPTED = 130  # 128 + SIGINT, as shells say it


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments after the program's name; those of the process when None.

    Returns:
        The exit code; see the package's docstring.
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as exc:  # argparse has printed the usage, the help or the version
        return exc.code if isinstance(exc.code, int) else 0
    if arguments.verbose:
        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stderr)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except ChunkrError as exc:
        complain(str(exc))
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone, as with `| head`; Python must not complain about it at exit, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


class _Exact(argparse.ArgumentParser):
    """Takes options by their whole names: `--api-key SECRET` must not pass for `--api-key-env`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Name options that are not understood without their values: one of them may be a key."""
        said, found, words = message.partition("unrecognized arguments: ")
        if found:
            names = (word.partition("=")[0] for word in words.split() if word.startswith("-"))
            message = f"{said}{found}{' '.join(names) or 'a value too many'}"
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Exact(
        prog="chunkr-integrations",
        description="Pydantic class + document -> typed object + citations.",
        epilog="Without a key and a base URL the embedded engine answers, and nothing leaves this machine.",
    )
    parser.add_argument("--version", action="version", version=f"chunkr-integrations {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say on stderr what is going on")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Exact)
    for command in _COMMANDS:
        command.add_to(commands)
    return parser
