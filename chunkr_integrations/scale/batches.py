"""Columns in, columns out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chunkr_integrations.client import Client, Outcome
from chunkr_integrations.exceptions import ConfigurationError, SourceError
from chunkr_integrations.schema import compile_schema
from chunkr_integrations.sources import to_source

__all__ = ["ExtractBatch"]

Batch = Mapping[str, Sequence[Any]]
_Answer = dict[str, str | None]
_ADDED = ("results", "citations", "metrics", "error")


class ExtractBatch:
    """Extracts a class from each document of a batch; for `Dataset.map_batches`.

    ::

        documents.map_batches(
            ExtractBatch, fn_constructor_kwargs={"target": Invoice}, concurrency=2, num_cpus=0.5, batch_size=16
        )

    The columns of the batch stay, and four are added, as text, so that they can be written as Parquet: `results`,
    `citations` and `metrics` (JSON, as on the wire; None where there was an error), and `error` (None where there was
    none). One bad document does not end the job.

    Args:
        target: A class or JSON Schema, as `Client.extract` takes it.
        column: The column of documents: paths or URLs as text, or bytes.
        name_column: The column of their names, for bytes; None: they have none.
        max_concurrency: Documents that one worker has under way.
        client_options: Arguments of `Client`, for example `base_url`; a key is better left to CHUNKR_API_KEY.
        extract_options: Arguments of `Client.extract_many`, for example `parse_configuration`.

    Raises:
        SchemaError: The class cannot be asked for.
    """

    def __init__(
        self,
        target: Any,
        *,
        column: str = "path",
        name_column: str | None = None,
        max_concurrency: int = 4,
        client_options: Mapping[str, Any] | None = None,
        extract_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._schema = compile_schema(target)
        self._column = column
        self._name_column = name_column
        self._options = {"max_concurrency": max_concurrency, **(extract_options or {})}
        self._client = Client(**(client_options or {}))

    def __call__(self, batch: Batch) -> dict[str, list[Any]]:
        """The batch with its answers, row by row in the same order.

        Raises:
            ConfigurationError: The batch has no such column.
        """
        for column in (self._column, self._name_column):
            if column is not None and column not in batch:
                msg = f"The batch has no column {column!r}; it has {', '.join(map(repr, batch))}. Name the right one."
                raise ConfigurationError(msg)
        documents: list[Any] = []
        answers: list[_Answer | None] = []  # None: an outcome to come
        for row in range(len(batch[self._column])):
            try:
                documents.append(self._document(batch, row))
                answers.append(None)
            except SourceError as error:  # noqa: PERF203 - one bad name must not end the others
                answers.append(_failed(error))
        outcomes = iter(self._client.extract_many(documents, self._schema, ordered=True, **self._options))
        rows = [_answer(next(outcomes)) if answer is None else answer for answer in answers]
        added = {name: [row[name] for row in rows] for name in _ADDED}
        return {**{name: list(values) for name, values in batch.items()}, **added}

    def _document(self, batch: Batch, row: int) -> Any:
        value = batch[self._column][row]
        # Engines hand out their own kinds of text and bytes (numpy's, for example).
        document = bytes(value) if isinstance(value, bytes | bytearray | memoryview) else str(value)
        if self._name_column is None:
            return document
        return to_source(document, file_name=str(batch[self._name_column][row]))


def _failed(error: Exception | None) -> _Answer:
    return {"results": None, "citations": None, "metrics": None, "error": str(error)}


def _answer(outcome: Outcome[Any]) -> _Answer:
    if outcome.value is None:
        return _failed(outcome.error)
    output: Any = outcome.value.task.output
    parts = {name: json.dumps(getattr(output, name), ensure_ascii=False) for name in _ADDED[:3]}
    return {**parts, "error": None}
