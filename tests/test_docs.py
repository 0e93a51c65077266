from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert missing == []


def test_every_guide_is_reached_from_the_readme_or_the_quickstart() -> None:
    start = [ROOT / "README.md", ROOT / "docs" / "quickstart.md"]
    linked = {(page.parent / link).resolve() for page in start for link in LINK.findall(page.read_text("utf-8"))}
    guides = {path for folder in ("guides", "integrations") for path in (ROOT / "docs" / folder).glob("*.md")}
    assert {path.name for path in guides - linked} == set()


def test_async_examples_are_twins_of_sync_ones() -> None:
    names = {path.stem for path in (ROOT / "examples").glob("*.py")}
    twins = {name for name in names if name.endswith("_async")}
    assert {name.removesuffix("_async") for name in twins} <= names
