"""Plays a flow without waiting: answers go in, steps come out."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

import httpx

from chunkr_integrations.client._flows import Flows
from chunkr_integrations.client._sending import Sending
from chunkr_integrations.client._settings import Settings
from chunkr_integrations.client._steps import Digest, Send, Sleep, Work

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


class Clock:
    """Seconds that pass only when a flow sleeps, or when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def flows(clock: Clock | None = None, **settings: Any) -> Flows:
    told = {"base_url": "http://chunkr.test", "rate_limit": None, **settings}
    sending = Sending(Settings(**told), clock=clock or Clock(), now=lambda: NOW, chance=lambda: 0.5)
    return Flows(sending, new_key=lambda: "key-1")


def play(flow: Any, *answers: Any, clock: Clock | None = None) -> tuple[list[Any], Any]:
    """The steps of a flow and its result, or the error it ended with. Work is done, sleeping only moves the clock."""
    steps: list[Any] = []
    left = list(answers)
    try:
        step = next(flow)
        while True:
            if isinstance(step, Work):
                try:
                    value = step.call()
                except Exception as error:  # noqa: BLE001 - the flow decides
                    step = flow.throw(error)
                    continue
                step = flow.send(value)
                continue
            steps.append(step)
            if isinstance(step, Sleep):
                if clock is not None:
                    clock.seconds += step.seconds
                step = flow.send(None)
                continue
            if isinstance(step, Digest):  # answered by a hash, or by nothing
                step = flow.send(left.pop(0) if left and isinstance(left[0], str) else None)
                continue
            answer = left.pop(0)
            if callable(answer):
                answer = answer(step)
            step = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answered(step, answer))
    except StopIteration as end:
        return steps, end.value
    except Exception as error:  # noqa: BLE001 - the test decides
        return steps, error


def answered(step: Send, answer: httpx.Response) -> httpx.Response:
    answer.request = httpx.Request(step.method, f"http://chunkr.test{step.path}")
    return answer


def task(status: str = "Starting", task_id: str = "t-1", **more: Any) -> httpx.Response:
    output = {"results": {"total": 5}, "citations": {}, "metrics": {}} if status == "Succeeded" else None
    return httpx.Response(
        200, json={"task_id": task_id, "status": status, "task_type": "Extract", "output": output, **more}
    )


def page(*tasks: httpx.Response, more: str | None = None, date: datetime | None = None) -> httpx.Response:
    headers = {} if date is None else {"date": format_datetime(date, usegmt=True)}
    body = {"tasks": [task.json() for task in tasks], "has_more": more is not None, "next_cursor": more}
    return httpx.Response(200, json=body, headers=headers)
