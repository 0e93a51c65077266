"""As langchain_agent.py, with ainvoke, and a database in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractTool, read_artifact

try:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode, tools_condition
except ModuleNotFoundError:
    raise SystemExit(print("This example needs more: pip install langgraph langgraph-checkpoint-sqlite")) from None

tool = ChunkrExtractTool(output_schema=Invoice, root=Path(__file__).parent / "documents")
asks = AIMessage("", tool_calls=[{"name": tool.name, "args": {"reference": "invoice_en.pdf"}, "id": "1"}])
model = GenericFakeChatModel(messages=iter([asks, AIMessage("It is 3,559.20 pounds.")]))  # your model here

graph = StateGraph(MessagesState).add_node("tools", ToolNode([tool]))
graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
graph.add_edge(START, "model").add_conditional_edges("model", tools_condition).add_edge("tools", "model")
thread = {"configurable": {"thread_id": "1"}}


async def main() -> None:
    async with AsyncSqliteSaver.from_conn_string(":memory:") as saver:
        agent = graph.compile(checkpointer=saver)
        print((await agent.ainvoke({"messages": [("user", "What is the total?")]}, thread))["messages"][-1].content)
        kept = (await agent.aget_state(thread)).values["messages"]  # as the database has it
    invoice, citations = read_artifact(kept[2].artifact, Invoice)
    print(invoice.total, "stands on page", citations["total"][0].page_number)


asyncio.run(main())
