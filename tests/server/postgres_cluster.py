"""A throw-away PostgreSQL, from the machine's own package, in a folder of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from chunkr_integrations.server._postgres_address import PostgresAddress

_NAMES = itertools.count()
_PATIENCE = 60.0


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class Cluster:
    """A server on a free loopback port. PostgreSQL refuses to run as root: then it runs as another user."""

    def __init__(self, bin_: Path, *, settings: str = "fsync=off") -> None:
        self._bin = bin_
        self._user: dict[str, object] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="chunkr-postgres-", dir="/tmp"))
        if os.geteuid() == 0:
            import pwd  # not on Windows, where none of this runs

            name = next(name for name in ("postgres", "nobody") if _is_user(name))
            found = pwd.getpwnam(name)
            self._user = {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
            os.chown(self._folder, found.pw_uid, found.pw_gid)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self._settings = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self._folder}"]
        self._settings += ["shared_buffers=32MB", "max_connections=200", settings]
        self._run("initdb", "-D", self._folder / "data", "-U", "chunkr", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        options = [part for setting in self._settings for part in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._folder / "data", *options],
                **self._where(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(Exception):
                connection, _ = self.address("postgres").connect()
                connection.close()
                return
            time.sleep(0.05)
        raise RuntimeError((self._folder / "log").read_text()[-2000:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it at once but in order; SIGQUIT as a crash would, to be recovered at the next start."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE)
            self._process = None

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def address(self, database: str) -> PostgresAddress:
        return PostgresAddress(user="chunkr", host="127.0.0.1", port=self.port, database=database, sslmode="disable")

    def url(self, database: str) -> str:
        return f"postgresql://chunkr@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def execute(self, sql: str, database: str = "postgres") -> list[list[object]]:
        connection, _ = self.address(database).connect()
        try:
            return connection.run(sql) or []
        finally:
            connection.close()

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The name of a new, empty database."""
        name = f"test_{next(_NAMES)}"
        self.execute(f"CREATE DATABASE {name}")
        yield name
        if self._process is not None:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run([self._bin / program, *map(str, arguments)], check=True, capture_output=True, **self._where())

    def _where(self) -> dict[str, object]:
        return {**self._user, "cwd": self._folder, "env": {**os.environ, "LC_ALL": "C.UTF-8"}}


def _is_user(name: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
