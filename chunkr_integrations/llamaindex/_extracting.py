"""What the program and the tools have in common: one class to extract, and how the service is reached."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar

from pydantic import SecretStr

from chunkr_integrations.documents.connection import Connection, KeptConnection
from chunkr_integrations.schema import compile_schema

if TYPE_CHECKING:
    import os

    from chunkr_integrations.client import AsyncClient, Client
    from chunkr_integrations.extraction import Extraction
    from chunkr_integrations.ledger import Ledger
    from chunkr_integrations.tasks import ParseConfiguration

T = TypeVar("T")


class ExtractingOptions(TypedDict, total=False):
    """The keyword arguments of `Extracting`."""

    system_prompt: str | None
    parse_configuration: ParseConfiguration | None
    expires_in: int | None
    timeout: float | None
    locale: str | None
    client: Client | None
    async_client: AsyncClient | None
    api_key: str | SecretStr | None
    base_url: str | None
    ledger: Ledger | str | os.PathLike[str] | None


class Extracting(Generic[T]):
    """A component that extracts one class; pickled with its key, without its open clients."""

    def __init__(
        self,
        output_cls: type[T] | Any,
        *,
        system_prompt: str | None = None,
        parse_configuration: ParseConfiguration | None = None,
        expires_in: int | None = None,
        timeout: float | None = None,
        locale: str | None = None,
        client: Client | None = None,
        async_client: AsyncClient | None = None,
        api_key: str | SecretStr | None = None,
        base_url: str | None = None,
        ledger: Ledger | str | os.PathLike[str] | None = None,
    ) -> None:
        key = SecretStr(api_key) if isinstance(api_key, str) else api_key
        self.connection = KeptConnection(Connection(client, async_client, key, base_url, ledger))
        self.output_cls = output_cls
        self.schema = compile_schema(output_cls)
        asked: dict[str, Any] = {
            "system_prompt": system_prompt,
            "parse_configuration": parse_configuration,
            "expires_in": expires_in,
            "timeout": timeout,
            "locale": locale,
        }
        self.request = {name: value for name, value in asked.items() if value is not None}

    def extract(self, file: Any, file_name: str | None = None) -> Extraction[T]:
        """One document."""
        with self.connection.open() as client:
            return client.extract(file, self.schema, file_name=file_name, **self.request)

    async def aextract(self, file: Any, file_name: str | None = None) -> Extraction[T]:
        """The async twin of `extract`; with only a sync client in a thread."""
        if self.connection.is_sync_only:
            return await asyncio.to_thread(self.extract, file, file_name)
        async with self.connection.aopen() as client:
            return await client.extract(file, self.schema, file_name=file_name, **self.request)
