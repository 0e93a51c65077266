"""The typed client: `Client` for threads, `AsyncClient` for event loops."""

from __future__ import annotations

from ._async_client import AsyncClient
from ._client import Client
from ._outcome import Outcome
from ._polling import Polling
from ._progress import Progress, ProgressCallback

__all__ = ["AsyncClient", "Client", "Outcome", "Polling", "Progress", "ProgressCallback"]
