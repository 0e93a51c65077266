"""Where output goes: results to stdout or a file, everything else to stderr."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from chunkr_integrations.exceptions import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["complain", "output", "read_text"]


def complain(message: str) -> None:
    """One line on stderr, whatever the message holds."""
    sys.stderr.write(f"chunkr-integrations: {' '.join(message.split())}\n")


@contextmanager
def output(path: str | None) -> Iterator[IO[str]]:
    """The file of that path, in UTF-8; stdout for None and "-".

    Raises:
        SourceError: The file cannot be written.
    """
    if path is None or path == "-":
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8")  # a C locale would fail at the first accent
        yield sys.stdout
        return
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stream = target.open("w", encoding="utf-8")
    except OSError as exc:
        cure = "Choose another --output."
        raise SourceError(str(target), f"it cannot be written: {exc.strerror or exc}", cure=cure) from exc
    with stream:
        yield stream


def read_text(path: str) -> str:
    """The text of a file in UTF-8; of stdin for "-".

    Raises:
        SourceError: It cannot be read.
    """
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise SourceError(path, exc.strerror or "it cannot be read", cure="Check the path.") from exc
    except UnicodeDecodeError as exc:
        raise SourceError(path, "it is no text in UTF-8", cure="Save it as UTF-8.") from exc
