"""Filling a schema with a language model: what is asked, how answers are read, and what is believed of them.

In the order of use:

    windows    the document's segments as pieces with short ids, in windows of a bounded number of tokens
    shape      the schema as the shape of an answer, and in groups that fit one question
    prompt     the messages; the document stands between random marks and is told apart as data
    answers    JSON out of what a model says, as a draft, with the problems that a second try is told
    evidence   what of an answer stands on the pages
    merging    drafts of several windows and groups as one
    asker      all of it, with costs
    rows       which row of one list is which of another
    arithmetic what adds up, and what does not
    modes      rules and model together: "model", "hybrid", "verify"
"""

from __future__ import annotations

from chunkr_integrations.engine.ask.asker import Asker, Limits
from chunkr_integrations.engine.ask.modes import Mode, fill_with_model

__all__ = ["Asker", "Limits", "Mode", "fill_with_model"]
