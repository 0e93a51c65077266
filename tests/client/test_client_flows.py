"""What the client decides, step by step; nothing is sent and nothing waits."""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from play import NOW, Clock, flows, page, play, task
from pydantic import BaseModel

from chunkr_integrations.client._flows import Options, to_options
from chunkr_integrations.client._polling import Polling
from chunkr_integrations.client._responses import read_json
from chunkr_integrations.client._steps import Digest, Kind, Send, Sleep
from chunkr_integrations.exceptions import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    BadRequestError,
    ConfigurationError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    SourceError,
    TaskCancelledError,
    TaskFailedError,
    TaskTimeoutError,
)
from chunkr_integrations.schema import compile_schema
from chunkr_integrations.tasks import DEFAULT_SYSTEM_PROMPT, ParseConfiguration, SegmentationStrategy, Task


class Total(BaseModel):
    total: int


SCHEMA = compile_schema(Total)
PARSE_ID = "5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10"
BODY = {"file": "data:text/plain;base64,SGVsbG8=", "schema": SCHEMA.json, "file_name": "a.txt"}
CREATE = Send("POST", "/tasks/extract", Kind.CREATE, json=BODY, key="key-1")
GET = Send("GET", "/tasks/t-1/extract", Kind.POLL)
LIST = Send("GET", "/tasks", params=(("limit", "50"), ("sort", "desc"), ("task_types", "Extract")))
PROOF = Send("GET", "/tasks/t-1/extract", Kind.POLL, (("base64_urls", "true"),))
DIGEST = Digest("https://s.example/x", 5)
LOST = httpx.ReadTimeout("")
NO_OPTIONS = Options()
REFUSED = httpx.ConnectError("refused")


def mine(**changes):
    """A task as the server lists it, made by CREATE."""
    made = {
        "created_at": NOW.isoformat(),
        "configuration": {"schema": SCHEMA.json, "system_prompt": DEFAULT_SYSTEM_PROMPT},
        "file_info": {"url": "https://s.example/x", "name": "a.txt"},
    }
    return task(**{**made, **changes})


def extract(machine=None, file=b"Hello", options=NO_OPTIONS, *, file_name="a.txt", timeout=None):
    return (machine or flows()).extract(file, SCHEMA, options, file_name=file_name, timeout=timeout)


def test_a_small_document_goes_inside_the_request_and_is_asked_for_until_it_is_done():
    clock = Clock()
    steps, found = play(extract(flows(clock)), task(), task("Processing"), task("Succeeded"), clock=clock)
    assert steps == [CREATE, Sleep(0.5), GET, Sleep(0.5), GET]
    assert found.value == Total(total=5)
    assert found.source.content_hash is not None


def test_a_task_that_is_done_at_once_is_not_asked_for():
    steps, _ = play(extract(), task("Succeeded"))
    assert steps == [CREATE]


def test_every_field_of_the_contract_is_sent_as_given():
    configuration = ParseConfiguration(segmentation_strategy=SegmentationStrategy.PAGE)
    options = to_options(system_prompt="Only totals.", parse_configuration=configuration, expires_in=60)
    steps, _ = play(extract(options=options), task("Succeeded"))
    expected = {
        "system_prompt": "Only totals.",
        "parse_configuration": {"segmentation_strategy": "Page"},
        "expires_in": 60,
    }
    assert steps[0].json == {**BODY, **expected}


def test_an_unknown_option_is_refused():
    with pytest.raises(ConfigurationError, match="ocr"):
        to_options(parse_configuration={"ocr": "yes"})
    with pytest.raises(ConfigurationError, match="expires_in"):
        to_options(expires_in=-1)


def test_a_parse_task_takes_no_parse_configuration_and_no_file_name():
    steps, error = play(
        extract(file=PARSE_ID, options=Options(parse_configuration=ParseConfiguration()), file_name=None)
    )
    assert steps == []
    assert isinstance(error, ConfigurationError)
    steps, error = play(extract(file=PARSE_ID))
    assert (steps, type(error)) == ([], ConfigurationError)


def test_references_go_as_they_are():
    for file in (PARSE_ID, "ch://files/f-1", "https://example.com/a.pdf?sig=1"):
        steps, _ = play(extract(file=file, file_name=None), task("Succeeded"))
        assert steps[0].json == {"file": file, "schema": SCHEMA.json}


def test_bad_input_is_refused_before_anything_is_sent():
    steps, error = play(extract(file="missing.pdf"))
    assert (steps, type(error)) == ([], SourceError)


def test_large_content_is_uploaded_once_and_referred_to():
    machine, data = flows(), b"x" * 600_000
    file = httpx.Response(200, json={"file_id": "f-1", "url": "ch://files/f-1"})
    steps, _ = play(extract(machine, data), file, task("Succeeded"))
    assert [step.path for step in steps] == ["/files", "/tasks/extract"]
    assert steps[0].upload.content.size == 600_000
    assert steps[1].json["file"] == "ch://files/f-1"
    steps, _ = play(extract(machine, data), task("Succeeded"))
    assert [step.path for step in steps] == ["/tasks/extract"]


def test_an_upload_that_another_caller_makes_is_waited_for():
    machine, data = flows(), b"x" * 600_000
    first = machine.upload(data)
    assert isinstance(first.send(next(first).call()), Send)
    second = machine.upload(data)
    looked = next(second)
    assert second.send(looked.call()) == Sleep(0.05)
    file = httpx.Response(200, json={"file_id": "f-1"}, request=httpx.Request("POST", "http://chunkr.test/files"))
    with pytest.raises(StopIteration):
        first.send(file)
    with pytest.raises(StopIteration) as end:
        second.send(None)
    assert end.value.value.file_id == "f-1"


def test_an_upload_that_failed_can_be_tried_again():
    machine, data = flows(max_retries=0), b"x" * 600_000
    _, error = play(machine.upload(data), httpx.Response(400, text="no"))
    assert isinstance(error, BadRequestError)
    _, file = play(machine.upload(data), httpx.Response(200, json={"file_id": "f-2"}))
    assert file.file_id == "f-2"


def test_a_lost_upload_is_found_by_its_hash_instead_of_sent_again():
    machine, data = flows(), b"x" * 600_000
    kept = {}

    def listed(step):
        other = {"file_id": "f-0", "file_name": "a.txt", "metadata": {}}
        return httpx.Response(200, json={"files": [other, {"file_id": "f-1", "file_name": "a.txt", "metadata": kept}]})

    def lost(step):
        import json

        kept.update(json.loads(step.upload.metadata))
        return LOST

    steps, file = play(machine.upload(data, file_name="a.txt"), lost, listed)
    assert [type(step) for step in steps] == [Send, Sleep, Send]
    assert file.file_id == "f-1"


def test_the_pause_between_questions_grows_with_the_age_of_the_task():
    clock = Clock()
    machine = flows(clock, polling=Polling(shortest=1, share=0.5, longest=8))
    steps, _ = play(extract(machine), task(), *[task("Processing")] * 7, task("Succeeded"), clock=clock)
    pauses = [step.seconds for step in steps if isinstance(step, Sleep)]
    assert pauses == [1, 1, 1, 1.5, 2.25, 3.375, 5.0625, 7.59375]


def test_waiting_ends_with_the_task_id_and_a_last_question():
    clock = Clock()
    steps, error = play(extract(flows(clock), timeout=1.2), task(), *[task("Processing")] * 3, clock=clock)
    assert [step.seconds for step in steps if isinstance(step, Sleep)] == pytest.approx([0.5, 0.5, 0.2])
    assert isinstance(error, TaskTimeoutError)
    assert (error.task_id, error.timeout, error.source) == ("t-1", 1.2, "a.txt")
    assert "result('t-1', ...)" in str(error)


def test_result_goes_on_with_a_task():
    steps, found = play(
        flows().result("t-1", SCHEMA, Options(), timeout=None),
        task("Succeeded", file_info={"url": "", "name": "a.pdf"}),
    )
    assert steps == [GET]
    assert (found.value, found.source.name, found.source.uri) == (Total(total=5), "a.pdf", "task:t-1")


def test_the_result_of_a_task_that_is_there_is_not_asked_for():
    done = Task.model_validate(task("Succeeded").json())
    steps, found = play(flows().result(done, SCHEMA, Options(), timeout=None))
    assert (steps, found.value) == ([], Total(total=5))


def test_a_parse_task_has_no_result():
    _, error = play(flows().result("t-1", SCHEMA, Options(), timeout=None), task("Succeeded", task_type="Parse"))
    assert isinstance(error, ConfigurationError)


def test_tasks_that_end_badly_are_errors_that_name_the_input():
    _, error = play(extract(), task("Failed", message="Unsupported file type"))
    assert isinstance(error, TaskFailedError)
    assert str(error).startswith("a.txt: task t-1 failed: Unsupported file type. ")
    _, error = play(extract(), task("Cancelled"))
    assert isinstance(error, TaskCancelledError)


def test_several_classes_use_one_parse():
    steps, found = play(
        flows().extract_all(b"Hello", [SCHEMA, SCHEMA, SCHEMA], Options(), file_name="a.txt", timeout=None),
        task("Succeeded", parse_task_id="p-1"),
        task("Starting", "t-2"),
        task("Starting", "t-3"),
        task("Succeeded", "t-2"),
        task("Succeeded", "t-3"),
    )
    sent = [step for step in steps if isinstance(step, Send)]
    assert [step.json["file"] for step in sent[:3]] == [BODY["file"], "p-1", "p-1"]
    assert "file_name" not in sent[1].json
    assert [step.path for step in sent[3:]] == ["/tasks/t-2/extract", "/tasks/t-3/extract"]
    assert [one.task_id for one in found] == ["t-1", "t-2", "t-3"]
    assert found[2].source == found[0].source


# --- sending again ---


def test_a_create_that_was_not_sent_is_sent_again_with_the_same_key():
    steps, _ = play(extract(), REFUSED, task("Succeeded"))
    assert steps == [CREATE, Sleep(0.25), CREATE]


def test_retry_after_is_waited_for_and_a_tenth_more_at_most():
    answer = httpx.Response(429, text="Rate limit exceeded", headers={"retry-after": "3"})
    steps, _ = play(extract(), answer, task("Succeeded"))
    assert steps == [CREATE, Sleep(3 * 1.05), CREATE]


def test_retry_after_in_milliseconds_wins_and_counts_when_polling_too():
    answer = httpx.Response(503, headers={"retry-after": "30", "retry-after-ms": "200"})
    steps, _ = play(extract(), task(), answer, task("Succeeded"))
    assert steps == [CREATE, Sleep(0.5), GET, Sleep(pytest.approx(0.21)), GET]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "header", [{"retry-after-ms": "1500"}, {"retry-after": "1.5"}], ids=lambda one: next(iter(one))
)
def test_every_kind_of_call_waits_as_long_as_the_server_asks(kind, header):
    for status in (408, 409, 425, 429, 500, 502, 503, 504):
        step = Send("GET", "/x", kind)
        refusal = httpx.Response(status, text="Rate limit exceeded", headers=header)
        done = httpx.Response(200, json={})
        steps, found = play(flows().sending.send(step, read_json), refusal, done)
        assert steps == [step, Sleep(pytest.approx(1.5 * 1.05)), step], status
        assert found == {}


def test_a_used_up_plan_is_not_waited_for():
    steps, error = play(extract(), httpx.Response(429, text="Usage limit exceeded"))
    assert steps == [CREATE]
    assert isinstance(error, RateLimitError)


def test_a_server_that_asks_for_an_hour_is_not_waited_for():
    steps, error = play(extract(), httpx.Response(429, headers={"retry-after": "3600"}))
    assert steps == [CREATE]
    assert (type(error), error.retry_after) == (RateLimitError, 3600)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 413])
def test_what_would_bring_the_same_answer_is_not_sent_again(status):
    steps, _ = play(extract(), httpx.Response(status, text="no"))
    assert steps == [CREATE]


def test_there_is_an_end_to_it():
    steps, error = play(extract(flows(max_retries=2)), REFUSED, REFUSED, REFUSED)
    assert steps == [CREATE, Sleep(0.25), CREATE, Sleep(0.5), CREATE]
    assert isinstance(error, APIConnectionError)
    assert "http://chunkr.test/tasks/extract: refused" in str(error)


def test_polling_is_more_patient_and_its_error_names_the_task():
    clock = Clock()
    steps, error = play(extract(flows(clock, max_retries=1)), task(), *[REFUSED] * 4, clock=clock)
    assert [step for step in steps if isinstance(step, Send)] == [CREATE, GET, GET, GET, GET]
    assert isinstance(error, APIConnectionError)
    assert "result('t-1', ...)" in str(error)
    assert error.task_id == "t-1"


def test_a_strange_answer_to_a_question_is_asked_again_and_then_told():
    steps, _ = play(extract(), task(), httpx.Response(200, text="<html>"), task("Succeeded"))
    assert steps == [CREATE, Sleep(0.5), GET, Sleep(0.25), GET]
    _, error = play(extract(flows(max_retries=0)), task(), httpx.Response(200, json={"status": 3}))
    assert isinstance(error, APIResponseError)
    assert error.body == '{"status":3}'


def test_nothing_is_sent_after_the_deadline():
    clock = Clock()
    steps, error = play(extract(flows(clock), timeout=1.0), *[REFUSED] * 9, clock=clock)
    assert isinstance(error, APIConnectionError)
    assert clock.seconds < 1001
    assert [step.timeout for step in steps if isinstance(step, Send)] == [1.0, 0.75, 0.25]


def test_no_time_at_all_is_a_timeout():
    machine = flows()
    _, error = play(machine.submit(b"Hello", SCHEMA, Options(), file_name="a.txt", deadline=-math.inf))
    assert isinstance(error, APITimeoutError)


def test_a_deletion_whose_answer_was_lost_is_done_when_nothing_is_left():
    from chunkr_integrations.client import _requests as requests
    from chunkr_integrations.client._responses import read_nothing

    sending = flows().sending
    gone = httpx.Response(404, text="Task not found")
    _, result = play(sending.send(requests.delete_task("t-1"), read_nothing), LOST, gone)
    assert result is None
    _, error = play(sending.send(requests.delete_task("t-1"), read_nothing), httpx.Response(404))
    assert isinstance(error, NotFoundError)


# --- a create whose answer was lost ---


@pytest.mark.parametrize(
    "lost", [LOST, httpx.RemoteProtocolError("closed"), httpx.Response(502), httpx.Response(200, text="{")]
)
def test_a_create_that_may_have_been_received_is_looked_for_before_it_is_sent_again(lost):
    steps, _ = play(extract(), lost, page(), task("Succeeded"))
    assert steps == [CREATE, Sleep(0.25), LIST, CREATE]


def test_a_task_that_was_made_is_found_and_proven_by_its_document():
    document = {"url": base64.b64encode(b"Hello").decode(), "name": "a.txt"}
    steps, found = play(extract(), LOST, page(mine()), mine(file_info=document), task("Succeeded"))
    assert steps == [CREATE, Sleep(0.25), LIST, PROOF, Sleep(0.5), GET]
    assert found.task_id == "t-1"


def test_a_found_task_that_is_done_is_asked_for_its_output():
    done = mine(status="Succeeded", output=None)
    steps, found = play(extract(), LOST, page(done), done, task("Succeeded"))
    assert steps == [CREATE, Sleep(0.25), LIST, PROOF, DIGEST, GET]
    assert found.value == Total(total=5)


def test_a_task_of_another_document_is_not_taken():
    other = {"url": base64.b64encode(b"Other").decode(), "name": "a.txt"}
    steps, _ = play(extract(), LOST, page(mine()), mine(file_info=other), task("Succeeded", "t-2"))
    assert steps == [CREATE, Sleep(0.25), LIST, PROOF, CREATE]


def test_the_only_candidate_is_taken_when_the_server_gives_no_documents():
    steps, found = play(extract(), LOST, page(mine()), mine(), task("Succeeded"))
    assert steps[-1] == GET
    assert found.task_id == "t-1"


def test_between_two_candidates_the_client_does_not_guess():
    candidates = page(mine(), mine(task_id="t-2"))
    steps, error = play(extract(), LOST, candidates, mine(), mine(task_id="t-2"))
    assert isinstance(error, APITimeoutError)
    assert "may have received the request" in str(error)
    assert [step for step in steps if step == CREATE] == [CREATE]


def test_a_link_proves_the_document_where_the_server_does_not_give_it():
    right, wrong = (hashlib.sha256(data).hexdigest() for data in (b"Hello", b"Other"))
    steps, found = play(
        extract(), LOST, page(mine(task_id="t-2"), mine()), mine(task_id="t-2"), wrong, mine(), right, task("Succeeded")
    )
    assert steps[3:7] == [replace(PROOF, path="/tasks/t-2/extract"), DIGEST, PROOF, DIGEST]
    assert found.task_id == "t-1"
    steps, _ = play(extract(), LOST, page(mine()), mine(), wrong, task("Succeeded"))
    assert steps[-2:] == [DIGEST, CREATE]


LARGE = b"0123456789abcdef" * 40_000
UPLOADED = httpx.Response(
    200,
    json={
        "file_id": "f-1",
        "file_name": "a.txt",
        "content_type": "text/plain",
        "file_size": len(LARGE),
        "metadata": {},
        "created_at": NOW.isoformat(),
        "url": "ch://files/f-1",
    },
)


def test_a_task_of_an_uploaded_document_is_told_by_its_link_or_by_what_the_link_leads_to():
    linked = mine(file_info={"url": "https://s.example/f-1/a.txt?sig=x", "name": "a.txt"})
    other = mine(task_id="t-2")
    steps, found = play(
        extract(file=LARGE), UPLOADED, LOST, page(other, linked), other, "another", linked, task("Succeeded")
    )
    assert [step for step in steps if isinstance(step, Digest)] == [Digest("https://s.example/x", len(LARGE))]
    assert PROOF not in steps
    assert found.task_id == "t-1"
    digest = hashlib.sha256(LARGE).hexdigest()
    _, found = play(
        extract(file=LARGE), UPLOADED, LOST, page(other, mine()), other, "another", mine(), digest, task("Succeeded")
    )
    assert found.task_id == "t-1"
    steps, _ = play(extract(file=LARGE), UPLOADED, LOST, page(other), other, "another", task("Succeeded"))
    assert [step.path for step in steps if isinstance(step, Send)].count("/tasks/extract") == 2


@pytest.mark.parametrize(
    "difference",
    [
        {"configuration": {"schema": {"type": "object"}}},
        {"configuration": {"schema": SCHEMA.json, "system_prompt": "Another."}},
        {"file_info": {"url": "", "name": "b.txt"}},
        {"created_at": (NOW - timedelta(seconds=61)).isoformat()},
        {"created_at": None},
        {"task_type": "Parse"},
    ],
)
def test_a_task_of_another_question_is_no_candidate(difference):
    steps, _ = play(extract(), LOST, page(mine(**difference)), task("Succeeded"))
    assert steps == [CREATE, Sleep(0.25), LIST, CREATE]


def test_a_parse_configuration_is_compared_as_far_as_it_was_sent():
    options = to_options(parse_configuration={"ocr_strategy": "Auto"})
    echo = {"schema": SCHEMA.json, "parse_configuration": {"ocr_strategy": "Auto", "error_handling": "Fail"}}
    _, found = play(extract(options=options), LOST, page(mine(configuration=echo)), mine(), task("Succeeded"))
    assert found.task_id == "t-1"
    echo = {"schema": SCHEMA.json, "parse_configuration": {"ocr_strategy": "All"}}
    steps, _ = play(extract(options=options), LOST, page(mine(configuration=echo)), task("Succeeded"))
    assert steps[-1] == steps[0]


def test_the_servers_clock_counts_when_it_tells_the_time():
    behind = NOW - timedelta(hours=1)
    made = mine(created_at=behind.isoformat())
    _, found = play(extract(), LOST, page(made, date=behind), mine(), task("Succeeded"))
    assert found.task_id == "t-1"
    before = mine(created_at=(behind - timedelta(seconds=3)).isoformat())
    steps, _ = play(extract(), LOST, page(before, date=behind), task("Succeeded"))
    assert steps[-1] == CREATE


def test_the_look_goes_on_to_the_next_page_while_tasks_are_new_enough():
    other = mine(task_id="t-9", configuration={"schema": {}})
    steps, found = play(extract(), LOST, page(other, more="c-1"), page(mine()), mine(), task("Succeeded"))
    assert dict(steps[3].params)["cursor"] == "c-1"
    assert found.task_id == "t-1"


def test_tasks_that_the_client_knows_are_not_taken_for_another():
    machine = flows()
    play(extract(machine), task("Succeeded"))
    steps, _ = play(extract(machine), LOST, page(mine()), task("Succeeded", "t-2"))
    assert steps == [CREATE, Sleep(0.25), LIST, CREATE]


def test_a_look_that_fails_ends_it_without_sending_again():
    steps, error = play(extract(), httpx.Response(500, text="oops"), httpx.Response(404, text="no such route"))
    assert steps == [CREATE, Sleep(0.25), LIST]
    assert isinstance(error, InternalServerError)
    assert "may have received the request" in str(error)


def test_the_last_attempt_is_looked_for_too():
    steps, found = play(extract(flows(max_retries=0)), LOST, page(mine()), mine(), task("Succeeded"))
    assert found.task_id == "t-1"
    steps, error = play(extract(flows(max_retries=0)), LOST, page())
    assert steps == [CREATE, Sleep(0.25), LIST]
    assert isinstance(error, APITimeoutError)


# --- the rate limit ---


def test_creates_keep_their_distance_and_questions_do_not():
    clock = Clock()
    machine = flows(clock, rate_limit=10.0)
    play(extract(machine), task("Succeeded"), clock=clock)
    steps, _ = play(extract(machine), task("Succeeded"), clock=clock)
    assert steps == [Sleep(pytest.approx(0.1)), CREATE]


def test_a_429_holds_up_the_others_too():
    clock = Clock()
    machine = flows(clock, rate_limit=10.0)
    first = extract(machine)
    next(first)
    limited = httpx.Response(429, headers={"retry-after": "4"}, request=httpx.Request("POST", "http://chunkr.test/"))
    assert first.send(limited) == Sleep(4.2)
    assert next(extract(machine)) == Sleep(pytest.approx(4.2))
