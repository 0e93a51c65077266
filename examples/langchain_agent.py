"""An agent under LangGraph: its checkpoint keeps the tool's artifact, and so the way back to boxes on pages."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractTool, read_artifact

try:
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode, tools_condition
except ModuleNotFoundError:
    raise SystemExit(print("This example needs more: pip install langgraph langgraph-checkpoint-sqlite")) from None

tool = ChunkrExtractTool(output_schema=Invoice, root=Path(__file__).parent / "documents")
asks = AIMessage("", tool_calls=[{"name": tool.name, "args": {"reference": "invoice_en.pdf"}, "id": "1"}])
script = iter([asks, AIMessage("It is 3,559.20 pounds.")])
model = GenericFakeChatModel(messages=script)  # your model here, as your_model.bind_tools([tool])

graph = StateGraph(MessagesState)
graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
graph.add_node("tools", ToolNode([tool]))
graph.add_edge(START, "model").add_conditional_edges("model", tools_condition).add_edge("tools", "model")

thread = {"configurable": {"thread_id": "1"}}
with TemporaryDirectory() as folder, SqliteSaver.from_conn_string(f"{folder}/checkpoints.sqlite") as saver:
    agent = graph.compile(checkpointer=saver)
    print(agent.invoke({"messages": [("user", "What is the total?")]}, thread)["messages"][-1].content)
    kept = agent.get_state(thread).values["messages"]  # as the database has it
invoice, citations = read_artifact(kept[2].artifact, Invoice)
print(invoice.total, "stands on page", citations["total"][0].page_number)
tool.close()
