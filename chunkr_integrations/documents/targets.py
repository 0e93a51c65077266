"""What an output class says about its documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chunkr_integrations.exceptions import ConfigurationError
from chunkr_integrations.schema import CompiledSchema, compile_schema

if TYPE_CHECKING:
    from chunkr_integrations.documents.records import RecordOptions

__all__ = ["table_fields", "with_row_field"]


def with_row_field(options: RecordOptions, target: Any) -> RecordOptions:
    """The options with the one list of objects that the class has, where rows are wanted and none is named.

    Raises:
        SchemaError: The class cannot be asked for.
        ConfigurationError: The class has no list of objects, or several.
    """
    schema = compile_schema(target)
    if options.split_by != "row" or options.row_field is not None:
        return options
    tables = tuple(table_fields(schema))
    if len(tables) != 1:
        several = f"{' and '.join(map(repr, tables))} could be meant" if tables else "it has no list of objects"
        msg = f"split_by='row' of {schema.name}: {several}. Name the list with row_field=, or split by 'document'."
        raise ConfigurationError(msg)
    return replace(options, row_field=tables[0])


def table_fields(schema: CompiledSchema[Any]) -> Iterator[str]:
    """Field paths of the lists of objects that are not inside of lists, in the order of the class."""
    yield from (schema.attribute_path(path) for path in _tables(schema.json, ""))


def _tables(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    for kind in (schema, *schema.get("anyOf", ())):
        items = kind.get("items")
        if isinstance(items, Mapping) and any("properties" in one for one in (items, *items.get("anyOf", ()))):
            yield path
            return
        for name, inner in kind.get("properties", {}).items():
            yield from _tables(inner, f"{path}.{name}" if path else str(name))
