"""From `pkg.module:Model` to the class."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.exceptions import ConfigurationError, SchemaError

from ._streams import read_text

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["MODEL_HELP", "load_model"]

MODEL_HELP = (
    "what to ask for: a class as pkg.module:Class or path/to/file.py:Class (its module is imported), "
    "or a file with a JSON Schema, schema.json"
)


def load_model(target: str) -> Any:
    """The class, or the JSON Schema, that a command line names. Modules are looked for in the current folder, too.

    Raises:
        ConfigurationError: There is no such module or class, or importing it fails.
        SchemaError: The file is no JSON object.
        SourceError: The file cannot be read.
    """
    if target.endswith(".json"):
        return _json_schema(target)
    module_name, colon, attributes = target.rpartition(":")
    if not colon or not module_name or not attributes:
        raise ConfigurationError(f"--model {target}: there is no class in it. Give it as pkg.module:Class.")
    value: Any = _module(module_name)
    for name in attributes.split("."):
        if not hasattr(value, name):
            raise ConfigurationError(f"--model {target}: {module_name} has no {attributes}. Check the class's name.")
        value = getattr(value, name)
    return value


def _json_schema(path: str) -> dict[str, Any]:
    try:
        schema = json.loads(read_text(path))
    except ValueError as exc:
        raise SchemaError(path, "", f"the file is no JSON: {exc}", cure="Mend the file.") from exc
    if not isinstance(schema, dict):
        raise SchemaError(path, "", "a JSON Schema is an object", cure="Put the fields under 'properties'.")
    return schema


def _module(name: str) -> ModuleType:
    try:
        return _from_file(Path(name)) if name.endswith(".py") else _from_path(name)
    except Exception as exc:  # importing runs the user's code, which may raise anything
        reason = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
        cure = "Give a module that can be imported from here; PYTHONPATH is searched, too."
        raise ConfigurationError(f"--model {name}: importing it failed ({reason}). {cure}") from exc


def _from_path(name: str) -> ModuleType:
    _search(Path.cwd())
    return importlib.import_module(name)


def _from_file(path: Path) -> ModuleType:
    file = path.resolve(strict=True)
    _search(file.parent)  # as `python path/to/file.py` would, so that it finds its neighbours
    name = f"_model_{hashlib.sha256(str(file).encode()).hexdigest()[:8]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:  # pragma: no cover - a path that ends in .py always has a loader
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Pydantic looks annotations up there
    spec.loader.exec_module(module)
    return module


def _search(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
