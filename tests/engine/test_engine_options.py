"""Every option of a parse is obeyed, refused, or said to be without effect; none is dropped silently."""

from __future__ import annotations

import io
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from test_engine_pdf import pdf, scan

from chunkr_integrations.engine import Engine, UnreadableDocumentError, UnsupportedOptionError
from chunkr_integrations.engine.options import SEGMENT_TYPES, ParseOptions, parse_options
from chunkr_integrations.engine.readers import read
from chunkr_integrations.engine.tokens import counter

OBEYED, REFUSED, NOTED, LOCAL = "obeyed", "refused", "noted", "obeyed where its vocabulary is on the machine"

# Every value of every option in the vendor's OpenAPI document. `*` stands for each segment type.
TABLE: dict[str, dict[Any, str]] = {
    "chunk_processing.ignore_headers_and_footers": {True: OBEYED, False: OBEYED},
    "chunk_processing.target_length": {int: OBEYED},
    "chunk_processing.tokenizer.Enum": {
        "Word": OBEYED,
        "Cl100kBase": LOCAL,
        "XlmRobertaBase": LOCAL,
        "BertBaseUncased": LOCAL,
    },
    "chunk_processing.tokenizer.String": {str: LOCAL},
    "error_handling": {"Fail": OBEYED, "Continue": OBEYED},
    "ocr_strategy": {"All": OBEYED, "Auto": OBEYED},
    "pipeline": {"Azure": NOTED, "Chunkr": OBEYED},
    "segment_processing.*.crop_image": {"All": OBEYED, "Auto": OBEYED},
    "segment_processing.*.description": {True: REFUSED, False: OBEYED},
    "segment_processing.*.extended_context": {True: REFUSED, False: OBEYED},
    "segment_processing.*.format": {"Html": OBEYED, "Markdown": OBEYED},
    "segment_processing.*.llm": {str: REFUSED},
    "segment_processing.*.strategy": {"LLM": REFUSED, "Auto": OBEYED, "Ignore": OBEYED},
    "segmentation_strategy": {"LayoutAnalysis": OBEYED, "Page": OBEYED},
}
DEFAULTS = {
    "ignore_headers_and_footers": False,
    "Enum": "Word",
    "error_handling": "Fail",
    "ocr_strategy": "Auto",  # the vendor's is All, see docs/adr/0005
    "pipeline": "Chunkr",
    "crop_image": "Auto",
    "description": False,
    "extended_context": False,
    "strategy": "Auto",
    "segmentation_strategy": "LayoutAnalysis",
}
EXAMPLES = {int: [0, 1, 100, 2**31 - 1], str: ["example/none-of-that-name"]}
CASES = [
    (path.replace("*", kind), value, outcome)
    for path, values in TABLE.items()
    for key, outcome in values.items()
    for value in EXAMPLES.get(key, [key])
    for kind in (sorted(SEGMENT_TYPES) if "*" in path else [""])
]


def at(path: str, value: Any) -> dict[str, Any]:
    """The configuration that sets one option."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def leaves(document: dict[str, Any], schema: dict[str, Any], path: str = "") -> dict[str, set[Any]]:
    """Each option in a schema of the OpenAPI document, with its values; a type where they are not counted."""
    if "$ref" in schema:
        return leaves(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], path)
    found: dict[str, set[Any]] = {}
    for inner in schema.get("oneOf", ()):
        for key, values in leaves(document, inner, path).items():
            found.setdefault(key, set()).update(values)
    for key, inner in schema.get("properties", {}).items():
        for where, values in leaves(document, inner, f"{path}.{key}".lstrip(".")).items():
            found.setdefault(where, set()).update(values)
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [])
    for kind in kinds:
        if "enum" in schema:
            found.setdefault(path, set()).update(schema["enum"])
        elif kind in ("boolean", "integer", "string"):
            values = {"boolean": {True, False}, "integer": {int}, "string": {str}}[kind]
            found.setdefault(path, set()).update(values)
    return found


def test_the_table_has_every_value_of_the_vendors_document(vendor_spec):
    """A value that the vendor adds has to be decided on here."""
    found = leaves(vendor_spec, vendor_spec["components"]["schemas"]["ParseConfiguration"])
    types = {path.split(".")[1] for path in found if path.startswith("segment_processing.")}
    assert types == SEGMENT_TYPES - {"SectionHeader"}  # the contract has no setting for these; the engine obeys one
    general: dict[str, set[Any]] = {}
    for path, values in found.items():
        general.setdefault(re.sub(r"(?<=segment_processing\.)\w+", "*", path), set()).update(values)
    assert general == {path: set(values) for path, values in TABLE.items()}


@pytest.mark.parametrize(("path", "value", "outcome"), CASES)
def test_every_value_of_every_option_has_the_outcome_of_the_table(path, value, outcome, monkeypatch, tmp_path):
    for name in ("TIKTOKEN_CACHE_DIR", "HF_HUB_CACHE"):  # nothing is on this machine
        monkeypatch.setenv(name, str(tmp_path))
    wire = at(path, value)
    if outcome in (REFUSED, LOCAL):
        with pytest.raises(UnsupportedOptionError, match=re.escape(path.rpartition(".")[0] or path)):
            parse_options(wire)
        going = parse_options({**wire, "error_handling": "Continue"})
        assert len(going.warnings) == 1
        assert going == ParseOptions(keep_going=True, warnings=going.warnings)  # and else as if it had not been asked
    else:
        options = parse_options(wire)
        assert len(options.warnings) == (outcome == NOTED)
        default = "All" if path == "segment_processing.Picture.crop_image" else DEFAULTS.get(path.rpartition(".")[2])
        assert (options == ParseOptions()) == (value is default or value == default)


def test_nothing_asked_is_the_defaults():
    assert parse_options(None) == parse_options({}) == ParseOptions()


def test_what_is_asked_comes_together():
    options = parse_options(
        {
            "ocr_strategy": "All",
            "segmentation_strategy": "Page",
            "error_handling": "Continue",
            "pipeline": "Chunkr",
            "chunk_processing": {"target_length": 0, "tokenizer": {"Enum": "Word"}, "ignore_headers_and_footers": None},
            "segment_processing": {
                "Table": {"strategy": "Auto", "format": "Html", "crop_image": "All", "description": False, "llm": None},
                "Picture": {"strategy": "Ignore", "crop_image": "Auto"},
                "Text": None,
            },
        }
    )
    assert options == ParseOptions(
        "All",
        by_page=True,
        keep_going=True,
        ignored=frozenset({"Picture"}),
        formats={"Table": "Html"},
        cropped=frozenset({"Table"}),
        target_length=0,
    )


def test_the_old_switch_ignores_headers_and_footers():
    assert parse_options({"chunk_processing": {"ignore_headers_and_footers": True}}).ignored == {
        "PageHeader",
        "PageFooter",
    }


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"segment_processing": {"Table": {"strategy": "LLM"}}}, r"Table\.strategy LLM needs a vision model"),
        ({"segment_processing": {"Table": {"description": True}}}, r"Table\.description needs a vision model"),
        ({"segment_processing": {"Text": {"extended_context": True}}}, "extended_context"),
        ({"segment_processing": {"Text": {"llm": "x"}}}, r"Text\.llm"),
        ({"segment_processing": {"Chart": {}}}, r"segment_processing\.Chart is not known"),
        ({"segment_processing": {"Text": {"format": "Pdf"}}}, "Use one of Html, Markdown"),
        ({"chunk_processing": {"tokenizer": {"String": "example/none"}}}, "nothing is downloaded"),
        ({"chunk_processing": {"tokenizer": {"String": "../../etc/passwd"}}}, "names no tokenizer"),
        ({"chunk_processing": {"tokenizer": {"Enum": "Words"}}}, "names no tokenizer"),
        ({"chunk_processing": {"tokenizer": 7}}, "names no tokenizer"),
        ({"chunk_processing": {"target_length": -1}}, "0 or more"),
        ({"llm_processing": {}}, "llm_processing is not known"),
        ({"ocr_strategy": "Never"}, "Use one of All, Auto"),
    ],
)
def test_what_it_cannot_do_is_refused_or_becomes_a_warning(configuration, message):
    with pytest.raises(UnsupportedOptionError, match=message):
        parse_options(configuration)
    document = read(b"Words", name="a.txt", configuration={**configuration, "error_handling": "Continue"})
    assert len(document.warnings) == 1
    assert [word.text for word in document.page(1).words] == ["Words"]


# --- what the options do ---


def test_one_segment_a_page_leaves_out_what_is_ignored(order_pages):
    whole = read(order_pages, configuration={"segmentation_strategy": "Page"})
    assert [segment.type for segment in whole.segments] == ["Page"] * 3
    assert all("Running foot" in segment.text for segment in whole.segments)
    ignoring = {"segmentation_strategy": "Page", "segment_processing": {"PageFooter": {"strategy": "Ignore"}}}
    without = read(order_pages, configuration=ignoring)
    assert [segment.type for segment in without.segments] == ["Page"] * 3
    assert [segment.text.split("\n")[-1] for segment in without.segments] == ["Total 1,299.50 EUR"] * 3
    assert not any("foot" in word.text for page in without.pages for word in page.words)


def test_what_is_ignored_is_neither_found_nor_cited(order_pages):
    schema = {"type": "object", "properties": {"running_foot": {"type": "string"}, "total": {"type": "number"}}}
    for ignored, foot in (("PageFooter", None), ("PageHeader", "Z-100")):
        document = read(order_pages, configuration={"segment_processing": {ignored: {"strategy": "Ignore"}}})
        found = Engine().extract(document, schema)
        assert found.results == {"running_foot": foot, "total": 1299.5}


def test_a_bad_page_in_the_middle_fails_the_parse_or_is_left_empty(order_pages):
    number, body = re.findall(rb"(\d+) 0 obj\n(<< /Type /Page .*?)\nendobj", order_pages, re.DOTALL)[1]
    bad = order_pages.replace(b"%s 0 obj\n%s" % (number, body), b"%s 0 obj\n%s" % (number, b"null".ljust(len(body))))
    with pytest.raises(UnreadableDocumentError, match=r"on page 2.*error_handling Continue"):
        read(bad, name="bad.pdf")
    document = read(bad, name="bad.pdf", configuration={"error_handling": "Continue"})
    assert [len(page.words) > 0 for page in document.pages] == [True, False, True]
    assert document.page(2).width == document.page(1).width
    assert len(document.warnings) == 1
    assert document.warnings[0].startswith("Page 2 cannot be read and was left empty")


def test_a_bad_page_of_a_tiff_is_left_empty():
    stream = io.BytesIO()
    pages = [scan(), scan(["Page two"]), scan(["Page three"])]
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    with Image.open(stream) as image:
        image.seek(1)
        offset = image.tag_v2[273][0]
    data = bytearray(stream.getvalue())
    data[offset : offset + 64] = b"\xff" * 64
    with pytest.raises(UnreadableDocumentError, match="damaged"):
        read(bytes(data), name="bad.tiff")
    document = read(bytes(data), name="bad.tiff", configuration={"error_handling": "Continue"})
    assert [len(page.words) > 0 for page in document.pages] == [True, False, True]
    assert document.warnings == ("Page 2 cannot be read and was left empty: it is damaged.",)


@pytest.mark.parametrize(
    ("strategy", "recognised"), [("Auto", [False, True, False]), ("All", [True] * 3), (None, None)]
)
def test_pages_of_a_mixed_document_are_recognised_one_by_one(strategy, recognised, mixed):
    """Recognition costs a hundred times what reading a text layer does: under Auto no digital page pays it."""
    configuration = {} if strategy is None else {"ocr_strategy": strategy}
    document = read(mixed, configuration=configuration)
    assert [page.ocr for page in document.pages] == (recognised or [False, True, False])
    for page in document.pages:
        assert "4711" in [word.text for word in page.words]
        assert all((word.confidence < 1) == page.ocr for word in page.words)


@pytest.fixture(scope="module")
def order_pages() -> bytes:
    return pdf(pages=3, footer="Running foot: Z-100")


@pytest.fixture(scope="module")
def mixed() -> bytes:
    """A text page, a scanned one, a text page."""
    stream = io.BytesIO()
    scan().save(stream, "PDF", resolution=150)
    made = pypdfium2.PdfDocument.new()
    for data in (pdf(), stream.getvalue(), pdf()):
        made.import_pages(pypdfium2.PdfDocument(data))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


# --- the tokenizers ---


@pytest.mark.parametrize(("text", "count"), [("", 0), ("one", 1), (" two  words\n", 2), ("a-b c/d, e", 3)])
def test_a_word_is_what_white_space_parts(text, count):
    assert counter({"Enum": "Word"})(text) == counter("Word")(text) == counter(None)(text) == count


def test_a_hugging_face_tokenizer_is_used_where_it_lies_in_the_cache(monkeypatch, tmp_path):
    tokenizers = pytest.importorskip("tokenizers", reason="counts tokens with a tokenizer of its own making")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0, "total": 1}, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")  # every character is a token
    for repository in ("models--example--characters", "models--google-bert--bert-base-uncased"):
        snapshot = tmp_path / repository / "snapshots" / "0123"
        snapshot.mkdir(parents=True)
        made.save(str(snapshot / "tokenizer.json"))
        refs = tmp_path / repository / "refs"
        refs.mkdir()
        (refs / "main").write_text("0123")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert counter({"String": "example/characters"})("four") == 4
    assert counter({"Enum": "BertBaseUncased"})("four") == 4
    assert parse_options({"chunk_processing": {"tokenizer": {"String": "example/characters"}}}).tokens("four") == 4


def test_cl100k_is_used_where_tiktoken_has_it(monkeypatch):
    """LlamaIndex ships the vocabulary; it is the real one."""
    found = find_spec("llama_index.core")
    if found is None or found.origin is None:
        pytest.skip("the vocabulary comes with llama-index-core")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(Path(found.origin).parent / "_static" / "tiktoken_cache"))
    assert counter({"Enum": "Cl100kBase"})("The quick brown fox") == 4
    assert counter({"Enum": "Cl100kBase"})("Donaudampfschifffahrtsgesellschaft") > 4
