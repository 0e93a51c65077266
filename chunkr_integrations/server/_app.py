"""The application: everything put together when it starts, and taken apart when it ends."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from starlette.applications import Starlette
from starlette.middleware import Middleware

from chunkr_integrations.engine import Engine
from chunkr_integrations.engine.work.documents import Documents
from chunkr_integrations.engine.work.processes import ProcessRunner
from chunkr_integrations.engine.work.runners import ThreadRunner
from chunkr_integrations.server._access_log import Answering
from chunkr_integrations.server._files import FileStore
from chunkr_integrations.server._keys import Keys, LocalOnly, check_keys
from chunkr_integrations.server._links import Links
from chunkr_integrations.server._operations import Operations
from chunkr_integrations.server._outbox import Outbox
from chunkr_integrations.server._postman import Postman
from chunkr_integrations.server._problems import Problem
from chunkr_integrations.server._queue import Queue
from chunkr_integrations.server._rate import Rate
from chunkr_integrations.server._remote import UrlFetcher
from chunkr_integrations.server._routes import Desk, routes
from chunkr_integrations.server._stores import Stores
from chunkr_integrations.server._tasks import TaskStore
from chunkr_integrations.server._telemetry import Telemetry
from chunkr_integrations.server._workers import Pace, Workers
from chunkr_integrations.server.limits import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence

    from chunkr_integrations.engine.work.engines import EngineLike
    from chunkr_integrations.engine.work.runners import Runner
    from chunkr_integrations.server._database import Database
    from chunkr_integrations.server._remote import Fetcher
    from chunkr_integrations.server.webhooks import Webhook

__all__ = ["create_app"]

_log = logging.getLogger("chunkr_integrations.server")
_FETCHERS = 4  # documents fetched at a time
_LOOK_ALONE = 1.0  # seconds between looks at a folder that no other process knows


def create_app(
    *,
    engine: EngineLike | None = None,
    engine_factory: Callable[[], EngineLike] | None = None,
    data_dir: Path | None = None,
    database: str | None = None,
    files: str | Path | None = None,
    keys: Collection[str] | Mapping[str, str] = (),
    allow_hosts: Collection[str] = (),
    isolation: Literal["thread", "process"] = "thread",
    runner: Runner | None = None,
    workers: int = 2,
    limits: Limits | None = None,
    keep: float | None = None,
    lease: float = 15.0,
    hosts: Collection[str] = (),
    fetcher: Fetcher | None = None,
    webhooks: Sequence[Webhook] = (),
    metrics: bool = False,
    metrics_key: str | None = None,
    tracing: bool = True,
) -> Starlette:
    """The server as an ASGI application; its workers run from the start to the end of its lifespan.

    Args:
        engine: What reads documents and fills schemas; None: the built-in one. With process isolation it is pickled.
        engine_factory: Makes the engine instead, with process isolation in each process; must be picklable.
        data_dir: Holds tasks, files and results; several servers of one machine may share it. None: a temporary
            folder that goes when the lifespan ends.
        database: URL of a PostgreSQL database for the tasks, which servers of any number of machines may share; None:
            SQLite in `data_dir`.
        files: A shared folder, or the URL of a file store that fsspec knows ("s3://bucket/folder"), for files and
            results; None: `data_dir`.
        keys: API keys; each sees its own tasks and files. A mapping names the holder of each: keys of one holder see
            the same. None at all lets everyone in.
        allow_hosts: Hosts that documents may be fetched from although their addresses are not public.
        isolation: Where the engine runs. "thread": in this process, at once, but a crash of native code is the
            server's; "process": in processes of its own, which are killed when they take too long or too much memory.
        runner: What does the work instead, as far as it is started; it is closed when the lifespan ends.
        workers: Tasks worked on at a time.
        limits: Ceilings of sizes and times.
        keep: Seconds that finished tasks are kept whose request set no `expires_in`; None: for ever.
        lease: Seconds until the task of a process that died is taken again.
        hosts: Without keys: names that requests may ask for this server by; empty: any.
        fetcher: What gets documents from URLs; None: over HTTP, from public addresses and `allow_hosts`.
        webhooks: Endpoints that are told of every change of a task's state, whosever it is. Servers that share a
            store are given the same ones.
        metrics: Whether `GET /metrics` tells Prometheus figures of this process and its store; needs the extra
            `metrics`.
        metrics_key: What `GET /metrics` asks for, bare or as a bearer's; None: nothing.
        tracing: Whether requests, tasks and deliveries are OpenTelemetry spans, where `opentelemetry-api` is installed.

    Raises:
        TypeError, ValueError: An argument cannot be used.
        ImportError: A package that `database` or `files` needs is not installed.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; give 1 or more.")
    if isolation not in ("thread", "process"):
        raise ValueError(f'isolation is {isolation!r}; give "thread" or "process".')
    if engine is not None and engine_factory is not None:
        raise ValueError("Give engine or engine_factory, not both.")
    for name, several in (("keys", keys), ("allow_hosts", allow_hosts), ("hosts", hosts)):
        if isinstance(several, str):  # which is a collection too: of its letters
            raise TypeError(f"{name} is one text; give a list of them.")
    check_keys([*keys, *([] if metrics_key is None else [metrics_key])])
    limits = limits or Limits()
    telemetry = _metrics(tracing=tracing) if metrics else Telemetry(tracing=tracing)
    house = _House(
        factory=engine_factory or (Engine if engine is None else partial(_itself, engine)),
        data_dir=None if data_dir is None else Path(data_dir),
        stores=Stores(database, files, durable=data_dir is not None),
        keys=dict(keys) if isinstance(keys, Mapping) else dict.fromkeys(keys, ""),
        isolation=isolation,
        runner=runner,
        workers=workers,
        limits=limits,
        keep=keep,
        lease=lease,
        fetcher=fetcher or UrlFetcher(limits, allow_hosts),
        webhooks=tuple(webhooks),
        telemetry=telemetry,
        metrics_key=metrics_key,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        # Threads are not used to start and stop: an interpreter that is ending starts none.
        with house.running() as desk:
            app.state.desk = desk
            try:
                yield
            finally:
                app.state.desk = None

    def desk() -> Desk:
        found: Desk | None = getattr(app.state, "desk", None)
        if found is None:
            raise Problem(503, "The server is not running: its ASGI lifespan has not been started.")
        return found

    middleware = [Middleware(Answering, telemetry=telemetry)]
    if not keys:
        middleware.append(Middleware(LocalOnly, hosts=tuple(hosts)))
    app = Starlette(routes=routes(desk), middleware=middleware, lifespan=lifespan)
    app.router.redirect_slashes = False
    return app


def _metrics(*, tracing: bool) -> Telemetry:
    try:
        from chunkr_integrations.server._metrics import Metrics  # noqa: PLC0415 - an extra
    except ImportError as exc:
        raise ImportError(
            "Metrics need the package prometheus_client: pip install 'chunkr-integrations[metrics]'"
        ) from exc
    return Metrics(tracing=tracing)


def _itself(engine: EngineLike) -> EngineLike:
    return engine


@dataclass(frozen=True)
class _House:
    """What `create_app` was given, and how the parts are put together."""

    factory: Callable[[], EngineLike]
    data_dir: Path | None
    stores: Stores
    keys: Mapping[str, str]
    isolation: str
    runner: Runner | None
    workers: int
    limits: Limits
    keep: float | None
    lease: float
    fetcher: Fetcher
    webhooks: tuple[Webhook, ...]
    telemetry: Telemetry
    metrics_key: str | None

    @contextlib.contextmanager
    def running(self) -> Iterator[Desk]:
        """The endpoints, with everything behind them running."""
        engine, documents = self.factory(), Documents()
        with self._folder() as folder:
            database = self.stores.open_database(folder)
            with contextlib.closing(database):
                blobs = self.stores.open_blobs(folder, database)
                tasks = TaskStore(database, blobs)
                working = Workers(
                    Queue(database, lease_seconds=self.lease),
                    tasks,
                    database,
                    blobs,
                    runner=self.runner or self._runner(engine, documents),
                    workers=self.workers,
                    fetcher=self.fetcher,
                    fetchers=_FETCHERS,
                    engine_version=engine.version,
                    limits=self.limits,
                    pace=self._pace(),
                    telemetry=self.telemetry,
                )
                operations = Operations(
                    tasks=tasks,
                    files=FileStore(database, blobs),
                    blobs=blobs,
                    documents=documents,
                    workers=working,
                    engine_version=engine.version,
                    limits=self.limits,
                )
                outbox = Outbox(database)
                outbox.set_endpoints([webhook.endpoint_id for webhook in self.webhooks])
                keys = Keys(self.keys, database.constant("salt"))
                for number, shown in enumerate(keys.shown, start=1):
                    _log.info("key=%s is number %d of the keys", shown, number)
                desk = Desk(
                    operations,
                    keys,
                    Links(database.constant("secret"), clock=database.clock),
                    rate=self._rate(database),
                    telemetry=self.telemetry,
                    metrics_key=self.metrics_key,
                )
                self.telemetry.watch(database, outbox, folder)
                postman = Postman(outbox, self.webhooks, self.telemetry)
                working.start()
                postman.start()
                try:
                    yield desk
                finally:
                    postman.stop()
                    working.stop()

    def _rate(self, database: Database) -> Rate | None:
        per_second = self.limits.files_per_second
        return Rate(database, per_second) if self.keys and per_second is not None else None

    def _pace(self) -> Pace:
        look = Pace.look if self.stores.shared else _LOOK_ALONE
        return Pace(look=look, renew=self.lease / 3, sweep=min(1.0, self.lease / 3), keep=self.keep)

    def _runner(self, engine: EngineLike, documents: Documents) -> Runner:
        if self.isolation == "thread":
            return ThreadRunner(engine, documents)
        return ProcessRunner(self.factory, ready=self.workers, memory=self.limits.task_memory)

    @contextlib.contextmanager
    def _folder(self) -> Iterator[Path]:
        if self.data_dir is not None:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            yield self.data_dir
            return
        folder = Path(tempfile.mkdtemp(prefix="chunkr-integrations-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
