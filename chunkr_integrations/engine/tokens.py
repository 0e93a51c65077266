"""How long a text is, in the tokens that a request asks for. Nothing is downloaded: what is not here is refused."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.errors import UnsupportedOptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PREDEFINED", "counter"]

# Where the predefined ones are on Hugging Face, under their present and their former name.
_REPOSITORIES = {
    "XlmRobertaBase": ("FacebookAI/xlm-roberta-base", "xlm-roberta-base"),
    "BertBaseUncased": ("google-bert/bert-base-uncased", "bert-base-uncased"),
}
PREDEFINED = ("Word", "Cl100kBase", *_REPOSITORIES)
_MODEL_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)
# tiktoken keeps a vocabulary under the digest of the address it would be downloaded from (tiktoken/load.py).
_CL100K = hashlib.sha1(  # noqa: S324 - a file name, not a secret
    b"https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"
).hexdigest()


def counter(tokenizer: Mapping[str, Any] | str | None) -> Callable[[str], int]:
    """What counts the tokens of a text.

    Args:
        tokenizer: As on the wire: ``{"Enum": "Word"}``, ``{"String": "facebook/bart-large"}``; None and the bare name
            of a predefined one are understood, too. "Word" counts what white space parts.

    Raises:
        UnsupportedOptionError: It is not known, or its vocabulary is not on this machine.
    """
    wire = tokenizer if isinstance(tokenizer, dict) else {"Enum": "Word" if tokenizer is None else tokenizer}
    name, model = wire.get("Enum"), wire.get("String")
    if len(wire) == 1 and name in PREDEFINED:
        return _predefined(str(name))
    if len(wire) == 1 and isinstance(model, str) and _MODEL_ID.fullmatch(model):
        return _hugging_face((model,), model)
    raise UnsupportedOptionError(
        f"chunk_processing.tokenizer is {tokenizer!r}, which names no tokenizer. "
        f'Use {{"Enum": one of {", ".join(PREDEFINED)}}}, or {{"String": the id of a Hugging Face model}}.'
    )


def _predefined(name: str) -> Callable[[str], int]:
    if name == "Word":
        return _words
    return _cl100k() if name == "Cl100kBase" else _hugging_face(_REPOSITORIES[name], name)


def _words(text: str) -> int:
    return len(text.split())


def _cl100k() -> Callable[[str], int]:
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    folder = folder or str(Path(tempfile.gettempdir()) / "data-gym-cache")
    if not (Path(folder) / _CL100K).is_file():
        raise _absent("Cl100kBase", f"Have tiktoken put it into {folder} once (or set TIKTOKEN_CACHE_DIR)")
    try:
        import tiktoken  # noqa: PLC0415 - asked for by few requests
    except ImportError as error:
        raise _absent("Cl100kBase", "Install tiktoken") from error
    encoding = tiktoken.get_encoding("cl100k_base")
    return lambda text: len(encoding.encode(text, disallowed_special=()))


def _hugging_face(repositories: tuple[str, ...], shown: str) -> Callable[[str], int]:
    try:
        from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - as tiktoken

        for repository in repositories:
            path = try_to_load_from_cache(repository, "tokenizer.json", cache_dir=os.environ.get("HF_HUB_CACHE"))
            if isinstance(path, str):
                return _loaded(path)
    except ImportError as error:
        raise _absent(shown, "Install tokenizers") from error
    raise _absent(shown, f"Put it there once with: hf download {repositories[0]} tokenizer.json")


@lru_cache(maxsize=8)
def _loaded(path: str) -> Callable[[str], int]:
    from tokenizers import Tokenizer  # noqa: PLC0415 - as tiktoken

    made = Tokenizer.from_file(path)
    return lambda text: len(made.encode(text, add_special_tokens=False).ids)


def _absent(name: str, cure: str) -> UnsupportedOptionError:
    return UnsupportedOptionError(
        f"chunk_processing.tokenizer asks for {name}, whose vocabulary is not on this machine, and nothing is "
        f'downloaded. {cure}, or use {{"Enum": "Word"}}.'
    )
