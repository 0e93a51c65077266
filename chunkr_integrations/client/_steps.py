"""What a flow asks of its driver: one value for each thing that waits."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from chunkr_integrations.sources import Content

__all__ = ["Digest", "Flow", "Kind", "Send", "Sleep", "Step", "Upload", "Work"]

T = TypeVar("T")


class Kind(Enum):
    """What sending a request a second time would do; the retry policy goes by it."""

    READ = "read"
    """Nothing."""
    POLL = "poll"
    """Nothing; and a task that is paid for hangs on the answer."""
    CREATE = "create"
    """Start, and pay for, another task."""
    UPLOAD = "upload"
    """Store the file again."""
    CHANGE = "change"
    """Nothing more: what is cancelled or deleted stays so."""


@dataclass(frozen=True)
class Upload:
    """The multipart body of `POST /files`."""

    content: Content
    file_name: str
    media_type: str
    metadata: str
    """JSON."""


@dataclass(frozen=True)
class Send:
    """Send a request; the answer is an `httpx.Response` that has been read."""

    method: str
    path: str
    kind: Kind = Kind.READ
    params: tuple[tuple[str, str], ...] = ()
    json: Any = None
    upload: Upload | None = None
    key: str | None = None
    """The Idempotency-Key: one for each logical request, the same whenever it is sent again."""
    timeout: float | None = None
    """Seconds; None: the client's request time-out."""


@dataclass(frozen=True)
class Digest:
    """Read what a presigned link leads to, without the key.

    The answer is the sha256 of its first `size + 1` bytes, hexadecimal; None where it cannot be read.
    """

    url: str
    size: int


@dataclass(frozen=True)
class Sleep:
    """Wait; the answer is None."""

    seconds: float


@dataclass(frozen=True)
class Work:
    """Call something that reads or writes files; the answer is what it returns."""

    call: Callable[[], Any]


Step: TypeAlias = Send | Digest | Sleep | Work
Flow: TypeAlias = Generator[Step, Any, T]
