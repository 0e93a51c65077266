"""Any Pydantic class in, the same class out: its JSON Schema for the service, and the way back from `results`."""

from ._compiled import CompiledSchema, Reading, compile_schema
from ._inline import Change

__all__ = ["Change", "CompiledSchema", "Reading", "compile_schema"]
