"""Documents without pages: plain text, Markdown, HTML, XML, mail, Word; see `_typeset` for the units of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chunkr_integrations.engine import sniff
from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.readers._typeset import Flow, Grid, GridCell, typeset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

    from chunkr_integrations.engine.layout import RawPage

__all__ = ["decoded", "read_flow"]

_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9._-]+)", re.IGNORECASE)


def read_flow(data: bytes, kind: str, name: str, warnings: list[str]) -> Iterator[RawPage]:
    """The virtual pages of a document of flowing text."""
    if kind == sniff.DOCX:
        from chunkr_integrations.engine.readers._word import word_blocks  # noqa: PLC0415 - only for Word files

        return typeset(word_blocks(data, name, warnings))
    if kind == sniff.XML:
        from chunkr_integrations.engine.readers._xml import xml_blocks  # noqa: PLC0415 - only for XML

        return typeset(xml_blocks(data, name))
    if kind == sniff.EML:
        from chunkr_integrations.engine.readers._mail import mail_blocks  # noqa: PLC0415 - only for mail

        return typeset(mail_blocks(data, name, warnings, _text_blocks))
    text = decoded(data, name)
    if kind == sniff.HTML:
        from chunkr_integrations.engine.readers._html import html_blocks  # noqa: PLC0415 - only for HTML

        return typeset(html_blocks(text))
    return typeset(_markdown_blocks(text) if kind == sniff.MARKDOWN else _text_blocks(text))


def decoded(data: bytes, name: str) -> str:
    """The text in the encoding its mark or declaration names, else UTF-8, else Windows-1252.

    Raises:
        UnreadableDocumentError: It is in none of them.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    declared = _CHARSET.search(data[:1024])
    for encoding in ("utf-8", declared[1].decode("ascii") if declared else "cp1252", "cp1252", "latin-1"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):  # noqa: PERF203 - four rounds
            continue
    raise UnreadableDocumentError(f"{name} is in an unknown text encoding. Save it as UTF-8.")


def _text_blocks(text: str) -> Iterator[Flow]:
    """Paragraphs at empty lines; a form feed ends a page."""
    for number, page in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\f")):
        if number:
            yield Flow("", "page_break")
        for paragraph in re.split(r"\n[ \t]*\n", page):
            if paragraph.strip():
                yield Flow(paragraph.strip("\n"), "pre")


def _markdown_blocks(text: str) -> Iterable[Flow | Grid]:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only for Markdown

    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return _of_tokens(tokens)


def _of_tokens(tokens: list[Token]) -> Iterator[Flow | Grid]:
    stack: list[Token] = []
    rows: list[list[GridCell]] = []
    first_in_item = False
    for token in tokens:
        if token.nesting > 0:
            stack.append(token)
            first_in_item = token.type == "list_item_open" or (first_in_item and token.type == "paragraph_open")
            if token.type == "tr_open":
                rows.append([])
        elif token.nesting < 0:
            stack.pop()
            if token.type == "table_close":
                yield Grid(tuple(tuple(row) for row in rows))
                rows = []
        elif token.type == "inline":
            opened = stack[-1].type if stack else ""
            if opened in ("th_open", "td_open"):
                rows[-1].append(GridCell(_inline(token), opened == "th_open"))
            else:
                yield _flow(_inline(token), stack, first=first_in_item)
            first_in_item = False
        elif token.type in ("fence", "code_block"):
            yield Flow(token.content, "pre")
        elif token.type == "html_block":
            from chunkr_integrations.engine.readers._html import html_blocks  # noqa: PLC0415 - HTML inside Markdown

            yield from html_blocks(token.content)


def _flow(text: str, stack: list[Token], *, first: bool) -> Flow:
    opened = stack[-1]
    if opened.type == "heading_open":
        return Flow(text, "heading", int(opened.tag[1:]))
    items = [token for token in stack if token.type == "list_item_open"]
    if items:
        marker = f"{items[-1].info}{items[-1].markup}" if items[-1].info else "•"
        return Flow(f"{marker} {text}" if first else text, "list_item", len(items))
    return Flow(text)


def _inline(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n" if child.type == "hardbreak" else " ")
        elif child.type == "image":
            parts.append(child.content)
        elif child.type == "html_inline" and child.content.casefold().startswith("<br"):
            parts.append("\n")
    return "".join(parts)
