"""Chunkr's extract contract over HTTP, answered by the embedded engine. Shares nothing with the client side."""

from __future__ import annotations

from chunkr_integrations.engine.work.engines import EngineLike
from chunkr_integrations.server._app import create_app
from chunkr_integrations.server._serve import serve
from chunkr_integrations.server.limits import Limits
from chunkr_integrations.server.webhooks import Webhook

__all__ = ["EngineLike", "Limits", "Webhook", "create_app", "serve"]
