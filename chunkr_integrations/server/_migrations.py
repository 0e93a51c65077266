"""The tables, as the steps that lead to them. A database carries the number of the last step it has seen.

A step that was published is never changed; a new one is added to the end. Servers of two versions may share a database
while machines are upgraded one by one, so a step only adds: tables, indexes, columns that may be null or have a
default.
Each statement is for SQLite and PostgreSQL alike, but for the names of types (`_postgres.py` has its own).

Times are whole microseconds since 1970, UTC. `created_at` is unique over all tasks, and over all files, so that a
timestamp is an exact cursor.
"""

from __future__ import annotations

__all__ = ["META", "MIGRATIONS", "SchemaError", "missing_steps"]

META = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)"

# The tasks table is the queue (docs/adr/0002). `stage` says what an unfinished task waits for: "fetch" (its URL),
# "wait" (its parse task), "run" (a worker). Three partial indexes are for the two queries of a worker and the one of a
# fetcher.
_FIRST = (
    """CREATE TABLE IF NOT EXISTS tasks (
        task_id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        task_type TEXT NOT NULL,
        status TEXT NOT NULL,
        stage TEXT NOT NULL,
        message TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        finished_at INTEGER,
        expires_at INTEGER,
        configuration TEXT NOT NULL,
        server_version TEXT NOT NULL,
        client_version TEXT NOT NULL,
        file_name TEXT NOT NULL,
        sent_type TEXT,
        mime_type TEXT,
        source_url TEXT,
        blob_id TEXT,
        page_count INTEGER,
        cell_count INTEGER,
        parse_task_id TEXT,
        implied INTEGER NOT NULL DEFAULT 0,
        document_id TEXT,
        lease TEXT,
        leased_until INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE UNIQUE INDEX IF NOT EXISTS tasks_created ON tasks (created_at)",
    "CREATE INDEX IF NOT EXISTS tasks_owner ON tasks (owner, created_at)",
    "CREATE INDEX IF NOT EXISTS tasks_ready ON tasks (created_at) WHERE status = 'Starting' AND stage = 'run'",
    "CREATE INDEX IF NOT EXISTS tasks_leased ON tasks (leased_until) WHERE status = 'Processing'",
    """CREATE INDEX IF NOT EXISTS tasks_remote ON tasks (leased_until, created_at)
        WHERE status = 'Starting' AND stage = 'fetch'""",
    "CREATE INDEX IF NOT EXISTS tasks_expiry ON tasks (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS tasks_finished ON tasks (finished_at) WHERE expires_at IS NULL",
    "CREATE INDEX IF NOT EXISTS tasks_parse ON tasks (parse_task_id) WHERE parse_task_id IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS tasks_blob ON tasks (blob_id) WHERE blob_id IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS tasks_document ON tasks (document_id) WHERE document_id IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS outputs (task_id TEXT PRIMARY KEY, json BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS blobs (blob_id TEXT PRIMARY KEY, size INTEGER NOT NULL, sha256 TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS documents (
        document_id TEXT PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        blob_id TEXT NOT NULL,
        mime_type TEXT NOT NULL,
        page_count INTEGER NOT NULL,
        cell_count INTEGER
    )""",
    "CREATE INDEX IF NOT EXISTS documents_blob ON documents (blob_id)",
    """CREATE TABLE IF NOT EXISTS files (
        file_id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        file_name TEXT NOT NULL,
        content_type TEXT NOT NULL,
        file_size INTEGER NOT NULL,
        metadata TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        deleted_at INTEGER,
        blob_id TEXT
    )""",
    "CREATE UNIQUE INDEX IF NOT EXISTS files_created ON files (created_at)",
    "CREATE INDEX IF NOT EXISTS files_owner ON files (owner, created_at) WHERE deleted_at IS NULL",
    "CREATE INDEX IF NOT EXISTS files_blob ON files (blob_id) WHERE blob_id IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS idempotency (
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        digest TEXT NOT NULL,
        made TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (owner, key)
    )""",
    "CREATE INDEX IF NOT EXISTS idempotency_age ON idempotency (created_at)",
)

# Which trigger writes the deliveries is for each kind of database to say (docs/adr/0009). `delivery` is the order in
# which they were written.
_WEBHOOKS = (
    """CREATE TABLE IF NOT EXISTS webhook_endpoints (
        endpoint_id TEXT PRIMARY KEY,
        failing_since INTEGER,
        disabled_at INTEGER
    )""",
    """CREATE TABLE IF NOT EXISTS webhook_deliveries (
        delivery INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        endpoint_id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        task_type TEXT NOT NULL,
        status TEXT NOT NULL,
        message TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL DEFAULT 0,
        leased_until INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX IF NOT EXISTS webhook_due ON webhook_deliveries (endpoint_id, due_at, delivery)",
    "CREATE INDEX IF NOT EXISTS webhook_order ON webhook_deliveries (endpoint_id, task_id, delivery)",
    "CREATE TABLE IF NOT EXISTS rates (bucket TEXT PRIMARY KEY, full_at INTEGER NOT NULL)",
)

_NOTES = ("ALTER TABLE documents ADD COLUMN notes TEXT NOT NULL DEFAULT ''",)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _NOTES, _WEBHOOKS)


class SchemaError(RuntimeError):
    """The database was written by a newer version of this server."""


def missing_steps(found: str | None) -> tuple[tuple[str, ...], ...]:
    """The steps that a database has not seen.

    Args:
        found: `format` in its `meta` table; None for a new database.

    Raises:
        SchemaError: It has seen more steps than this version knows.
    """
    seen = int(found or 0)
    if seen > len(MIGRATIONS):
        raise SchemaError(
            f"The database was written by a newer version of this server (its format is {seen}; this one knows up to "
            f"{len(MIGRATIONS)}). Upgrade chunkr-integrations on this machine."
        )
    return MIGRATIONS[seen:]
