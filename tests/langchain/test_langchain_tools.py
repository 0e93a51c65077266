from __future__ import annotations

import json
import logging
import pickle

import httpx
import pytest
from langchain_core.load import dumps
from langchain_core.messages import ToolMessage
from langchain_core.tools import ToolException
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from pydantic import ValidationError
from scripted_service import KEY, Order, ScriptedService, answer, write

from chunkr_integrations.client import Client
from chunkr_integrations.exceptions import ConfigurationError, TaskFailedError
from chunkr_integrations.langchain import ChunkrExtractTool, ChunkrToolkit, read_artifact


@pytest.fixture
def tool(folder, client):
    return ChunkrExtractTool(output_schema=Order, root=folder, client=client)


def call(reference="a.txt", **more):
    return {"type": "tool_call", "id": "1", "name": "chunkr_extract", "args": {"reference": reference, **more}}


def resolve(reference):
    return {"order": json.dumps(answer()).encode()}[reference]


class TestStandardUnit(ToolsUnitTests):
    @property
    def tool_constructor(self):
        return ChunkrExtractTool

    @property
    def tool_constructor_params(self):
        return {"output_schema": Order, "resolve": resolve}

    @property
    def tool_invoke_params_example(self):
        return {"reference": "order"}

    @property
    def init_from_env_params(self):
        env = {"CHUNKR_API_KEY": KEY, "CHUNKR_BASE_URL": "http://127.0.0.1:9"}
        expected = {"api_key": KEY, "base_url": "http://127.0.0.1:9"}
        return env, {"output_schema": Order, "resolve": resolve}, expected


class TestStandardIntegration(ToolsIntegrationTests):
    @property
    def tool_constructor(self):
        return ChunkrExtractTool

    @property
    def tool_constructor_params(self):
        return {"output_schema": Order, "resolve": resolve, "client": ScriptedService().client()}

    @property
    def tool_invoke_params_example(self):
        return {"reference": "order"}


def test_direct_use_gives_short_json(tool):
    answered = json.loads(tool.invoke({"reference": "a.txt"}))
    assert answered["document"] == "a.txt"
    assert answered["values"]["lines"] == [{"code": "K-0", "qty": 0}, {"code": "K-1", "qty": 1}]
    assert answered["pages"] == [1, 2]
    assert answered["review"] == [{"field": "total", "reason": "the service's confidence is Low"}]


async def test_a_tool_call_has_an_artifact_that_leads_back(tool):
    for message in (tool.invoke(call()), await tool.ainvoke(call())):
        assert (type(message), message.status) == (ToolMessage, "success")
        artifact = json.loads(json.dumps(message.artifact))  # what a checkpointer keeps
        assert artifact == message.artifact
        value, citations = read_artifact(artifact, Order)
        assert value == Order.model_validate(answer("N-a")["results"])
        assert citations["lines[1].code"][0].content == "K-1"


def test_code_gets_the_extraction(tool):
    found = tool.extract("a.txt")
    assert found.value.number == "N-a"
    assert found.citations["total"][0].page_number == 2


async def test_the_async_client_is_used(folder, service, async_client):
    tool = ChunkrExtractTool(output_schema=Order, root=folder, async_client=async_client)
    assert (await tool.aextract("b.txt")).value.number == "N-b"
    assert (await tool.ainvoke(call("b.txt"))).status == "success"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ({"http": 401}, "credentials"),
        ({"http": 402}, "plan is used up"),
        ({"http": 403}, "credentials"),
        ({"http": 429}, "busy"),
        ({"http": 500}, "failed"),
        ({"http": 422}, "refuses this request"),
        ({"failed": "secret words of the document"}, "could not process"),
        ({"results": {"number": "secret words of the document"}}, "not usable in these fields: "),
    ],
)
async def test_what_the_service_does_wrong_is_a_message(tmp_path, client, script, said):
    """An agent's run goes on; the model hears what to do, and no secret."""
    path = write(tmp_path, "a", **script)
    tool = ChunkrExtractTool(output_schema=Order, root=tmp_path, client=client)
    for message in (tool.invoke(call()), await tool.ainvoke(call())):
        assert message.status == "error"
        assert said in message.content
        assert message.content.startswith("a.txt: ")
        assert not any(secret in message.content for secret in ("secret", KEY, str(tmp_path), "scripted", "data:"))
    assert path.exists()


def test_errors_are_tool_exceptions_when_the_author_wants_them(tmp_path, client):
    """Never a ValidationError, which the base class would take for bad input."""
    write(tmp_path, "a", results={"number": 1})
    tool = ChunkrExtractTool(output_schema=Order, root=tmp_path, client=client, handle_tool_error=False)
    with pytest.raises(ToolException, match="not usable"):
        tool.invoke(call())


def test_code_gets_the_error_itself(tmp_path, client):
    write(tmp_path, "a", failed="no pages")
    with pytest.raises(TaskFailedError, match="no pages"):
        ChunkrExtractTool(output_schema=Order, root=tmp_path, client=client).extract("a.txt")


def test_an_unreachable_service_is_a_message(folder):
    def refuse(request):
        raise httpx.ConnectError("refused", request=request)

    unreachable = Client(KEY, "http://nowhere", http=httpx.Client(transport=httpx.MockTransport(refuse)), max_retries=0)
    tool = ChunkrExtractTool(output_schema=Order, root=folder, client=unreachable)
    message = tool.invoke(call())
    assert (message.status, "cannot be reached" in message.content) == ("error", True)
    assert "nowhere" not in message.content


@pytest.mark.parametrize(
    "reference",
    [
        "../outside.txt",
        "folder/../../outside.txt",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "https://other.example/a.pdf",
        "ch://files/1",
        "data:text/plain;base64,eA==",
        "link.txt",
        ".hidden.txt",
        ".",
        "",
        " ",
        "a.txt\0",
        "x" * 5000,
        "00000000-0000-0000-0000-000000000000",
    ],
)
def test_nothing_outside_is_reached(tmp_path, service, client, reference):
    """What is missing and what is forbidden sound alike."""
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    outside = write(tmp_path, "outside")
    (root / "link.txt").symlink_to(outside)
    (root / ".hidden.txt").write_text(outside.read_text())
    tool = ChunkrExtractTool(output_schema=Order, root=root, client=client)
    message = tool.invoke(call(reference))
    assert message.status == "error"
    assert service.forms == []
    assert str(tmp_path) not in message.content


def test_forged_arguments_change_nothing(tool, service):
    expected = tool.invoke(call()).content
    forged = call(schema={"type": "string"}, system_prompt="Ignore", root="/", user="admin", client=None)
    assert tool.invoke(forged).content == expected
    assert service.forms[0] == service.forms[1]


def test_a_near_miss_is_suggested(tool):
    assert "Did you mean a.txt" in tool.invoke(call("in/a.txt")).content


def test_limits(folder, client):
    small = ChunkrExtractTool(output_schema=Order, root=folder, client=client, max_bytes=10)
    assert "larger than 10 bytes" in small.invoke(call()).content
    pdf = ChunkrExtractTool(output_schema=Order, root=folder, client=client, media_types=["application/pdf"])
    assert "it is text/plain" in pdf.invoke(call()).content


def test_urls_of_allowed_hosts_are_the_services_to_fetch(client):
    tool = ChunkrExtractTool(output_schema=Order, allow_hosts=["Files.example"], client=client)
    source = tool._references.source("https://files.example/a.pdf")
    assert (source.reference, source.content) == ("https://files.example/a.pdf", None)
    for wrong in ("http://files.example/a", "https://files.example:8443/a", "https://u@files.example/a"):
        assert tool.invoke(call(wrong)).status == "error"


def test_a_resolver_decides(client):
    tool = ChunkrExtractTool(output_schema=Order, resolve=resolve, client=client)
    assert tool.invoke(call("order")).status == "success"
    assert "no such document" in tool.invoke(call("other")).content


def test_bad_arguments_are_a_message(tool):
    message = tool.invoke({**call(), "args": {"document": "a.txt"}})
    assert message.status == "error"


def test_long_answers_are_cut_and_artifacts_are_not(tmp_path, client):
    write(tmp_path, "a", lines=500)
    tool = ChunkrExtractTool(output_schema=Order, root=tmp_path, client=client, max_characters=1000)
    message = tool.invoke(call())
    answered = json.loads(message.content)
    assert len(message.content) <= 1000
    assert answered["omitted"] == {"lines": f"{500 - len(answered['values']['lines'])} of 500 items"}
    assert len(message.artifact["results"]["lines"]) == 500


def test_options_that_do_not_exist_are_errors(folder):
    with pytest.raises(ValidationError, match="confidense"):
        ChunkrExtractTool(output_schema=Order, root=folder, confidense=1)
    with pytest.raises(ValidationError, match="confidense"):
        ChunkrToolkit({"order": Order}, root=folder, confidense=1)


def test_a_tool_that_leads_nowhere_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="root="):
        ChunkrExtractTool(output_schema=Order)
    with pytest.raises(ConfigurationError, match="is no folder"):
        ChunkrExtractTool(output_schema=Order, root=tmp_path / "missing")


def test_a_client_and_a_key_contradict_each_other(folder, client, monkeypatch):
    with pytest.raises(ConfigurationError, match="A client and api_key"):
        ChunkrExtractTool(output_schema=Order, root=folder, client=client, api_key=KEY)
    monkeypatch.setenv("CHUNKR_API_KEY", KEY)
    assert ChunkrExtractTool(output_schema=Order, root=folder, client=client).invoke(call()).status == "success"


def test_the_description_is_made_from_the_class(tool):
    assert "Extract Order from a document (An order.). Fields: number, total, lines." in tool.description
    assert list(tool.args) == ["reference"]


def test_a_toolkit_has_a_tool_for_each_class(folder, client):
    tools = ChunkrToolkit({"order": Order, "again": Order}, root=folder, client=client).get_tools()
    assert [tool.name for tool in tools] == ["extract_order", "extract_again"]
    assert all(tool.invoke(call()).status == "success" for tool in tools)


def test_the_key_is_never_shown(folder, caplog):
    tool = ChunkrExtractTool(output_schema=Order, root=folder, api_key=KEY, base_url="http://127.0.0.1:9", timeout=0.01)
    with caplog.at_level(logging.DEBUG):
        message = tool.invoke(call())
    shown = repr(tool) + str(tool) + dumps(tool) + tool.model_dump_json(exclude={"args_schema"}) + caplog.text
    assert KEY not in shown + str(message)


def test_a_tool_can_be_pickled(folder):
    tool = ChunkrExtractTool(output_schema=Order, root=folder, api_key=KEY)
    assert pickle.loads(pickle.dumps(tool)).api_key.get_secret_value() == KEY
