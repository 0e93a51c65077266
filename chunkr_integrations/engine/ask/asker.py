"""One document, one schema, one model: all windows and groups asked, answers weighed and put together."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chunkr_integrations.engine.ask.answers import read_answer
from chunkr_integrations.engine.ask.evidence import Evidence
from chunkr_integrations.engine.ask.merging import empty, joined, laid_over, with_own_ids
from chunkr_integrations.engine.ask.prompt import messages_of, new_mark
from chunkr_integrations.engine.ask.shape import groups_of, shape_of
from chunkr_integrations.engine.ask.windows import approximate_tokens, windows_of
from chunkr_integrations.engine.errors import EngineError
from chunkr_integrations.engine.models.protocol import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chunkr_integrations.engine.ask.windows import CountTokens, Window
    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.schema import Node
    from chunkr_integrations.engine.models.protocol import Completion, LanguageModel

__all__ = ["Asker", "Limits"]

_LOG = logging.getLogger(__name__)
_CUT = 0.4  # of the estimated tokens; an endpoint that counts fewer has most likely cut the prompt


@dataclass(frozen=True)
class Limits:
    """How much is asked at once, and at all.

    Attributes:
        window_tokens: Tokens of the document in one question; the schema and the answer come on top.
        fields: Fields in one question; a list is never taken apart.
        calls: Questions for one extraction; more are refused before the first is asked.
        count: How many tokens a text has.
    """

    window_tokens: int = 8000
    fields: int = 100
    calls: int = 500
    count: CountTokens = approximate_tokens


class Asker:
    """Asks for one extraction.

    Attributes:
        usage: What was asked so far.
    """

    def __init__(self, model: LanguageModel, limits: Limits, *, system_prompt: str | None = None) -> None:
        self.usage = Usage()
        self._model = model
        self._limits = limits
        self._system_prompt = system_prompt
        self._warned = False

    def draft(self, document: Document, node: Node) -> Draft:
        """What the model reads for `node`, weighed, with the segments' own ids and without places.

        Raises:
            EngineError: The model gave no answer that can be read, or there would be too much to ask.
        """
        blank = empty(node)
        windows = windows_of(document, limit=self._limits.window_tokens, count=self._limits.count)
        groups = groups_of(node, self._limits.fields)
        self._check(len(windows), len(groups))
        if not windows:
            return blank
        real = {piece.id: piece.segment_id for window in windows for piece in window.pieces}
        mark = new_mark("\n".join(piece.text for window in windows for piece in window.pieces))
        evidence = Evidence(document)
        for group in groups:
            answers = [
                laid_over(empty(group), evidence.weighed(self._answer(window, group, mark), group, real))
                for window in windows
            ]
            blank = laid_over(blank, joined(answers))
        return with_own_ids(blank, real)

    def _check(self, windows: int, groups: int) -> None:
        if windows * groups > self._limits.calls:
            raise EngineError(
                f"The document and the schema would take {windows * groups} questions to the model ({windows} windows "
                f"of the document, {groups} groups of fields), and {self._limits.calls} are allowed; ask for fewer "
                "fields or pages, or raise window_tokens or calls in the engine's Limits."
            )

    def _answer(self, window: Window, group: Node, mark: str) -> Draft:
        """One answer; what cannot be read, or does not fit, is asked for once more."""
        known = frozenset(piece.id for piece in window.pieces)
        draft, problems = read_answer(self._ask(window, group, mark), group, known)
        if not problems and draft is not None:
            return draft
        second, left = read_answer(self._ask(window, group, mark, problems), group, known)
        if second is not None and (draft is None or len(left) <= len(problems)):
            return second
        if draft is None:
            raise EngineError(
                f"The model answered twice with something that is no answer: {'; '.join(left or problems)}. Use a "
                "model or an endpoint that can be held to JSON, a larger model, or smaller windows."
            )
        return draft

    def _ask(self, window: Window, group: Node, mark: str, problems: Sequence[str] = ()) -> str:
        shape = shape_of(group)
        messages = messages_of(window, shape, mark=mark, system_prompt=self._system_prompt, problems=problems)
        completion = self._model.complete(messages, schema=shape)
        self.usage = self.usage.plus(completion, repair=bool(problems))
        self._watch(completion, sum(self._limits.count(message.content) for message in messages))
        return completion.text

    def _watch(self, completion: Completion, expected: int) -> None:
        """Warns once when the endpoint counts far fewer tokens than were sent: some cut silently."""
        counted = completion.prompt_tokens
        if counted and counted < _CUT * expected and not self._warned:
            self._warned = True
            _LOG.warning(
                "The endpoint counts %d tokens for a prompt of about %d. Unless it leaves out what it has cached, its "
                "context is too small and the prompt was cut: start it with a longer one (Ollama: num_ctx), or use "
                "smaller windows.",
                counted,
                expected,
            )
