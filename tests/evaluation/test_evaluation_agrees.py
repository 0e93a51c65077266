"""Our figures against those of the scorer that lies beside the labelled documents; it shares no line with ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chunkr_integrations.cli import main
from chunkr_integrations.evaluation import Prediction, all_figures, find_documents, score

NAMES = {
    "docs": "docs",
    "predicted": "predicted",
    "leaves": "gold_leaves",
    "exact": "exact",
    "acc": "acc",
    "precision": "P",
    "recall": "R",
    "f1": "F1",
    "soft": "soft",
    "doc": "doc",
    "all": "all",
    "cited": "cited",
    "content": "content",
    "under": "under",
    "gold_box": "gold_box",
    "gold_iou": "gold_iou",
    "derived_box": "derived_box",
    "derived_iou": "derived_iou",
    "page": "page_only",
    "cell": "cell",
}


@pytest.fixture
def theirs(devset, tmp_path):
    """Runs the other scorer with some arguments."""
    scorer = devset.parent / "eval" / "score.py"
    if not scorer.is_file():
        pytest.skip("the scorer is not beside the labelled documents")

    def run(*arguments: str):
        command = [sys.executable, "-B", str(scorer), "--gold", str(devset), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    def figures(predictions: Path, *arguments: str):
        run("--pred", str(predictions), "--json", str(tmp_path / "theirs.json"), *arguments)
        return json.loads((tmp_path / "theirs.json").read_text("utf-8"))

    run.figures = figures
    return run


def assert_agree(ours, theirs):
    assert ours.keys() == theirs.keys()
    for source, line in theirs.items():
        for own, other in NAMES.items():
            value = ours[source][own]
            assert value == (None if line.get(other) is None else pytest.approx(line[other], abs=5e-4)), (source, own)


@pytest.mark.parametrize("kind", ["perfect", "shuffled", "reordered", "misplaced", "empty"])
def test_figures_agree_on_made_predictions(devset, theirs, tmp_path, kind):
    """Right values, values in the wrong places, items in another order, wrong boxes, nothing."""
    theirs("--make", kind, "--pred", str(tmp_path / "pred"))
    scores = {}
    for document in find_documents(devset):
        answer = json.loads((tmp_path / "pred" / document.source / f"{document.name}.json").read_text("utf-8"))
        scores.setdefault(document.source, []).append(score(document.read(), Prediction(**answer)))
    ours = {name: vars(line) for name, line in all_figures(scores).items()}
    assert_agree(ours, theirs.figures(tmp_path / "pred"))


def test_figures_agree_on_the_engines_answers(devset, theirs, tmp_path):
    """From the documents to the table: extracted here, left as predictions, judged by both."""
    sources = [part for name in ("invoice2data", "hitab_xlsx", "ixbrl") for part in ("--source", name)]
    left = ["--out", str(tmp_path / "pred"), "--json", str(tmp_path / "ours.json")]
    assert main(["eval", str(devset), *sources, *left]) == 0
    ours = json.loads((tmp_path / "ours.json").read_text("utf-8"))["figures"]
    assert ours["ALL (micro)"]["f1"] > 0
    assert_agree(ours, theirs.figures(tmp_path / "pred", *sources))
