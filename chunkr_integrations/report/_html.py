"""The view as HTML. Every text of a document goes through `_text`; nothing of it is ever markup, script or style."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._pages import PageImage
    from ._view import BoxView, DocumentView, FieldView, PageView, WordView

__all__ = ["ShownPage", "html"]

_STATES = {
    "found": "found",
    "null": "not found",
    "missing": "missing",
    "ungrounded": "no citation",
    "invalid": "invalid",
}
_NOTHING = "\N{EN DASH}"
_REVIEWED = {"ungrounded", "invalid", "missing"}
# What HTML cannot hold: controls, lone surrogates and noncharacters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class ShownPage:
    """A page and its picture, if there is one."""

    page: PageView
    image: PageImage | None


def html(documents: Sequence[tuple[DocumentView, Sequence[ShownPage]]], title: str) -> str:
    """The whole page."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'"
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{_text(title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *_header([view for view, _ in documents], title),
        "<main>",
        *(line for number, (view, pages) in enumerate(documents) for line in _document(number, view, pages)),
        "</main>",
        f"<script>{script}</script>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _text(value: str) -> str:
    return escape(_UNPRINTABLE.sub("\ufffd", value), quote=True)


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """The source expression of the content security policy that lets exactly this block run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _header(views: Sequence[DocumentView], title: str) -> Iterator[str]:
    fields = [field for view in views for field in view.fields]
    states = {state: sum(field.state == state for field in fields) for state in _STATES}
    low = sum(field.confidence == "Low" for field in fields)
    said = [f"{states['found']} of {len(fields)} fields found"]
    said += [f"{count} {_STATES[state]}" for state, count in states.items() if count and state != "found"]
    said += [f"{low} of low confidence"] if low else []
    yield "<header>"
    yield f"<h1>{_text(title)}</h1>"
    yield f"<p>{', '.join(said)}</p>"
    yield '<p class="keys">Click a field or a box. <kbd>↑</kbd> <kbd>↓</kbd> next field, <kbd>Esc</kbd> none.</p>'
    yield '<fieldset class="filter" hidden><legend>Show</legend>'
    for value, label in (("all", "all fields"), ("review", "to review"), ("null", "not found")):
        checked = " checked" if value == "all" else ""
        yield f'<label><input type="radio" name="filter" value="{value}"{checked}> {label}</label>'
    yield "</fieldset>"
    if len(views) > 1:
        links = (f'<li><a href="#document-{number}">{_text(view.name)}</a></li>' for number, view in enumerate(views))
        yield f'<nav aria-label="Documents"><ol>{"".join(links)}</ol></nav>'
    yield "</header>"


def _document(number: int, view: DocumentView, pages: Sequence[ShownPage]) -> Iterator[str]:
    yield f'<section id="document-{number}" class="document" aria-labelledby="name-{number}">'
    yield f'<h2 id="name-{number}">{_text(view.name)}</h2>'
    facts = "".join(f"<dt>{label}</dt><dd>{_text(fact)}</dd>" for label, fact in view.facts if fact)
    yield f'<details class="facts"><summary>About this extraction</summary><dl>{facts}</dl></details>'
    yield '<div class="sides">'
    yield '<div class="fields" tabindex="-1"><table>'
    yield '<thead><tr><th scope="col">Field</th><th scope="col">Value</th>'
    yield '<th scope="col">Confidence</th><th scope="col">Page</th></tr></thead><tbody>'
    for field in view.fields:
        yield _row(number, field)
    yield "</tbody></table></div>"
    yield '<div class="pages">'
    for shown in pages:
        yield from _page(number, shown, view.fields)
    yield "</div></div></section>"


def _row(document: int, field: FieldView) -> str:
    head, dot, last = field.path.rpartition(".")
    path = f'<span class="outer">{_breakable(head + dot)}</span>{"<wbr>" if dot else ""}{_breakable(last or "(all)")}'
    review = field.state in _REVIEWED or (field.state == "found" and field.confidence == "Low")
    pages = ", ".join(f'<a href="#page-{document}-{page}">{page}</a>' for page in field.pages)
    return (
        f'<tr id="field-{document}-{field.number}" data-state="{field.state}"{" data-review" if review else ""}>'
        f'<th scope="row"><button type="button" aria-pressed="false">{path}</button></th>'
        f"<td>{_value(field)}</td><td>{_confidence(field)}</td><td>{pages or _NOTHING}</td></tr>"
    )


def _breakable(path: str) -> str:
    """The path, with leave to break a line after its dots and underscores."""
    return re.sub(r"([._\]])(?=.)", r"\1<wbr>", _text(path))


def _value(field: FieldView) -> str:
    if field.state in {"null", "missing"}:
        return f'<span class="state">{_STATES[field.state] if field.value == "null" else _text(field.value)}</span>'
    shown = f'<bdi class="value">{_text(field.value)}</bdi>'
    if field.message:
        shown += f'<span class="problem">{_text(field.message)}</span>'
    quotes = dict.fromkeys(c.content for c in field.citations if c.content and c.content != field.value)
    return shown + "".join(f'<q title="{_text(quote)}">{_text(quote)}</q>' for quote in quotes)


def _confidence(field: FieldView) -> str:
    tags = [] if field.state in {"found", "null", "missing"} else [_tag(field.state, _STATES[field.state])]
    if field.confidence and field.state != "ungrounded":
        tags.append(_tag(field.confidence.lower(), field.confidence))
    return " ".join(tags) or _NOTHING


def _tag(kind: str, label: str) -> str:
    return f'<span class="tag" data-kind="{_text(kind)}">{_text(label)}</span>'


def _page(document: int, shown: ShownPage, fields: Sequence[FieldView]) -> Iterator[str]:
    page, image = shown.page, shown.image
    width, height = (page.width, page.height) if page.boxes or image is None else (image.width, image.height)
    label = f"Page {page.number}" + (f" · {page.sheet}" if page.sheet else "")
    blank = "" if image else " · no picture of this page, cited words only"
    yield f'<figure id="page-{document}-{page.number}"><figcaption>{_text(label + blank)}</figcaption>'
    yield f'<svg viewBox="0 0 {_number(width)} {_number(height)}" role="group" aria-label="{_text(label)}">'
    if image:
        size = f'width="{_number(width)}" height="{_number(height)}"'
        yield f'<image {size} preserveAspectRatio="none" href="{_data(image)}"/>'
    else:
        yield f'<rect class="paper" width="{_number(width)}" height="{_number(height)}"/>'
        yield from map(_word, page.words)
    yield from (_box(document, box, fields) for box in page.boxes)
    yield "</svg></figure>"


def _data(image: PageImage) -> str:
    return f"data:image/png;base64,{base64.b64encode(image.png).decode('ascii')}"


def _box(document: int, box: BoxView, fields: Sequence[FieldView]) -> str:
    width, height = box.corners.x1 - box.corners.x0, box.corners.y1 - box.corners.y0
    titles = "\n".join(f"{fields[number].path}: {fields[number].value}" for number in box.fields)
    low = all(fields[number].confidence == "Low" for number in box.fields)
    cells = f" {_text(', '.join(box.cells))}" if box.cells else ""
    return (
        f'<g class="box{" low" if low else ""}" data-fields="{" ".join(f"field-{document}-{n}" for n in box.fields)}">'
        f"<title>{_text(titles)}\n“{_text(box.content)}”{cells}</title>"
        f'<rect x="{_number(box.corners.x0)}" y="{_number(box.corners.y0)}" '
        f'width="{_number(max(width, 0))}" height="{_number(max(height, 0))}"/></g>'
    )


def _word(word: WordView) -> str:
    width, height = word.corners.x1 - word.corners.x0, word.corners.y1 - word.corners.y0
    if width <= 0 or height <= 0:
        return ""
    return (
        f'<text x="{_number(word.corners.x0)}" y="{_number(word.corners.y0 + height * 0.8)}" '
        f'font-size="{_number(height * 0.85)}" textLength="{_number(width)}" '
        f'lengthAdjust="spacingAndGlyphs">{_text(word.text)}</text>'
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
