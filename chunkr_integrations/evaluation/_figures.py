"""Counts of documents made into the shares of a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ._comparison import Counts

__all__ = ["Figures", "Score", "all_figures", "table"]

_GROUNDING = ("cited", "content", "under", "gold_box", "gold_iou", "derived_box", "derived_iou", "page", "cell")
_HEADINGS = {
    "docs": "docs",
    "predicted": "pred",
    "leaves": "leaves",
    "exact": "exact",
    "acc": "acc",
    "precision": "P",
    "recall": "R",
    "f1": "F1",
    "soft": "soft",
    "doc": "doc",
    "all": "all",
    "cited": "cited",
    "content": "cont",
    "under": "under",
    "gold_box": "Gbox",
    "gold_iou": "Giou",
    "derived_box": "Dbox",
    "derived_iou": "Diou",
    "page": "page",
    "cell": "cell",
}
_NAME, _COLUMN = 15, 7  # characters

MICRO, MEAN = "ALL (micro)", "ALL (sources)"


@dataclass(frozen=True)
class Score:
    """What one document brought.

    Attributes:
        counts: Its leaves.
        places: Hits of its citations; see `judge_places`.
        predicted: Whether there was an answer at all.
    """

    counts: Counts
    places: Counter[str]
    predicted: bool


@dataclass(frozen=True)
class Figures:
    """One line of the table; shares from 0 to 1, None where the labels let nothing be said.

    Attributes:
        docs: Documents.
        predicted: Documents that were answered; None in the mean over sources.
        leaves: Labelled leaves that have a value; None in the mean over sources.
        exact: Right leaves whose JSON value is the same, of the labelled ones.
        acc: Right leaves, of the labelled ones.
        precision: Right leaves, of the predicted ones.
        recall: As `acc`; 0 instead of None.
        f1: The harmonic mean of both.
        soft: As `acc`, and a wrong string earns how alike it is.
        doc: Mean over documents of right leaves of all leaves.
        all: Documents without any error.
        cited: Right leaves that have a citation.
        content: Right leaves whose citations' text says the value.
        under: Right leaves with boxes: the words inside say the value.
        gold_box: A cited box covers half of a box that people drew.
        gold_iou: The cited boxes and the drawn one have an IoU of one half or more.
        derived_box: As `gold_box`, for boxes that were found by looking the value up.
        derived_iou: As `gold_iou`, for those.
        page: A cited page is the labelled one, where only the page is labelled.
        cell: A cited range holds the labelled cell.
    """

    docs: int
    predicted: int | None
    leaves: int | None
    exact: float | None
    acc: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    soft: float | None
    doc: float | None
    all: float | None
    cited: float | None
    content: float | None
    under: float | None
    gold_box: float | None
    gold_iou: float | None
    derived_box: float | None
    derived_iou: float | None
    page: float | None
    cell: float | None


def all_figures(scores: Mapping[str, Sequence[Score]]) -> dict[str, Figures]:
    """One line for each source; for several sources also all leaves together, and the mean over sources."""
    lines = {source: _figures(some) for source, some in scores.items() if some}
    if len(lines) > 1:
        mean = _mean(list(lines.values()))
        lines[MICRO] = _figures([score for some in scores.values() for score in some])
        lines[MEAN] = mean
    return lines


def table(lines: Mapping[str, Figures]) -> str:
    """The lines as text, in columns."""
    rows = ["source".ljust(_NAME) + "".join(heading.rjust(_COLUMN) for heading in _HEADINGS.values())]
    rows += [
        name[:_NAME].ljust(_NAME) + "".join(_cell(value).rjust(_COLUMN) for value in asdict(line).values())
        for name, line in lines.items()
    ]
    return "\n".join(rows) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _figures(scores: Sequence[Score]) -> Figures:
    counts = [score.counts for score in scores]
    right, wrong = sum(one.right for one in counts), sum(one.wrong for one in counts)
    labelled = sum(one.labelled for one in counts)
    precision = _share(right, right + wrong + sum(one.surplus for one in counts)) or 0.0
    recall = _share(right, labelled) or 0.0
    places: Counter[str] = sum((score.places for score in scores), Counter())
    shares = [one.share_right for one in counts]
    return Figures(
        docs=len(scores),
        predicted=sum(score.predicted for score in scores),
        leaves=labelled,
        exact=_share(sum(one.exact for one in counts), labelled),
        acc=_share(right, labelled),
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / (precision + recall) if right else 0.0,
        soft=_share(sum(one.soft for one in counts), labelled),
        doc=fmean(shares),
        all=sum(share == 1 for share in shares) / len(shares),
        **{name: _share(places[name], places[f"{name}_of"]) for name in _GROUNDING},
    )


def _mean(lines: Sequence[Figures]) -> Figures:
    """Every source counts once, where it has a figure at all."""
    means = {
        name: _mean_of(getattr(line, name) for line in lines)
        for name in _HEADINGS
        if name not in ("docs", "predicted", "leaves")
    }
    return Figures(docs=sum(line.docs for line in lines), predicted=None, leaves=None, **means)


def _mean_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
