"""One line for each request, and no exception without an answer."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from chunkr_integrations.server._problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Answering"]

_access = logging.getLogger("chunkr_integrations.server.access")
_log = logging.getLogger("chunkr_integrations.server")
_HEX = frozenset("0123456789abcdefABCDEF-")
_WORDS = frozenset(
    (
        *("api", "v1", "tasks", "files", "extract", "parse", "cancel", "url", "content", "links"),
        *("health", "file-types", "docs", "openapi.json"),
    )
)


class Answering:
    """Turns problems into the plain text of the contract, and tells the log what was asked and answered.

    Neither keys nor queries (links carry their permission there) nor bodies reach the log.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Problem as problem:
            await PlainTextResponse(problem.text, problem.status)(scope, receive, noted)
        except Exception:
            if status:  # too late for another answer
                raise
            _log.exception("An answer could not be given to %s %s", scope["method"], _shown(scope["path"]))
            await PlainTextResponse("Internal server error. The server's log says more.", 500)(scope, receive, noted)
        finally:
            milliseconds = 1000 * (time.perf_counter() - began)
            _access.info(
                "method=%s path=%s status=%d ms=%.1f", scope["method"], _shown(scope["path"]), status, milliseconds
            )


def _shown(path: str) -> str:
    """A path with ids as they are, and anything that is neither an id nor one of our words left out."""
    parts = path[:256].split("/")
    return "/".join(part if part in _WORDS or _HEX.issuperset(part) else "?" for part in parts)
