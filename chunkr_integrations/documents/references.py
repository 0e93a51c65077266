"""What a model may name, and what it gets for it: nothing but documents that the program's author let it have.

A model's words are not to be trusted: a document can tell it what to ask for. So it gives a reference and nothing else,
and the reference is looked up by a callable, below one folder, or as a URL of an allowed host.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from chunkr_integrations.exceptions import ConfigurationError, SourceError
from chunkr_integrations.sources import Source, SourceInput, to_source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

__all__ = ["DEFAULT_MAX_BYTES", "References"]

DEFAULT_MAX_BYTES: Final = 50 * 1024 * 1024
_LONGEST = 1000  # characters of a reference
_LISTED = 1000  # files that are compared with a wrong name
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CURE: Final = "Give the reference of a document exactly as it was given to you."


@dataclass(frozen=True)
class References:
    """Where a model's references lead; at least one of the three ways has to be open.

    Attributes:
        root: A folder; references are paths below it. Hidden files, links out of it and absolute paths are not there.
        resolve: Gives the document of a reference, or raises LookupError; asked before `root`.
        allow_hosts: Hosts (`example.com`, `example.com:8443`) whose https URLs may be given; the service fetches them.
        max_bytes: The largest document.
        media_types: The kinds of documents; None: all that the service reads.
    """

    root: Path | None = None
    resolve: Callable[[str], SourceInput] | None = None
    allow_hosts: Collection[str] = ()
    max_bytes: int = DEFAULT_MAX_BYTES
    media_types: Collection[str] | None = None
    _hosts: frozenset[str] = field(init=False, repr=False, default=frozenset())

    def __post_init__(self) -> None:
        """Refuse what leads nowhere."""
        if self.root is None and self.resolve is None and not self.allow_hosts:
            msg = "There is nothing that a model could name. Give root= (a folder), resolve= or allow_hosts=."
            raise ConfigurationError(msg)
        if isinstance(self.allow_hosts, str):
            msg = f"allow_hosts={self.allow_hosts!r} is one string. Give a list of hosts: [{self.allow_hosts!r}]."
            raise ConfigurationError(msg)
        if self.root is not None and not Path(self.root).is_dir():
            msg = f"root={os.fspath(self.root)!r} is no folder. Give the folder that holds the documents."
            raise ConfigurationError(msg)
        object.__setattr__(self, "_hosts", frozenset(host.lower() for host in self.allow_hosts))

    def source(self, reference: str) -> Source:
        """The document of a reference, called by the reference and nothing else.

        Raises:
            SourceError: There is none, or it may not be read; its words are fit for a model.
        """
        if not reference.strip() or len(reference) > _LONGEST or not reference.isprintable():
            raise SourceError(repr(reference[:40]), "this is no reference to a document", cure=_CURE)
        source = self._allowed(reference)
        content = source.content
        if content is not None and content.size > self.max_bytes:
            raise _too_large(reference, self.max_bytes)
        if self.media_types is not None and content is not None and source.media_type not in self.media_types:
            allowed = ", ".join(sorted(self.media_types))
            raise SourceError(
                reference, f"it is {source.media_type}", cure=f"Give a document of these types: {allowed}."
            )
        return replace(source, name=reference, uri=reference)

    def _allowed(self, reference: str) -> Source:
        found = None
        if self.resolve is not None:
            found = self._resolved(reference, self.resolve)
        if found is None and self._hosts and _URL.match(reference):
            found = self._fetchable(reference)
        if found is None and self.root is not None and not _URL.match(reference):
            found = self._inside(reference, Path(self.root).resolve())
        if found is None:
            raise self._unknown(reference)
        return found

    def _resolved(self, reference: str, resolve: Callable[[str], SourceInput]) -> Source | None:
        try:
            return to_source(resolve(reference))
        except LookupError:
            return None
        except (SourceError, OSError) as exc:  # its message may hold what the reference stands for
            raise SourceError(reference, "it cannot be read", cure=_CURE) from exc

    def _fetchable(self, reference: str) -> Source | None:
        try:
            url = httpx.URL(reference)
        except httpx.InvalidURL:
            return None
        host = url.host.lower() if url.port is None else f"{url.host.lower()}:{url.port}"
        return to_source(url) if url.scheme == "https" and not url.userinfo and host in self._hosts else None

    def _inside(self, reference: str, root: Path) -> Source | None:
        relative = Path(reference)
        if relative.is_absolute() or relative.drive or any(part.startswith(".") for part in relative.parts):
            return None
        path = (root / relative).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            return None
        if path.stat().st_size > self.max_bytes:
            raise _too_large(reference, self.max_bytes)
        try:
            return to_source(path)
        except SourceError as exc:  # its message may hold the path of the root
            raise SourceError(reference, exc.reason.replace(str(root), ""), cure="Try another document.") from exc

    def _unknown(self, reference: str) -> SourceError:
        """The same words for what is missing and what is forbidden: a model learns of nothing outside."""
        near = get_close_matches(reference, list(self._names()), n=3) if self.root is not None else []
        hint = f"Did you mean {' or '.join(near)}?" if near else _CURE
        return SourceError(reference, "there is no such document", cure=hint)

    def _names(self) -> Iterator[str]:
        root = Path(self.root or ".").resolve()
        listed = 0
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield Path(folder, name).relative_to(root).as_posix()
                    listed += 1
                    if listed == _LISTED:
                        return


def _too_large(reference: str, limit: int) -> SourceError:
    return SourceError(reference, f"it is larger than {limit} bytes", cure="Give a smaller document.")
