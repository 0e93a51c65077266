"""The fields that tools and runnables have in common: what is asked of the service, and how it is reached."""

# Pydantic reads these annotations at run time, and the subclasses' modules do not have their names: no
# `from __future__ import annotations`.

import asyncio
from typing import Any

from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.utils import from_env, secret_from_env
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, model_validator
from typing_extensions import Self

from chunkr_integrations.documents.connection import Connection, KeptConnection
from chunkr_integrations.exceptions import ConfigurationError
from chunkr_integrations.extraction import Extraction
from chunkr_integrations.schema import CompiledSchema, compile_schema
from chunkr_integrations.tasks import ParseConfiguration


class Extracting(BaseModel):
    """A component that extracts one class."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    output_cls: Any = Field(alias="output_schema", exclude=True)
    """What to extract: a Pydantic class, or anything else that `extract` takes. Given as `output_schema=`; the
    attribute of that name is the framework's."""
    system_prompt: str | None = None
    parse_configuration: ParseConfiguration | None = None
    """How documents are read."""
    expires_in: int | None = None
    """Seconds until the service deletes the tasks."""
    timeout: float | None = None
    """Seconds to wait for one document."""
    locale: str | None = None
    """How ambiguous numbers and dates in the answer are read, as in `de_DE`."""
    client: Any = Field(default=None, exclude=True, repr=False)
    """A `Client` to use; it stays open. Without it one is made when needed, and kept until `close`."""
    async_client: Any = Field(default=None, exclude=True, repr=False)
    """An `AsyncClient` for the async methods; with only `client` these run it in threads."""
    api_key: SecretStr | None = Field(
        default_factory=secret_from_env("CHUNKR_API_KEY", default=None), exclude=True, repr=False
    )
    """Instead of a client; None: CHUNKR_API_KEY."""
    base_url: str | None = Field(default_factory=from_env("CHUNKR_BASE_URL", default=None))
    """Instead of a client; None: CHUNKR_BASE_URL."""
    ledger: Any = Field(default=None, exclude=True, repr=False)
    """Instead of a client: a `Ledger` or the path of one. What it holds is not paid for again."""

    rate_limiter: BaseRateLimiter | None = Field(default=None, exclude=True, repr=False)
    """Asked before each document goes out, as by LangChain's chat models."""

    _schema: CompiledSchema[Any] = PrivateAttr()
    _connection: KeptConnection = PrivateAttr()

    @model_validator(mode="after")
    def _compile_and_connect(self) -> Self:
        self._schema = compile_schema(self.output_cls)
        self._connection = KeptConnection(self._to_connection())
        return self

    def _to_connection(self) -> Connection:
        if self.client is None and self.async_client is None:
            return Connection(api_key=self.api_key, base_url=self.base_url, ledger=self.ledger)
        told = {
            "api_key",
            "base_url",
            "ledger",
        } & self.model_fields_set  # not the environment
        if told:
            msg = f"A client and {' and '.join(sorted(told))} were given. The client has its own; leave the others out."
            raise ConfigurationError(msg)
        return Connection(self.client, self.async_client)

    def _extract(self, file: Any, file_name: str | None = None) -> Extraction[Any]:
        if self.rate_limiter is not None:
            self.rate_limiter.acquire(blocking=True)
        with self._connection.open() as client:
            return client.extract(file, self._schema, file_name=file_name, **self._request())

    async def _aextract(self, file: Any, file_name: str | None = None) -> Extraction[Any]:
        if self._connection.is_sync_only:
            return await asyncio.to_thread(self._extract, file, file_name)
        if self.rate_limiter is not None:
            await self.rate_limiter.aacquire(blocking=True)
        async with self._connection.aopen() as client:
            return await client.extract(file, self._schema, file_name=file_name, **self._request())

    def _request(self) -> dict[str, Any]:
        names = ("system_prompt", "parse_configuration", "expires_in", "timeout", "locale")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def close(self) -> None:
        """Close the client that was made here; another is made when needed."""
        self._connection.close()
