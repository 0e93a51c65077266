"""Any endpoint that speaks OpenAI's chat completions: Ollama, vLLM, llama-server, LM Studio, hosted ones.

https://platform.openai.com/docs/api-reference/chat/create is the contract; only what all of them have is used.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import httpx
from pydantic import SecretStr

from chunkr_integrations.engine.errors import EngineError
from chunkr_integrations.engine.models.protocol import Completion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chunkr_integrations.engine.models.protocol import Message

__all__ = ["OpenAICompatible", "Structured"]

Structured: TypeAlias = Literal["auto", "json_schema", "json_object", "none"]

_MODES = ("auto", "json_schema", "json_object", "none")
_BUSY = (429, 503)
_LONGEST_WAIT = 60.0  # seconds; who asks for more is not waited for
_DEFAULT_WAIT = 1.0  # seconds, where a busy endpoint does not say
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CURES = {
    401: "check api_key",
    403: "check what the key may use",
    404: "check base_url (it usually ends in /v1) and the model's name",
    400: "it may not know an option, or the window may be too long for it: see Limits.window_tokens",
    413: "use smaller windows: Limits.window_tokens",
    429: "try again later, or raise the limit of the key",
}


class OpenAICompatible:
    """A language model behind `POST {base_url}/chat/completions`.

    Each call opens a connection of its own, so one object may serve threads and go into worker processes.

    Args:
        base_url: Up to and without `/chat/completions`: `http://localhost:11434/v1` for Ollama.
        model: The name that the endpoint knows the model by.
        api_key: Sent as a bearer token; never part of `repr`, of a message or of a log line.
        timeout: Seconds for one answer.
        structured: How the answer is held to the schema. "json_schema" and "json_object" are OpenAI's
            `response_format`; "none" relies on the prompt; "auto" tries the first and, when the endpoint answers 400,
            goes on without from then on.
        max_tokens: The longest answer; None leaves it to the endpoint.
        temperature: None leaves it to the endpoint, for models that accept no other than their own.
        transport: Your own httpx transport, for a proxy or a test.
        sleep: How to wait before the one repetition that a busy endpoint (429, 503) gets.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | SecretStr | None = None,
        timeout: float = 120.0,
        structured: Structured = "auto",
        max_tokens: int | None = None,
        temperature: float | None = 0.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if structured not in _MODES:
            raise ValueError(f"structured={structured!r} is not known; choose one of {', '.join(_MODES)}.")
        url = httpx.URL(base_url)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("base_url has to be an http(s) address, such as http://localhost:11434/v1.")
        self.model = model
        self.timeout = timeout
        self.structured: Structured = structured
        self._url = url.copy_with(path=f"{url.path.rstrip('/')}/chat/completions")
        self._key = SecretStr(api_key) if isinstance(api_key, str) else api_key
        self._options = {"max_tokens": max_tokens, "temperature": temperature}
        self._transport = transport
        self._sleep = sleep
        self._refused = False  # the endpoint has answered without a response_format and not with it

    def __repr__(self) -> str:
        return f"OpenAICompatible({self._where!r}, {self.model!r}, structured={self.structured!r})"

    @property
    def _where(self) -> str:
        """The address without what may be secret in it."""
        return str(self._url.copy_with(userinfo=b"", query=None))

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None) -> Completion:
        """The model's answer; see `LanguageModel.complete`."""
        asked = [{"role": message.role, "content": message.content} for message in messages]
        options = {key: value for key, value in self._options.items() if value is not None}
        body: dict[str, Any] = {"model": self.model, "messages": asked, "stream": False, **options}
        shape = self._response_format(schema)
        with httpx.Client(timeout=self.timeout, transport=self._transport) as http:
            answer = self._send(http, {**body, "response_format": shape} if shape else body)
            if shape and self.structured == "auto" and answer.status_code == httpx.codes.BAD_REQUEST:
                answer = self._send(http, body)
                self._refused = answer.is_success
        return self._read(answer)

    def _response_format(self, schema: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if schema is None or self.structured == "none" or self._refused:
            return None
        if self.structured == "json_object":
            return {"type": "json_object"}
        return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)}}

    def _send(self, http: httpx.Client, body: dict[str, Any]) -> httpx.Response:
        """One request; a busy endpoint is asked once more."""
        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"} if self._key else {}
        try:
            answer = http.post(self._url, json=body, headers=headers)
            if answer.status_code in _BUSY and (wait := _wait(answer)) <= _LONGEST_WAIT:
                self._sleep(wait)
                answer = http.post(self._url, json=body, headers=headers)
        except httpx.TimeoutException as exc:
            raise EngineError(
                f"{self._where} gave no answer within {self.timeout:g} seconds; give OpenAICompatible a longer "
                "timeout, or the engine smaller windows."
            ) from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise EngineError(
                f"{self._where} cannot be reached ({type(exc).__name__}); check base_url and that the server runs."
            ) from exc
        return answer

    def _read(self, answer: httpx.Response) -> Completion:
        try:
            body = answer.json()
        except ValueError:  # also what is no UTF-8
            body = None
        if not answer.is_success:
            status, code = answer.status_code, _code(body)
            cure = _CURES.get(status, "see the endpoint's log")
            raise EngineError(f"{self._where} answered {status}{f' ({code})' if code else ''}; {cure}.")
        try:
            choice = body["choices"][0]
            text = choice["message"]["content"]
        except (KeyError, IndexError, TypeError):
            text, choice = None, {}
        if not isinstance(text, str):
            raise EngineError(
                f"{self._where} answered {answer.status_code} with something that is no chat completion with text; "
                "check base_url and that the model answers text."
            )
        if choice.get("finish_reason") == "length":
            raise EngineError(
                f"The answer of {self.model} was cut at its longest length; raise max_tokens (or the context length "
                "the server was started with), or give the engine smaller windows."
            )
        usage = body.get("usage") if isinstance(body, dict) else None
        usage = usage if isinstance(usage, dict) else {}
        return Completion(text, _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))


def _wait(answer: httpx.Response) -> float:
    """Seconds that a busy endpoint asks to wait; a date instead of seconds is not waited for."""
    said = answer.headers.get("retry-after")
    if said is None:
        return _DEFAULT_WAIT
    return float(said) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", said) else _LONGEST_WAIT + 1


def _code(body: Any) -> str:
    """The error's code; its message is left out, as it may quote the request."""
    error = body.get("error") if isinstance(body, dict) else None
    said = (error.get("code") or error.get("type")) if isinstance(error, dict) else None
    return said if isinstance(said, str) and _CODE.fullmatch(said) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
