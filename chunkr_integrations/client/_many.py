"""Many inputs through one function: in order or as they finish, only so many at a time and so far ahead."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["AnyIterable", "aclosing", "amap_many", "closing", "map_many"]

I = TypeVar("I")  # noqa: E741 - an input
O = TypeVar("O")  # noqa: E741 - an outcome

AnyIterable: TypeAlias = Iterable[I] | AsyncIterable[I]

_AHEAD = 4  # finished results that wait for a slower one before them, for each that may run


def map_many(
    call: Callable[[int, I], O], inputs: Iterable[I], *, concurrency: int, ordered: bool, stop: Callable[[], None]
) -> Iterator[O]:
    """Call in threads; inputs are taken as results are.

    Args:
        call: Gets the place of the input and the input; must not raise.
        inputs: May be endless.
        concurrency: Calls at a time.
        ordered: Whether results come in the order of the inputs.
        stop: Called when no more results are wanted; running calls should end soon.
    """
    numbered = enumerate(inputs)
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="chunkr-extract")
    waiting: deque[Future[O]] = deque()
    running: set[Future[O]] = set()
    exhausted = False
    try:
        while True:
            while not exhausted and len(running) < concurrency and len(waiting) < concurrency * _AHEAD:
                following = next(numbered, None)
                if following is None:
                    exhausted = True
                    break
                future = pool.submit(call, *following)
                running.add(future)
                waiting.append(future)
            if not waiting:
                return
            done = _next_done(waiting, running, ordered=ordered)
            running = {future for future in running if not future.done()}
            if done is not None:
                yield done.result()
    finally:
        stop()
        pool.shutdown(wait=False, cancel_futures=True)


def _next_done(waiting: deque[Future[O]], running: set[Future[O]], *, ordered: bool) -> Future[O] | None:
    """The result to hand out next; None when one finished that has to wait for an earlier one."""
    if not any(future.done() for future in (list(waiting)[:1] if ordered else waiting)):
        wait(running, return_when=FIRST_COMPLETED)
    for place, future in enumerate(waiting):
        if future.done():
            del waiting[place]
            return future
        if ordered:
            return None
    return None


async def amap_many(
    call: Callable[[int, I], Awaitable[O]], inputs: AnyIterable[I], *, concurrency: int, ordered: bool
) -> AsyncGenerator[O, None]:
    """As `map_many`, with asyncio tasks; they are cancelled when no more results are wanted."""
    numbered = _numbered(inputs)
    waiting: deque[asyncio.Task[O]] = deque()
    running: set[asyncio.Task[O]] = set()
    exhausted = False
    try:
        while True:
            while not exhausted and len(running) < concurrency and len(waiting) < concurrency * _AHEAD:
                following = await anext(numbered, None)
                if following is None:
                    exhausted = True
                    break
                task = asyncio.ensure_future(_awaited(call(*following)))
                running.add(task)
                waiting.append(task)
            if not waiting:
                return
            done = await _anext_done(waiting, running, ordered=ordered)
            running = {task for task in running if not task.done()}
            if done is not None:
                yield done.result()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _awaited(awaitable: Awaitable[O]) -> O:
    return await awaitable


async def _anext_done(
    waiting: deque[asyncio.Task[O]], running: set[asyncio.Task[O]], *, ordered: bool
) -> asyncio.Task[O] | None:
    if not any(task.done() for task in (list(waiting)[:1] if ordered else waiting)):
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for place, task in enumerate(waiting):
        if task.done():
            del waiting[place]
            return task
        if ordered:
            return None
    return None


async def _numbered(inputs: AnyIterable[Any]) -> AsyncIterator[tuple[int, Any]]:
    index = 0
    if isinstance(inputs, AsyncIterable):
        async for item in inputs:
            yield index, item
            index += 1
    else:
        for item in inputs:
            yield index, item
            index += 1


def closing(outcomes: Iterator[O], close: Callable[[], None]) -> Iterator[O]:
    """The same results; `close` is called after the last one, or when no more are wanted."""
    try:
        yield from outcomes
    finally:
        close()


async def aclosing(outcomes: AsyncGenerator[O, None], close: Callable[[], None]) -> AsyncGenerator[O, None]:
    """As `closing`."""
    try:
        async for outcome in outcomes:
            yield outcome
    finally:
        await outcomes.aclose()
        close()
