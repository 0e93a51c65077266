"""The only lines that wait: one loop for threads, one for event loops."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from ._steps import Digest, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ._steps import Flow, Step, Work

__all__ = ["arun", "run"]

T = TypeVar("T")


def run(flow: Flow[T], send: Callable[[Send | Digest], Any], sleep: Callable[[float], Any]) -> T:
    """Run a flow to its end; `httpx` errors are thrown into it, everything else ends it."""
    resume: Callable[[], Step] = partial(next, flow)
    try:
        while True:
            step = resume()
            try:
                resume = partial(flow.send, _do(step, send, sleep))
            except (httpx.RequestError, _WorkError) as error:
                resume = partial(flow.throw, _inner(error))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return] # StopIteration is not generic
    finally:
        flow.close()


async def arun(
    flow: Flow[T],
    send: Callable[[Send | Digest], Awaitable[Any]],
    sleep: Callable[[float], Awaitable[Any]],
    in_thread: Callable[[Callable[[], Any]], Awaitable[Any]],
) -> T:
    """As `run`, under an event loop."""
    resume: Callable[[], Step] = partial(next, flow)
    try:
        while True:
            step = resume()
            try:
                if isinstance(step, Send | Digest):
                    resume = partial(flow.send, await send(step))
                elif isinstance(step, Sleep):
                    resume = partial(flow.send, await sleep(step.seconds))
                else:
                    resume = partial(flow.send, await in_thread(partial(_work, step)))
            except (httpx.RequestError, _WorkError) as error:
                resume = partial(flow.throw, _inner(error))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return] # StopIteration is not generic
    finally:
        flow.close()


def _do(step: Step, send: Callable[[Send | Digest], Any], sleep: Callable[[float], Any]) -> Any:
    if isinstance(step, Send | Digest):
        return send(step)
    if isinstance(step, Sleep):
        return sleep(step.seconds)
    return _work(step)


class _WorkError(Exception):
    """Carries what a piece of work raised, so that it reaches the flow and nothing else does."""


def _work(step: Work) -> Any:
    try:
        return step.call()
    except Exception as error:
        raise _WorkError from error


def _inner(error: Exception) -> BaseException:
    return error.__cause__ or error if isinstance(error, _WorkError) else error
