"""Filling a schema without a model: layout, labels, a small lexicon, and leaving out what is not sure.

What is where, in the order of use:

    reading    runs of words, their neighbours, and captions: the index of a document
    schema     the JSON Schema as a tree of nodes        kinds      what a field asks for, and reading it off words
    labels     what a field may be called on a page      lexicon    words for common things in six languages
    scalars    values beside their labels                pairs      ranges and persons' names, printed in one piece
    parties    address blocks given to roles             scopes     everyday names under their object's heading
    checks     totals that sum up, tax rows              lookup     numbers by row and column, periods, questions
    headers    the heads of columns                      columns    where the data of a table stand
    rows       the lines under a header                  arrays     rows as items of a list
    records    tables that a file marks as such       conditions which rows a description asks for
    tallies    counts, sums and extremes over rows    blocks     items printed as blocks with the same labels
    outline    sections under headings, by column     entries    dated entries of a section
    vitae      curricula vitae (posts: what and where; credits: publications, awards; vitae_words: the words)
    clauses    agreements as running text             signatories names before a role, names in a schedule
    lists      plain lists under a heading               legal      legal forms of companies
    glossary   what common things are called             slips      rows without heads, as on receipts
    periods    months up to a day, fiscal years       statements tables with periods over their columns
    accounts   what lines of accounts are called      facts      values asked for with period, unit and scale
    reported   of the whole or a part, of the past, against what
    filler     all of it, in order

A score says how sure a value is; below 0.6 it is left out. Scores were set by hand and checked on 113 labelled
documents with 7,928 values (2026-11-23, `benchmarks/filling.py`). All rules were made by looking at these documents,
so other documents score lower:

    score          values   right    without the long tables of one source
    0.60 - 0.70        43   0.791       43   0.791
    0.70 - 0.80       132   0.879      132   0.879
    0.80 - 0.90     2,564   0.968      504   0.929
    0.90 - 1.00     3,121   0.998      695   0.990

Counted are values that the scorer paired with a labelled one; of 645 places known to be empty 2 were filled.
"""

from __future__ import annotations

from chunkr_integrations.engine.fill.filler import fill

__all__ = ["fill"]
