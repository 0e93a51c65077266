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
    glossary   what common things are called             tills      rows without heads, as on receipts
    periods    months up to a day, fiscal years       statements tables with periods over their columns
    accounts   what lines of accounts are called      facts      values asked for with period, unit and scale
    reported   of the whole or a part, of the past, against what
    confidence what a way of finding values is worth     allowed    what the schema rules out
    filler     all of it, in order

A score says how sure a value is; below 0.6 it is left out, from 0.9 it is `High`. Scores were set by hand, what is
`High` was fitted by the way a value was found (`confidence`). Right values by score on the 113 documents that the
rules were made with, and on 74 others (2026-11-27):

    score          right of          on other documents
    0.60 - 0.70       73 of    79      36 of    44
    0.70 - 0.80      366 of   384     153 of   172
    0.80 - 0.90    2,802 of 2,912     660 of   713
    0.90 - 1.00    3,406 of 3,411   2,381 of 2,404
    tied              28 of    31       9 of    25
"""

from __future__ import annotations

from chunkr_integrations.engine.fill.filler import fill

__all__ = ["fill"]
