"""Chunkr's extract contract over HTTP, answered by the embedded engine. Shares nothing with the client side."""

from __future__ import annotations

try:
    import starlette as _starlette  # noqa: F401 - only asked whether it is there
    import uvicorn as _uvicorn  # noqa: F401 - likewise
except ModuleNotFoundError as exc:
    if exc.name not in ("starlette", "uvicorn"):
        raise
    raise ImportError(
        "chunkr_integrations.server needs packages that are not installed. "
        "Install them with: pip install 'chunkr-integrations[local]'"
    ) from exc

from chunkr_integrations.engine.work.engines import EngineLike
from chunkr_integrations.server._app import create_app
from chunkr_integrations.server._serve import StartError, serve
from chunkr_integrations.server.limits import Limits
from chunkr_integrations.server.webhooks import Webhook

__all__ = ["EngineLike", "Limits", "StartError", "Webhook", "create_app", "serve"]
