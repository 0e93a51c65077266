"""`chunkr-integrations serve`: the embedded engine on a port, for other processes and other machines."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.exceptions import ConfigurationError, MissingExtraError

from ._streams import read_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

__all__ = ["add_to"]

_KEYS_VARIABLE = "CHUNKR_SERVER_KEYS"


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "serve",
        help="answer the protocol on a port",
        description=__doc__,
        epilog="Keys come from a file or the environment, never from the command line, which others can read.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default: %(default)s)")
    parser.add_argument(
        "--data-dir", type=Path, metavar="PATH", help="for tasks and files (default: kept until it ends)"
    )
    parser.add_argument("--keys-file", metavar="FILE", help="keys that are let in, one a line; # begins a comment")
    parser.add_argument(
        "--keys-env",
        default=_KEYS_VARIABLE,
        metavar="NAME",
        help="environment variable with keys, separated by commas (default: %(default)s)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes that read (default: one a processor)")
    parser.add_argument("--keep", type=float, metavar="SECONDS", help="how long tasks are kept (default: for ever)")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="a host that documents may be fetched from although its address is not public; may be repeated",
    )
    parser.add_argument("--without-keys", action="store_true", help="let everyone in who can reach the address")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    keys = _keys(arguments.keys_file, arguments.keys_env, os.environ)
    if not keys and not arguments.without_keys and not _is_loopback(arguments.host):
        raise ConfigurationError(
            f"--host {arguments.host}: other machines can reach that address, and no key is asked of them. "
            f"Give --keys-file or {arguments.keys_env}, or --without-keys if that is meant."
        )
    try:
        from chunkr_integrations.server import serve  # noqa: PLC0415 - needs the extra `local`
    except ImportError as exc:
        raise MissingExtraError("local", needed_for="chunkr-integrations serve") from exc
    serve(
        host=arguments.host,
        port=arguments.port,
        data_dir=arguments.data_dir,
        keys=keys,
        workers=arguments.workers,
        allow_hosts=arguments.allow_host,
        keep=arguments.keep,
    )
    return 0


def _keys(path: str | None, variable: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    keys = [key.strip() for key in environment.get(variable, "").split(",")]
    if path is not None:
        keys += [line.partition("#")[0].strip() for line in read_text(path).splitlines()]
        if not any(keys):
            raise ConfigurationError(f"--keys-file {path}: there is no key in it. Write one a line.")
    return tuple(dict.fromkeys(key for key in keys if key))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
