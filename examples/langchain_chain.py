"""A chain from a file to a model's answer; the prompt holds the typed values and where they stand."""

from __future__ import annotations

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


extractor = ChunkrExtractor(output_schema=Invoice, include_raw=True)
prompt = ChatPromptTemplate.from_template("When is this invoice due? {invoice} The values stand on: {pages}")
model = FakeListChatModel(responses=["It is due on 13 April 2025 (page 1)."])  # your chat model here

print(extractor.invoke(FILE)["parsed"].due_date)
print((extractor | with_pages | prompt | model | StrOutputParser()).invoke(FILE))
