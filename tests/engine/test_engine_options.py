from __future__ import annotations

import pytest

from chunkr_integrations.engine import UnsupportedOptionError
from chunkr_integrations.engine.options import ParseOptions, parse_options
from chunkr_integrations.engine.readers import read


def test_nothing_asked_is_the_defaults():
    assert parse_options(None) == parse_options({}) == ParseOptions()


def test_everything_the_engine_can_do_is_accepted():
    options = parse_options(
        {
            "ocr_strategy": "All",
            "segmentation_strategy": "Page",
            "error_handling": "Fail",
            "pipeline": "Chunkr",
            "chunk_processing": {"target_length": 0, "tokenizer": {"Enum": "Word"}, "ignore_headers_and_footers": None},
            "segment_processing": {
                "Table": {
                    "strategy": "Auto",
                    "format": "Html",
                    "crop_image": "Auto",
                    "description": False,
                    "llm": None,
                },
                "Picture": {"strategy": "Ignore"},
                "Text": None,
            },
        }
    )
    assert options == ParseOptions("All", by_page=True, ignored=frozenset({"Picture"}), target_length=0)


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
        ({"chunk_processing": {"tokenizer": {"String": "facebook/bart-large"}}}, "downloaded"),
        ({"chunk_processing": {"tokenizer": {"Enum": "Cl100kBase"}}}, "downloaded"),
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
