"""A structured program that reads documents instead of prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from llama_index.core.types import BasePydanticProgram
from pydantic import BaseModel

from chunkr_integrations.llamaindex._extracting import Extracting, ExtractingOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from chunkr_integrations.extraction import Extraction

__all__ = ["ChunkrProgram"]

Model = TypeVar("Model", bound=BaseModel)


class ChunkrProgram(BasePydanticProgram[Model]):
    """A document in, an instance of the class out; as `FunctionCallingProgram`, with a file in place of a prompt.

    Examples:
        ```
        program = ChunkrProgram(Invoice)
        invoice = program(file="invoice.pdf")
        invoice = await program.acall(file="invoice.pdf")
        found = program.extract(file="invoice.pdf")   # found.value, and found.citations["total"]
        ```

    Args:
        output_cls: The Pydantic class.
        **options: `system_prompt`, `parse_configuration`, `expires_in`, `timeout`, `locale` as in `Client.extract`;
            `client`, `async_client`, `api_key`, `base_url`, `ledger` as in `ChunkrReader`.
    """

    def __init__(self, output_cls: type[Model], **options: Unpack[ExtractingOptions]) -> None:
        self._extracting: Extracting[Model] = Extracting(output_cls, **options)

    @property
    def output_cls(self) -> type[Model]:
        """The class of the objects."""
        return self._extracting.output_cls

    def __call__(self, file: Any, *, file_name: str | None = None) -> Model:
        """The object of one document.

        Args:
            file: A path, URL, bytes, binary file, uploaded file or parse task.
            file_name: The name to send, for bytes.
        """
        return self.extract(file, file_name=file_name).value

    async def acall(self, file: Any, *, file_name: str | None = None) -> Model:
        """The async twin of a call."""
        return (await self.aextract(file, file_name=file_name)).value

    def extract(self, file: Any, *, file_name: str | None = None) -> Extraction[Model]:
        """The same with the evidence: the object, its citations and confidence."""
        return self._extracting.extract(file, file_name)

    async def aextract(self, file: Any, *, file_name: str | None = None) -> Extraction[Model]:
        """The async twin of `extract`."""
        return await self._extracting.aextract(file, file_name)

    def close(self) -> None:
        """Close the client that was made here; another is made when needed."""
        self._extracting.connection.close()
