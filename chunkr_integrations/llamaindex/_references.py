"""Python objects in JSON: a class or function as the path it is imported from."""

from __future__ import annotations

import importlib
from typing import Any

from chunkr_integrations.exceptions import ConfigurationError

__all__ = ["import_path", "imported"]


def import_path(value: Any, what: str) -> str:
    """`package.module:Class.Inner` of a class or function.

    Raises:
        ConfigurationError: It cannot be imported, as a lambda or a class inside of a function.
    """
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    path = f"{module}:{name}"
    if not module or not name or _find(path) is not value:
        msg = f"{what} {name or value!r} cannot be imported, so not be written down. Define it at the top of a module."
        raise ConfigurationError(msg)
    return path


def imported(path: str) -> Any:
    """The object of an import path; imports its module.

    Raises:
        ConfigurationError: There is none.
    """
    found = _find(path)
    if found is None:
        msg = f"{path} cannot be imported. Install or add to the Python path the module that defines it."
        raise ConfigurationError(msg)
    return found


def _find(path: str) -> Any:
    module, _, name = path.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except ImportError:
        return None
    for step in name.split("."):
        found = getattr(found, step, None)
    return found
