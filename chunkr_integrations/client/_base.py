"""What both clients are made of, beside their drivers."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from chunkr_integrations.exceptions import ConfigurationError
from chunkr_integrations.ledger import Ledger
from chunkr_integrations.schema import CompiledSchema, compile_schema
from chunkr_integrations.sources import Source, source_name

from ._book import Book
from ._embedded import EmbeddedTransport
from ._flows import Flows
from ._sending import Sending
from ._settings import VERSION, to_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx
    from pydantic import SecretStr

    from chunkr_integrations.ledger import LedgerMode
__all__ = ["BaseClient", "check_many"]

T = TypeVar("T")


class BaseClient:
    """Settings, flows and what they remember; no connection."""

    def __init__(
        self,
        *,
        api_key: str | SecretStr | None,
        base_url: str | httpx.URL | None,
        engine: Any,
        http: httpx.Client | httpx.AsyncClient | None,
        ledger: Ledger | str | os.PathLike[str] | None,
        ledger_mode: LedgerMode,
        **options: Any,
    ) -> None:
        settings = to_settings(api_key=api_key, base_url=base_url, engine=engine, http=http, **options)
        self._settings = settings
        self._engine = engine
        self._user_http = http
        self._options = {**options, "ledger": ledger, "ledger_mode": ledger_mode}
        self._flows = Flows(Sending(settings), book=self._book(ledger, ledger_mode))
        self._closed = False
        self._lock = Lock()
        self._embedded: EmbeddedTransport | None = None
        self._compiled: WeakKeyDictionary[Any, CompiledSchema[Any]] = WeakKeyDictionary()

    def _book(self, ledger: Ledger | str | os.PathLike[str] | None, mode: LedgerMode) -> Book | None:
        if mode not in {"use", "refresh", "off"}:
            msg = f"ledger_mode={mode!r}: give 'use', 'refresh' or 'off'."
            raise ConfigurationError(msg)
        if ledger is None or mode == "off":
            return None
        endpoint = self._settings.base_url
        if self._settings.embedded:  # another version may answer otherwise
            endpoint = f"embedded {getattr(self._engine, 'version', VERSION)}"
        ledger = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
        return Book(ledger, endpoint, refresh=mode == "refresh")

    @property
    def base_url(self) -> str:
        """Where requests go; `http://embedded` when the embedded engine answers."""
        return self._settings.base_url

    @property
    def embedded(self) -> bool:
        """Whether the embedded engine answers, so that nothing leaves this machine."""
        return self._settings.embedded

    def __repr__(self) -> str:
        where = "the embedded engine" if self.embedded else self.base_url
        key = " with a key" if self._settings.api_key is not None else ""
        return f"<{type(self).__name__} of {where}{key}{', closed' if self._closed else ''}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what the client was told, its key included; connections and memories stay behind."""
        if self._user_http is not None:
            msg = f"{self!r} uses an httpx client of yours, which cannot be pickled. Make it where it is used."
            raise ConfigurationError(msg)
        told = {**self._options, "engine": self._engine}
        if not self.embedded:
            told |= {"api_key": self._settings.api_key, "base_url": self.base_url}
        return _rebuild, (type(self), told)

    def _compile(self, target: Any) -> CompiledSchema[Any]:
        """The schema of a target; each class is compiled once."""
        if isinstance(target, CompiledSchema):
            return target
        if not isinstance(target, type):
            return compile_schema(target)
        compiled = self._compiled.get(target)
        if compiled is None:
            compiled = self._compiled[target] = compile_schema(target)
        return compiled

    def _embedded_transport(self) -> EmbeddedTransport:
        """The way into the embedded engine; one for all threads and event loops."""
        with self._lock:
            if self._embedded is None:
                self._embedded = EmbeddedTransport(self._engine)
            return self._embedded

    def _concurrency(self, asked: int | None) -> int:
        if asked is not None and asked < 1:
            msg = f"max_concurrency={asked!r}: give a number of at least 1."
            raise ConfigurationError(msg)
        return min(asked or self._settings.max_concurrency, self._settings.max_concurrency)

    def _compile_all(self, targets: Sequence[Any]) -> list[CompiledSchema[Any]]:
        if isinstance(targets, type | str) or not targets:
            msg = f"targets={targets!r}: give a list of classes, or one class to extract."
            raise ConfigurationError(msg)
        return [self._compile(target) for target in targets]

    def _check_open(self) -> None:
        if self._closed:
            msg = f"{self!r} was closed. Make another, or keep it open longer."
            raise ConfigurationError(msg)


def check_many(files: Any) -> None:
    """Refuse one document where many are expected: the characters of a path are no documents."""
    if isinstance(files, str | bytes | bytearray | memoryview | os.PathLike | Source) or hasattr(files, "read"):
        msg = f"extract_many: {source_name(files)} is one document. Give an iterable of documents, or call extract."
        raise ConfigurationError(msg)


def _rebuild(kind: type[Any], told: dict[str, Any]) -> Any:
    return kind(**told)
