"""The adapter for OpenAI-compatible endpoints, against a small server of the test on loopback."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chunkr_integrations.engine import EngineError
from chunkr_integrations.engine.models import Completion, LanguageModel, Message, OpenAICompatible

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
ASK = (Message("system", "be brief"), Message("user", "what is a?"))
KEY = "sk-made-up-0123456789"


def said(text: Any, **more: Any) -> tuple[int, dict[str, str], bytes]:
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop", **more}
    return 200, {}, json.dumps({"choices": [choice], "usage": usage}).encode()


class Endpoint:
    """Answers what it is told to, in order, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        self.silent = threading.Event()
        self.silent.set()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                endpoint.paths.append(self.path)
                endpoint.keys.append(self.headers.get("Authorization"))
                endpoint.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                endpoint.silent.wait(20)
                status, headers, body = endpoint.answers.pop(0)
                try:
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": str(len(body))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:  # the client that waits no longer
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """The test's output stays clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    made.thread.start()
    yield made
    made.silent.set()
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


def test_an_answer_comes_with_its_costs_and_the_key_is_sent_and_never_shown(endpoint):
    endpoint.answers = [said('{"a": "x"}')]
    model = OpenAICompatible(endpoint.url, "small", api_key=KEY, max_tokens=99)
    assert isinstance(model, LanguageModel)
    assert model.complete(ASK, schema=SCHEMA) == Completion('{"a": "x"}', 12, 3)
    assert endpoint.keys == [f"Bearer {KEY}"]
    assert endpoint.paths == ["/v1/chat/completions"]
    assert endpoint.bodies == [
        {
            "model": "small",
            "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "what is a?"}],
            "stream": False,
            "max_tokens": 99,
            "temperature": 0.0,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
            },
        }
    ]
    assert KEY not in repr(model)
    assert KEY not in repr(vars(model))


def test_it_can_be_pickled_into_worker_processes_with_its_key(endpoint):
    endpoint.answers = [said("hello")]
    model = pickle.loads(pickle.dumps(OpenAICompatible(endpoint.url + "/", "small", api_key=KEY)))
    assert model.complete(ASK, schema=None).text == "hello"
    assert endpoint.keys == [f"Bearer {KEY}"]
    assert "response_format" not in endpoint.bodies[0]


def test_without_a_response_format_it_goes_on_and_does_not_ask_for_one_again(endpoint):
    endpoint.answers = [(400, {}, b'{"error": {"code": "unknown_option"}}'), said("{}"), said("{}")]
    model = OpenAICompatible(endpoint.url, "small")
    model.complete(ASK, schema=SCHEMA)
    model.complete(ASK, schema=SCHEMA)
    assert ["response_format" in body for body in endpoint.bodies] == [True, False, False]
    assert endpoint.keys == [None, None, None]


def test_a_400_that_has_another_reason_is_an_error_and_remembers_nothing(endpoint):
    too_long = (400, {}, b'{"error": {"code": "context_length_exceeded", "message": "secret text of the page"}}')
    endpoint.answers = [too_long, too_long, said("{}")]
    model = OpenAICompatible(endpoint.url, "small")
    with pytest.raises(EngineError, match=r"answered 400 \(context_length_exceeded\); .*window_tokens") as caught:
        model.complete(ASK, schema=SCHEMA)
    assert "secret text" not in str(caught.value)
    model.complete(ASK, schema=SCHEMA)
    assert ["response_format" in body for body in endpoint.bodies] == [True, False, True]


@pytest.mark.parametrize(
    ("structured", "sent"), [("json_object", {"type": "json_object"}), ("none", None), ("json_schema", "json_schema")]
)
def test_the_way_of_structured_output_can_be_told(endpoint, structured, sent):
    endpoint.answers = [said("{}")]
    OpenAICompatible(endpoint.url, "small", structured=structured, temperature=None).complete(ASK, schema=SCHEMA)
    shape = endpoint.bodies[0].get("response_format")
    assert (shape["type"] if sent == "json_schema" else shape) == sent
    assert "temperature" not in endpoint.bodies[0]


def test_a_way_that_was_told_is_not_left(endpoint):
    endpoint.answers = [(400, {}, b"")]
    with pytest.raises(EngineError, match="answered 400"):
        OpenAICompatible(endpoint.url, "small", structured="json_schema").complete(ASK, schema=SCHEMA)


@pytest.mark.parametrize(
    ("status", "cure"), [(401, "check api_key"), (404, "base_url"), (500, "log"), (302, "see the endpoint")]
)
def test_refusals_say_what_to_do_and_not_the_key(endpoint, status, cure):
    endpoint.answers = [(status, {"Location": "http://127.0.0.1:1/"}, f'{{"error": "bad key {KEY}"}}'.encode())]
    with pytest.raises(EngineError, match=cure) as caught:
        OpenAICompatible(endpoint.url, "small", api_key=KEY).complete(ASK, schema=None)
    assert KEY not in str(caught.value)


def test_a_busy_endpoint_is_asked_once_more_after_the_time_it_says(endpoint):
    waited: list[float] = []
    endpoint.answers = [(429, {"Retry-After": "7"}, b""), said("now")]
    model = OpenAICompatible(endpoint.url, "small", sleep=waited.append)
    assert model.complete(ASK, schema=None).text == "now"
    assert waited == [7.0]
    endpoint.answers = [(503, {}, b""), (503, {}, b"")]
    with pytest.raises(EngineError, match="answered 503"):
        model.complete(ASK, schema=None)
    assert waited == [7.0, 1.0]


def test_who_asks_to_wait_for_long_is_not_waited_for(endpoint):
    waited: list[float] = []
    endpoint.answers = [(429, {"Retry-After": "3600"}, b"")]
    with pytest.raises(EngineError, match="answered 429; try again later"):
        OpenAICompatible(endpoint.url, "small", sleep=waited.append).complete(ASK, schema=None)
    assert waited == []


def test_a_silent_endpoint_is_left_after_the_timeout(endpoint):
    endpoint.silent.clear()
    endpoint.answers = [said("late")]
    with pytest.raises(EngineError, match=r"no answer within 0\.2 seconds"):
        OpenAICompatible(endpoint.url, "small", timeout=0.2).complete(ASK, schema=None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"\xff\xfe\x00",
        b"[]",
        b"3",
        b'"text"',
        b'{"choices": []}',
        b'{"choices": [{"message": null}]}',
        said(None)[2],
        said([{"type": "text", "text": "parts"}])[2],
    ],
)
def test_garbage_is_an_error(endpoint, body):
    endpoint.answers = [(200, {}, body)]
    with pytest.raises(EngineError, match="no chat completion"):
        OpenAICompatible(endpoint.url, "small").complete(ASK, schema=None)


def test_an_answer_that_was_cut_is_an_error(endpoint):
    endpoint.answers = [said('{"a": ', finish_reason="length")]
    with pytest.raises(EngineError, match="raise max_tokens"):
        OpenAICompatible(endpoint.url, "small").complete(ASK, schema=SCHEMA)


def test_costs_that_are_no_counts_are_not_said(endpoint):
    body = {"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": -1, "completion_tokens": True}}
    endpoint.answers = [(200, {}, json.dumps(body).encode())]
    assert OpenAICompatible(endpoint.url, "small").complete(ASK, schema=None) == Completion("x")


def test_an_endpoint_that_is_not_there_is_an_error_without_its_password():
    model = OpenAICompatible("http://me:hidden@127.0.0.1:9/v1?api-version=hidden2", "small")
    with pytest.raises(EngineError, match="cannot be reached") as caught:
        model.complete(ASK, schema=None)
    assert "hidden" not in str(caught.value) + repr(model)


def test_options_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="json_object"):
        OpenAICompatible("http://localhost/v1", "small", structured="yaml")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="http"):
        OpenAICompatible("localhost:11434", "small")
