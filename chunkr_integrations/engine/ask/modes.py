"""Rules and a model together.

model     the model fills everything; its word alone is never `High`
hybrid    the rules fill first; the model is asked for what they left out or are not sure of
verify    the model fills everything; the rules and arithmetic are second witnesses for or against it
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from chunkr_integrations.engine.ask.arithmetic import checked
from chunkr_integrations.engine.ask.evidence import NAMED, PRINTED, SIMILAR, STRONG, SURE
from chunkr_integrations.engine.ask.merging import comparable
from chunkr_integrations.engine.ask.rows import paired
from chunkr_integrations.engine.ask.shape import pruned
from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.fill.schema import Array, Object, nodes_of
from chunkr_integrations.engine.ground import ground
from chunkr_integrations.engine.output import output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chunkr_integrations.engine.ask.asker import Asker
    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.draft import Draft
    from chunkr_integrations.engine.fill.schema import Node

__all__ = ["Mode", "fill_with_model"]

Mode: TypeAlias = Literal["auto", "rules", "model", "hybrid", "verify"]

_RATHER_SURE = 0.8  # rules at or above were right in more than nine of ten cases, see `engine.fill`


def fill_with_model(document: Document, schema: Mapping[str, Any], asker: Asker, mode: Mode) -> Draft:
    """The schema filled and grounded; "auto" is "hybrid" here.

    Raises:
        EngineError: The model gives no answer that can be read.
    """
    node = nodes_of(schema)
    if mode == "model":
        return ground(document, asker.draft(document, node), schema)
    rules = ground(document, fill(document, schema), schema)
    rules = _honest(rules, output(document, rules, schema).metrics)
    if mode == "verify":
        told = _settled(rules, asker.draft(document, node), _verified)
        return ground(document, checked(told, node), schema)
    wanted = {id(unit) for unit in _open(node, rules)}
    left = pruned(node, lambda unit: id(unit) in wanted)
    if left is None:
        return rules
    return ground(document, _settled(rules, asker.draft(document, left), _completed), schema)


def _honest(draft: Draft, metrics: Any) -> Draft:
    """The draft with no score above `STRONG` where the rules' value is not `High`; so scores alone tell."""
    if isinstance(draft, Leaf):
        high = isinstance(metrics, dict) and metrics.get("confidence") == "High"
        return draft if high else replace(draft, score=min(draft.score, STRONG))
    if isinstance(draft, dict):
        return {key: _honest(value, metrics[key]) for key, value in draft.items()}
    return [_honest(value, below) for value, below in zip(draft, metrics, strict=True)]


def _is_high(leaf: Leaf) -> bool:
    return leaf.value is not None and leaf.score > STRONG


def _open(node: Node, draft: Draft) -> Iterator[Node]:
    """Fields and lists that the rules left out or are not sure of."""
    if isinstance(node, Object):
        for member in node.members:
            if isinstance(draft, dict) and member.name in draft:
                yield from _open(member, draft[member.name])
    elif isinstance(node, Array):
        if not draft or _is_open(list(_columns(draft, ()))):
            yield node
    elif isinstance(draft, Leaf) and not _is_high(draft):
        yield node


def _is_open(cells: list[tuple[tuple[str, ...], Leaf]]) -> bool:
    """Whether a list has a value that is not sure, or a column without any; single empty cells are printed empty."""
    filled = {path for path, leaf in cells if leaf.value is not None}
    unsure = any(leaf.value is not None and not _is_high(leaf) for _, leaf in cells)
    return unsure or any(path not in filled for path, _ in cells)


def _columns(draft: Draft, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    if isinstance(draft, Leaf):
        yield path, draft
    elif isinstance(draft, dict):
        for key, value in draft.items():
            yield from _columns(value, (*path, key))
    else:
        for value in draft:
            yield from _columns(value, path)


# ------------------------------------------------------------------------------------------- two opinions
def _settled(rules: Draft | None, asked: Draft | None, settle: Callable[[Leaf, Leaf], Leaf]) -> Draft:
    """One draft of two; a side that has nothing to say of a part is None."""
    if isinstance(rules, list) or isinstance(asked, list):
        return _rows(rules if isinstance(rules, list) else [], asked if isinstance(asked, list) else [], settle)
    if isinstance(rules, dict) or isinstance(asked, dict):
        first = rules if isinstance(rules, dict) else {}
        second = asked if isinstance(asked, dict) else {}
        return {key: _settled(first.get(key), second.get(key), settle) for key in {**first, **second}}
    return settle(rules or Leaf(None), asked or Leaf(None))


def _rows(rules: list[Draft], asked: list[Draft], settle: Callable[[Leaf, Leaf], Leaf]) -> list[Draft]:
    """Rows in the model's order; rows that only the rules have stay when one value is sure, or the model has none."""
    made = []
    for rule, row in paired(rules, asked):
        draft = _settled(rule, row, settle)
        if row is None and asked and not any(_is_high(leaf) for _, leaf in _columns(rule or [], ())):
            continue
        if row is not None or any(leaf.value is not None for _, leaf in _columns(draft, ())):
            made.append(draft)
    return made


def _completed(rule: Leaf, told: Leaf) -> Leaf:
    """Hybrid: a sure rule stays; otherwise the model's value where it is printed."""
    if _is_high(rule) or told.value is None:
        return rule
    if rule.value is None:
        return told
    if comparable(rule.value) == comparable(told.value):
        return _agreed(rule, told)
    return told if told.score >= PRINTED else rule


def _verified(rule: Leaf, told: Leaf) -> Leaf:
    """Verify: the model's value, sure where the rules say the same, unsure where a sure rule says another."""
    if told.value is None:
        return replace(rule, score=min(rule.score, SIMILAR)) if _is_high(rule) else Leaf(None)
    if rule.value is not None and comparable(rule.value) == comparable(told.value):
        return _agreed(rule, told)
    return replace(told, score=min(told.score, SIMILAR)) if _is_high(rule) else told


def _agreed(rule: Leaf, told: Leaf) -> Leaf:
    """A value that both found; the rules' place, where they have one, as it is beside the field's label."""
    sure = _is_high(rule) or (rule.score >= _RATHER_SURE and told.score >= NAMED)
    score = max(rule.score, SURE) if sure else max(min(rule.score, STRONG), told.score)
    return replace(rule if rule.places and not rule.tied else told, score=score)
