"""The typed client: `Client` for threads, `AsyncClient` for event loops."""

from __future__ import annotations

from ._async_client import AsyncClient
from ._client import Client
from ._outcome import Outcome
from ._polling import Polling

__all__ = ["AsyncClient", "Client", "Outcome", "Polling"]
