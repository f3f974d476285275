"""The promise of `rebuild_by`: what can be seen of it in a SELECT, and what a night can do with a model that keeps it.

`check` is the way in. `inputs` and `search` find how each input leads to the key, `scopes` (with `columns`, `joins`,
`unions` and `demands`) follows the key through the SELECT, `repeatable` and `total_order` find what two runs would answer
differently, `inline` writes views out, `rewrite` filters a SELECT by keys, `plans` says what to rebuild.
"""
