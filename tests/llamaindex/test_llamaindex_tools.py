from __future__ import annotations

import json
import pickle

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, MessageRole, TextBlock, ToolCallBlock
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.tools import FunctionTool, ToolOutput
from llama_index.core.tools.calling import acall_tool, call_tool
from llama_index.core.tools.tool_spec.base import BaseToolSpec
from llama_index.core.workflow import Context, JsonSerializer
from scripted_service import KEY, Order, answer, write

from chunkr_integrations.exceptions import ConfigurationError, TaskFailedError
from chunkr_integrations.llamaindex import ChunkrToolSpec, read_artifact


@pytest.fixture
def spec(folder, client):
    return ChunkrToolSpec(Order, root=folder, client=client)


@pytest.fixture
def tool(spec):
    (tool,) = spec.to_tool_list()
    return tool


def test_it_is_a_tool_spec(spec, tool):
    assert isinstance(spec, BaseToolSpec)
    assert isinstance(tool, FunctionTool)
    assert tool.metadata.name == "chunkr_extract"
    assert "Fields: number, total, lines" in tool.metadata.description
    assert list(tool.metadata.get_parameters_dict()["properties"]) == ["reference"]


async def test_the_model_gets_json_and_code_the_evidence(tool):
    """Not Python's repr of a dict."""
    for output in (tool.call(reference="a.txt"), await tool.acall(reference="a.txt")):
        assert isinstance(output, ToolOutput)
        assert json.loads(output.content)["values"]["number"] == "N-a"
        value, citations = read_artifact(json.loads(json.dumps(output.raw_output)), Order)
        assert value == Order.model_validate(answer("N-a")["results"])
        assert citations["total"][0].page_number == 2
        assert output.raw_input == {"reference": "a.txt"}


async def test_code_calls_the_spec(spec, folder, async_client):
    assert spec.extract("a.txt").confidence["total"] == "Low"
    assert (await spec.aextract("a.txt")).value.number == "N-a"
    twin = ChunkrToolSpec(Order, root=folder, async_client=async_client)
    assert (await twin.aextract("b.txt")).value.number == "N-b"


@pytest.mark.parametrize(
    "script", [{"http": 402}, {"http": 429}, {"failed": "secret words"}, {"results": {"number": "secret words"}}]
)
async def test_what_goes_wrong_reaches_the_model_in_words_fit_for_it(tmp_path, client, script):
    write(tmp_path, "a", **script)
    (tool,) = ChunkrToolSpec(Order, root=tmp_path, client=client).to_tool_list()
    for output in (call_tool(tool, {"reference": "a.txt"}), await acall_tool(tool, {"reference": "a.txt"})):
        assert output.is_error
        assert "a.txt: the extraction service" in output.content
        assert not any(secret in output.content for secret in ("secret", KEY, str(tmp_path), "scripted"))


@pytest.mark.parametrize("reference", ["../b.txt", "/etc/passwd", "file:///etc/passwd", "http://169.254.169.254/"])
def test_nothing_outside_is_reached(tmp_path, service, client, reference):
    (tmp_path / "in").mkdir()
    write(tmp_path, "b")
    (tool,) = ChunkrToolSpec(Order, root=tmp_path / "in", client=client).to_tool_list()
    assert "there is no such document" in call_tool(tool, {"reference": reference}).content
    assert service.forms == []


def test_forged_arguments_change_nothing(tool, service):
    forged = {"reference": "a.txt", "output_cls": {"type": "string"}, "root": "/"}
    output = call_tool(tool, forged)
    assert output.is_error  # the function has one parameter
    assert service.forms == []


def test_code_gets_the_error_itself(tmp_path, client):
    write(tmp_path, "a", failed="no pages")
    with pytest.raises(TaskFailedError, match="no pages"):
        ChunkrToolSpec(Order, root=tmp_path, client=client).extract("a.txt")


def test_a_spec_that_leads_nowhere_is_refused():
    with pytest.raises(ConfigurationError, match="root="):
        ChunkrToolSpec(Order)


def test_a_spec_can_be_pickled_and_shows_no_key(folder):
    spec = ChunkrToolSpec(Order, root=folder, api_key=KEY)
    assert KEY not in repr(spec) + str(vars(spec))
    pickle.loads(pickle.dumps(spec)).close()


class TestAgent:
    """A real agent's loop with a model that follows a script: ask for two documents, then answer."""

    @staticmethod
    def model(heard):
        def respond(messages, **_):
            results = [message for message in messages if message.role == MessageRole.TOOL]
            heard[:] = [message.content for message in results]
            if results:
                return ChatMessage(role="assistant", blocks=[TextBlock(text=f"{len(results)} results")])
            calls = [
                ToolCallBlock(tool_call_id=str(n), tool_name="chunkr_extract", tool_kwargs={"reference": reference})
                for n, reference in enumerate(("a.txt", "b.txt"))
            ]
            return ChatMessage(role="assistant", blocks=calls)

        return MockFunctionCallingLLM(response_generator=respond, is_chat_model=True)

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the workflow engine looks at every attribute
    async def test_an_error_does_not_end_the_run_and_the_context_can_be_written_down(self, tmp_path, async_client):
        write(tmp_path, "a")
        write(tmp_path, "b", http=402)
        heard: list[str] = []
        tools = ChunkrToolSpec(Order, root=tmp_path, async_client=async_client).to_tool_list()
        agent = FunctionAgent(tools=tools, llm=self.model(heard), streaming=False)
        context = Context(agent)
        answered = await agent.run("What was ordered?", ctx=context)
        assert str(answered) == "2 results"
        error, values = sorted(heard)  # they come as they finish
        assert error.startswith("b.txt: the extraction service's plan is used up")
        assert json.loads(values)["values"]["number"] == "N-a"
        first, second = sorted(answered.tool_calls, key=lambda call: call.tool_kwargs["reference"])
        assert read_artifact(first.tool_output.raw_output, Order)[0].number == "N-a"
        assert second.tool_output.is_error
        json.dumps(context.to_dict(serializer=JsonSerializer()))
