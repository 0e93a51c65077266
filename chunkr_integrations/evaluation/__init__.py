"""How good is it on my documents? Labelled documents through a client, and the figures.

The layout of the folder and what each figure means are in `docs/guides/evaluation.md`.
"""

from __future__ import annotations

from ._comparison import Counts, Pair, compare
from ._evaluate import Evaluation, Failure, Prediction, evaluate, score, write_prediction
from ._figures import Figures, Score, all_figures, table
from ._labels import Labelled, Labels, find_documents

__all__ = [
    "Counts",
    "Evaluation",
    "Failure",
    "Figures",
    "Labelled",
    "Labels",
    "Pair",
    "Prediction",
    "Score",
    "all_figures",
    "compare",
    "evaluate",
    "find_documents",
    "score",
    "table",
    "write_prediction",
]
