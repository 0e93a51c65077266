"""Where a PostgreSQL database is, and how it is reached: the part of libpq's URLs that servers need."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["PostgresAddress"]

_SCHEMES = ("postgresql", "postgres")
_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
_OPTIONS = ("host", "port", "user", "password", "dbname", "sslmode", "sslrootcert")
_PORT = 5432
_CONNECT = 10.0  # seconds
_ANSWER = 45.0  # seconds until a silent connection counts as lost; the server ends each statement before


@dataclass(frozen=True)
class PostgresAddress:
    """A database. Its text never shows the password."""

    user: str
    host: str  # a name, an address, or the folder of a Unix socket
    port: int
    database: str
    password: str | None = field(default=None, repr=False)
    sslmode: str = "prefer"
    sslrootcert: str | None = None

    @classmethod
    def read(cls, url: str) -> PostgresAddress:
        """An address from its URL, ``postgresql://user:password@host:port/database?sslmode=verify-full``.

        The password may come from `PGPASSWORD` instead, so that the list of processes does not show it.

        Raises:
            ValueError: It is no such URL. The message does not repeat it.
        """
        try:
            parts = urlsplit(url)
        except ValueError:  # whose message may repeat the password
            raise ValueError("The database's URL cannot be read: write postgresql://user@host/database.") from None
        options = dict(parse_qsl(parts.query))
        try:
            port = parts.port or int(options.get("port") or _PORT)
        except ValueError:
            raise ValueError("The database's URL has a port that is no number.") from None
        if parts.scheme not in _SCHEMES:
            raise ValueError("The database's URL must begin with postgresql://.")
        unknown = sorted(set(options) - set(_OPTIONS))
        if unknown:
            raise ValueError(f"The database's URL has options that are not known here: {', '.join(unknown)}.")
        if options.get("sslmode", "prefer") not in _MODES:
            raise ValueError(f"sslmode must be one of {', '.join(_MODES)}.")
        user = unquote(parts.username or "") or options.get("user") or os.environ.get("PGUSER")
        if not user:
            raise ValueError("The database's URL names no user: write postgresql://user@host/database.")
        return cls(
            user=user,
            host=unquote(parts.hostname or "") or options.get("host") or "localhost",
            port=port,
            database=unquote(parts.path.strip("/")) or options.get("dbname") or user,
            password=unquote(parts.password or "") or options.get("password") or os.environ.get("PGPASSWORD"),
            sslmode=options.get("sslmode", "prefer"),
            sslrootcert=options.get("sslrootcert"),
        )

    def __str__(self) -> str:
        return f"postgresql://{self.user}@{self.host}:{self.port}/{self.database}"

    def connect(self) -> Any:
        """A `pg8000.native.Connection`, and the number of its socket."""
        import pg8000.native  # noqa: PLC0415 - the extra `postgres`

        on_disk = self.host.startswith("/")
        if on_disk:
            stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            stream.settimeout(_CONNECT)
            stream.connect(f"{self.host}/.s.PGSQL.{self.port}")
        else:
            stream = socket.create_connection((self.host, self.port), _CONNECT)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        number = stream.fileno()  # stays the same when TLS is put on top
        stream.settimeout(_ANSWER)
        connection = pg8000.native.Connection(
            self.user,
            host=self.host,
            database=self.database,
            password=self.password,
            ssl_context=False if on_disk else self._ssl(),
            application_name="chunkr-integrations",
            sock=stream,
        )
        return connection, number

    def _ssl(self) -> Any:
        if self.sslmode == "disable":
            return False
        if self.sslmode == "prefer":
            return None  # pg8000: TLS where the server has it
        if self.sslmode == "require":
            return True
        context = ssl.create_default_context(cafile=self.sslrootcert)
        context.check_hostname = self.sslmode == "verify-full"
        return context
