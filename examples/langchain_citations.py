"""Into a vector store and back: a retrieved document is its own citation, ready to be quoted."""

from __future__ import annotations

from pathlib import Path

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import InMemoryVectorStore
from models import Invoice

from chunkr_integrations.langchain import ChunkrExtractLoader, check_metadata, to_quotes

FILE = Path(__file__).parent / "documents" / "invoice_en.pdf"

documents = ChunkrExtractLoader(FILE, Invoice, split_by="field", content="text").load()
print([problem for document in documents for problem in check_metadata(document.metadata, store="chroma")])

store = InMemoryVectorStore.from_documents(documents, DeterministicFakeEmbedding(size=16))  # your embedding model here
question = next(document.page_content for document in documents if document.metadata["field"] == "total")
found = store.similarity_search(question, k=1)
print(found[0].page_content)
for quote in to_quotes(found):
    print(quote)
