"""A folder of labelled documents, as people lay it out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chunkr_integrations.exceptions import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["Labelled", "Labels", "find_documents"]

_SHOWN = 5  # names in a message


@dataclass(frozen=True)
class Labels:
    """What people say about one document.

    Attributes:
        schema: What to ask for.
        values: The labelled values; a key that is absent is not judged.
        places: Where they are printed, by JSON pointer; empty when nobody said.
        words: The words of each page; empty when nobody listed them.
    """

    schema: Mapping[str, Any]
    values: Mapping[str, Any]
    places: Mapping[str, Any]
    words: Mapping[int, Any]


@dataclass(frozen=True)
class Labelled:
    """A folder with one document and its labels; nothing is read before `read`."""

    source: str
    name: str
    folder: Path

    @property
    def document(self) -> Path:
        """The one file called `document.*`.

        Raises:
            SourceError: There is none, or there are several.
        """
        found = sorted(path for path in self.folder.glob("document.*") if path.is_file())
        if len(found) == 1:
            return found[0]
        reason = f"several documents: {', '.join(path.name for path in found)}" if found else "no document"
        cure = "Put one file there that is called document with its own ending, as in document.pdf."
        raise SourceError(str(self.folder), reason, cure=cure)

    def read(self) -> Labels:
        """The labels.

        Raises:
            SourceError: A file is missing or is not what it should be.
        """
        return Labels(
            schema=_object(self.folder / "schema.json", "the JSON Schema to ask for"),
            values=_object(self.folder / "gold.json", "the labelled values"),
            places=_places(self.folder / "boxes.json"),
            words=_words(self.folder / "pages.json"),
        )


def find_documents(root: str | Path, *, sources: Collection[str] = ()) -> tuple[Labelled, ...]:
    """The labelled documents below a folder, in the order of their names.

    Args:
        root: Holds `<source>/<id>/`, or `<id>/` itself; the folder's own name is the source then. Names that begin with
            a dot or an underscore are passed over.
        sources: Only these; empty: all.

    Raises:
        SourceError: There is no such folder, no labelled document in it, or no such source.
    """
    root = Path(root)
    if not root.is_dir():
        raise SourceError(str(root), "there is no such folder", cure="Give the folder of the labelled documents.")
    found = tuple(_found(root))
    if not found:
        cure = "Put each document into a folder of its own, with document.*, schema.json and gold.json."
        raise SourceError(str(root), "it holds no labelled documents", cure=cure)
    known = sorted({one.source for one in found})
    if unknown := sorted(set(sources) - set(known)):
        shown = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
        raise SourceError(str(root), f"it holds no source {', '.join(unknown)}", cure=f"There are: {shown}.")
    return tuple(one for one in found if not sources or one.source in sources)


def _found(root: Path) -> Iterator[Labelled]:
    own_name = root.resolve().name or "documents"
    for folder in _folders(root):
        if _is_labelled(folder):
            yield Labelled(own_name, folder.name, folder)
        else:
            for inner in _folders(folder):
                if _is_labelled(inner):
                    yield Labelled(folder.name, inner.name, inner)


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))


def _is_labelled(folder: Path) -> bool:
    """Whether any of the three files is there: what is missing then is worth an error of its own."""
    return any((folder / name).exists() for name in ("gold.json", "schema.json")) or any(folder.glob("document.*"))


def _places(path: Path) -> dict[str, Any]:
    fields = _object(path, "the labelled places", needed=False).get("fields", {})
    if isinstance(fields, dict):
        wrong = [at for at, places in fields.items() if not (isinstance(places, list) and all(map(_is_place, places)))]
        if not wrong:
            return fields
        reason = f"the places of {wrong[0]} cannot be understood"
    else:
        reason = '"fields" is no object'
    cure = 'Each field has a list of {"page": 1, "bbox": [x0, y0, x1, y1]}, {"page": 1} or {"sheet": …, "cell": "B5"}.'
    raise SourceError(str(path), reason, cure=cure)


def _is_place(place: Any) -> bool:
    if not isinstance(place, dict):
        return False
    if "bbox" in place:
        return isinstance(place.get("page"), int) and _is_box(place["bbox"])
    return isinstance(place.get("page"), int) or isinstance(place.get("cell"), str)


def _is_box(box: Any) -> bool:
    return isinstance(box, list) and len(box) == len("xyxy") and all(isinstance(side, (int, float)) for side in box)


def _words(path: Path) -> dict[int, Any]:
    pages = _json(path, "the words of the pages", needed=False)
    pages = [] if pages is None else pages
    if isinstance(pages, list) and all(map(_is_page, pages)):
        return {page["page"]: page["words"] for page in pages}
    cure = 'Give a list of {"page": 1, "words": [[x0, y0, x1, y1, "text"], ...]}.'
    raise SourceError(str(path), "it is no list of pages with words", cure=cure)


def _is_page(page: Any) -> bool:
    return (
        isinstance(page, dict)
        and isinstance(page.get("page"), int)
        and isinstance(page.get("words"), list)
        and all(isinstance(word, list) and _is_box(word[:4]) and isinstance(word[-1], str) for word in page["words"])
    )


def _object(path: Path, what: str, *, needed: bool = True) -> dict[str, Any]:
    found = _json(path, what, needed=needed)
    if found is None and not needed:
        return {}
    if not isinstance(found, dict):
        raise SourceError(str(path), "it is no JSON object", cure=f"It should be {what}, in braces.")
    return found


def _json(path: Path, what: str, *, needed: bool = True) -> Any:
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError as exc:
        if not needed:
            return None
        raise SourceError(str(path), "it is missing", cure=f"Put {what} there.") from exc
    except OSError as exc:
        raise SourceError(str(path), exc.strerror or "it cannot be read", cure="Check the file.") from exc
    except UnicodeDecodeError as exc:
        raise SourceError(str(path), "it is no text in UTF-8", cure="Save it as UTF-8.") from exc
    except (ValueError, RecursionError) as exc:  # JSONDecodeError's own words quote nothing of the text
        raise SourceError(str(path), f"it is no JSON: {exc}", cure="Mend the file.") from exc
