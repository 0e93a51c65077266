"""Filling a schema with a language model: what is asked, how answers are read, and what is believed of them.

In the order of use:

    windows    the document's segments as pieces with short ids, in windows of a bounded number of tokens
    shape      the schema as the shape of an answer, and in groups that fit one question
    prompt     the messages; the document stands between random marks and is told apart as data
    answers    JSON out of what a model says, as a draft, with the problems that a second try is told
    evidence   what of an answer stands on the pages
    merging    drafts of several windows and groups as one
    asker      all of it, with costs
    modes      rules and model together: "model", "hybrid", "verify"
"""

from __future__ import annotations
