"""Any Pydantic class in, the same class out: its JSON Schema for the service, and the way back from `results`."""

from ._compiled import CompiledSchema, compile_schema
from ._inline import Change
from ._reading import Reading

__all__ = ["Change", "CompiledSchema", "Reading", "compile_schema"]
