"""Mail (RFC 5322, .eml): its subject, who wrote to whom and when, its text, and the names of what is attached.

The HTML of a message is read where it has one, as it holds tables; else its plain text. A forwarded message inside is
read like an attachment: by name. Attached documents are not read.
"""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from chunkr_integrations.engine.errors import UnreadableDocumentError
from chunkr_integrations.engine.readers._html import html_blocks
from chunkr_integrations.engine.readers._typeset import Flow, Grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from email.message import EmailMessage, MIMEPart

__all__ = ["mail_blocks"]

_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def mail_blocks(
    data: bytes, name: str, warnings: list[str], text_blocks: Callable[[str], Iterable[Flow]]
) -> Iterator[Flow | Grid]:
    """The blocks of a message.

    Args:
        data: The file.
        name: For messages.
        warnings: Takes a sentence about attachments.
        text_blocks: Makes blocks of plain text.

    Raises:
        UnreadableDocumentError: It has no header of a mail.
    """
    message = message_from_bytes(data, policy=policy.default)
    said = [f"{header}: {value}" for header in _HEADERS if (value := _header(message, header))]
    if not said:
        raise UnreadableDocumentError(
            f"{name} is named as a mail and has none of its headers (From, To, Date, Subject). "
            "Export the message anew, or name the file as what it is."
        )
    yield Flow("\n".join(said), "pre")
    body = message.get_body(preferencelist=("html", "plain"))
    if body is not None:
        text = _text(body)
        yield from html_blocks(text) if body.get_content_subtype() == "html" else text_blocks(text)
    attached = [_called(part) for part in message.iter_attachments()]
    if attached:
        yield Flow("\n".join(f"Attachment: {each}" for each in attached), "pre")
        warnings.append(f"What is attached to {name} was not read ({', '.join(attached)}). Send it by itself.")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, LookupError, IndexError, AttributeError):  # the standard library fails on some damaged headers
        return ""


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # a charset that is unknown, or not what was used
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _called(part: MIMEPart) -> str:
    return " ".join((part.get_filename() or f"a part of the kind {part.get_content_type()}").split())
