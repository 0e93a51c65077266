"""As langchain_chain.py, with ainvoke."""

from __future__ import annotations

import asyncio
from pathlib import Path

from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractor

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"


def with_pages(found: dict) -> dict:
    pages = {path: citations[0].page_number for path, citations in found["citations"].items() if citations}
    return {"invoice": found["parsed"].model_dump_json(), "pages": pages}


async def main() -> None:
    extractor = ChunkrExtractor(output_schema=Invoice, include_raw=True)
    prompt = ChatPromptTemplate.from_template("When is this invoice due? {invoice} The values stand on: {pages}")
    model = FakeListChatModel(responses=["It is due on 13 April 2025 (page 1)."])  # your chat model here

    print((await extractor.ainvoke(FILE))["parsed"].due_date)
    print(await (extractor | with_pages | prompt | model | StrOutputParser()).ainvoke(FILE))


asyncio.run(main())
