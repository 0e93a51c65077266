"""The same extraction as a step of a distributed engine.

Ray Data hands batches of columns to workers that live as long as the job; each keeps its client, and with it the
embedded engine, warm. Nothing here imports Ray: a batch is a mapping of columns, so any engine of that kind will do.
"""

from chunkr_integrations.scale.batches import ExtractBatch

__all__ = ["ExtractBatch"]
