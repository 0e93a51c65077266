"""Framework-neutral documents: what LangChain's loader and LlamaIndex's reader have in common."""

from chunkr_integrations.documents.metadata import (
    CITATIONS_KEY,
    HEAVY_KEYS,
    flatten_metadata,
    nest_metadata,
    restore_citations,
)
from chunkr_integrations.documents.quoting import Quote, to_quotes
from chunkr_integrations.documents.records import (
    Content,
    MetadataMode,
    Part,
    Record,
    RecordOptions,
    SplitBy,
    to_records,
)
from chunkr_integrations.documents.stores import Store, check_metadata

__all__ = [
    "CITATIONS_KEY",
    "HEAVY_KEYS",
    "Content",
    "MetadataMode",
    "Part",
    "Quote",
    "Record",
    "RecordOptions",
    "SplitBy",
    "Store",
    "check_metadata",
    "flatten_metadata",
    "nest_metadata",
    "restore_citations",
    "to_quotes",
    "to_records",
]
