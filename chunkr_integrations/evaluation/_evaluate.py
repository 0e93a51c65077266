"""A folder of labelled documents through a client, and what came of it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chunkr_integrations.exceptions import ChunkrError, SourceError

from ._comparison import compare
from ._figures import Figures, Score, all_figures
from ._places import judge_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from chunkr_integrations.client import Client

    from ._labels import Labelled, Labels

__all__ = ["Evaluation", "Failure", "Prediction", "evaluate", "score", "write_prediction"]


@dataclass(frozen=True)
class Prediction:
    """An answer as it came: the results and, as their mirror, the citations; plain JSON."""

    results: Any
    citations: Any = None


@dataclass(frozen=True)
class Failure:
    """A document that brought no answer, or whose labels cannot be read.

    Attributes:
        document: The document.
        error: Why.
        scored: Whether it counts in the figures, as an empty answer; without readable labels it cannot.
    """

    document: Labelled
    error: ChunkrError
    scored: bool


@dataclass(frozen=True)
class Evaluation:
    """The scores of a run.

    Attributes:
        scores: By source, in the order of the documents.
        failures: What went wrong on the way.
    """

    scores: Mapping[str, tuple[Score, ...]]
    failures: tuple[Failure, ...] = ()
    figures: Mapping[str, Figures] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "figures", all_figures(self.scores))


def evaluate(
    client: Client,
    documents: Iterable[Labelled],
    *,
    max_concurrency: int = 4,
    out: Path | None = None,
    on_failure: Callable[[Failure], None] | None = None,
    **options: Any,
) -> Evaluation:
    """Extract labelled documents, each with its own schema, and judge the answers.

    Args:
        client: Who answers.
        documents: From `find_documents`.
        max_concurrency: Documents at a time.
        out: Where predictions go, as `<source>/<id>.json`; None: nowhere.
        on_failure: Told of each document that fails, when it does; the others go on.
        options: Those of `Client.extract`, for every document.

    Raises:
        SourceError: A prediction cannot be written.
    """
    scores: defaultdict[str, list[Score]] = defaultdict(list)
    failures: list[Failure] = []

    def answer(document: Labelled) -> tuple[Labels, Prediction | ChunkrError]:
        labels, file = document.read(), document.document
        try:
            return labels, _extract(client, file, labels.schema, options)
        except ChunkrError as error:
            return labels, error

    for document, future in _ahead(answer, documents, max_concurrency):
        failure: Failure | None = None
        try:
            labels, found = future.result()
        except ChunkrError as error:
            failure = Failure(document, error, scored=False)
        else:
            if isinstance(found, Prediction):
                if out is not None:
                    write_prediction(out, document, found)
                scores[document.source].append(score(labels, found))
            else:
                failure = Failure(document, found, scored=True)
                scores[document.source].append(score(labels, None))
        if failure:
            failures.append(failure)
            if on_failure:
                on_failure(failure)
    return Evaluation({source: tuple(some) for source, some in scores.items()}, tuple(failures))


def score(labels: Labels, prediction: Prediction | None) -> Score:
    """Judge one answer; None is judged as an empty one."""
    if prediction is None:
        return Score(compare(labels.values, {}, labels.schema), Counter(), predicted=False)
    counts = compare(labels.values, prediction.results, labels.schema)
    places = judge_places(counts.pairs, prediction.results, prediction.citations, labels.places, labels.words)
    return Score(counts, places, predicted=True)


def write_prediction(out: Path, document: Labelled, prediction: Prediction) -> None:
    """Leave an answer at `<out>/<source>/<id>.json`.

    Raises:
        SourceError: It cannot be written.
    """
    path = out / document.source / f"{document.name}.json"
    answer = {"results": prediction.results, "citations": prediction.citations}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answer, ensure_ascii=False) + "\n", "utf-8")
    except OSError as exc:
        reason = f"it cannot be written: {exc.strerror or exc}"
        raise SourceError(str(path), reason, cure="Choose another folder for the predictions.") from exc


def _extract(client: Client, file: Path, schema: Mapping[str, Any], options: Mapping[str, Any]) -> Prediction:
    # What the service said is judged, not what a class makes of it: values that do not fit the schema stay.
    found = client.extract(file, schema, on_invalid="partial", **options)
    output = found.task.output
    return Prediction(found.results, getattr(output, "citations", None))


def _ahead(
    call: Callable[[Labelled], Any], documents: Iterable[Labelled], concurrency: int
) -> Iterator[tuple[Labelled, Future[Any]]]:
    """Calls in threads, handed out in order; what has not begun when the loop ends early never does."""
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="chunkr-evaluate")
    try:
        waiting = deque((document, pool.submit(call, document)) for document in documents)
        while waiting:
            yield waiting.popleft()  # nothing keeps an answer that was judged
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
