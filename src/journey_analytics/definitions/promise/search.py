"""How each input of a model finds the key of `rebuild_by`: what the author declared, and what the SELECT shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from journey_analytics.definitions.front_matter import FrontMatter
from journey_analytics.definitions.promise.inputs import KEY, OR_FULL, Input, InputKey, steps_to_key
from journey_analytics.definitions.promise.scopes import ScopeWalk
from journey_analytics.errors import did_you_mean

_RUN_WINDOW = "run_window"
_MOST_TRIES = 96


class KeySearch:
    """Tries the ways in which inputs may find the key until one keeps the promise.

    Attributes:
        keys: how each input finds the key, by its name in lower case.
        faults: inputs that lead nowhere, and declarations that cannot be meant.
    """

    def __init__(self, front: FrontMatter, root: Scope, inputs: Mapping[str, Input]) -> None:
        self._front = front
        self._root = root
        self._key = front.rebuild_by.lower()
        self._inputs = inputs
        watched = {self._key, (front.matures_at or self._key).lower()}
        around = ScopeWalk(root, self._key, inputs, {}, frozenset(watched))
        around.result()
        self._trace = around.trace
        self.keys: dict[str, InputKey] = {}
        self.faults: list[str] = []

    def walk(self) -> ScopeWalk:
        """Return the walk with the fewest faults, and remember its keys."""
        fixed, open_ = self._fixed()
        ways = {name: self._ways(name, fixed, open_) for name in open_}
        self.faults += [self._no_way(name) for name in open_ if not ways[name]]
        self.faults += self._idle_declarations(open_)
        start = fixed | _first_ways(ways, set(fixed))
        self.faults += [self._no_way(name) for name in open_ if ways[name] and start[name].how == "unknown"]
        best = self._walked(start)
        choices = [{name: way} for name in open_ for way in ways[name]]
        if prod(len(each) for each in ways.values()) <= _MOST_TRIES:
            whole = product(*([{name: way} for way in ways[name]] for name in open_ if ways[name]))
            choices += [dict(pair for part in parts for pair in part.items()) for parts in whole]
        for changed in choices:
            keys = best.keys | changed
            if best.is_kept() or any(_is_lost(key, keys) for key in keys.values()):
                continue
            other = self._walked(keys)
            best = other if other.worth() < best.worth() else best
        self.keys = dict(best.keys)
        return best

    def _walked(self, keys: Mapping[str, InputKey]) -> ScopeWalk:
        walk = ScopeWalk(self._root, self._key, self._inputs, dict(keys))
        walk.result()
        return walk

    def matures(self) -> dict[str, tuple[exp.Expr, ...]]:
        """Return the inputs of which one row tells `matures_at`, each with the expressions over its columns that do."""
        name = (self._front.matures_at or "").lower()
        found: dict[str, list[exp.Expr]] = {
            table: [exp.column(name)] for table, given in self._inputs.items() if given.has(name)
        }
        for values in self._trace.named.get(name, []):
            for (_, table), expression in values.items():
                if expression not in found.setdefault(table, []):
                    found[table].append(expression)
        return {table: tuple(each) for table, each in found.items() if not self._is_reference(table)}

    def rivals(self) -> dict[str, list[str]]:
        """Return the inputs from which the SELECT derives the key in several ways, and those ways."""
        found: dict[str, list[str]] = {}
        for values in self._trace.named.get(self._key, []):
            for (_, table), expression in values.items():
                ways = found.setdefault(table, [])
                if self.keys.get(table, InputKey("unknown")).how == "derived" and expression.sql("duckdb") not in ways:
                    ways.append(expression.sql("duckdb"))
        return {table: ways for table, ways in found.items() if len(ways) > 1}

    def is_named(self, column: str) -> bool:
        """Whether some SELECT in the model, or in a view inlined into it, gives out a column of that name."""
        return column.lower() in self._trace.named

    # --- candidates ---

    def _is_reference(self, name: str) -> bool:
        return self._inputs[name].is_reference or name == _RUN_WINDOW

    def _fixed(self) -> tuple[dict[str, InputKey], list[str]]:
        """Return the inputs whose key is plain to see, and the names of the others."""
        fixed: dict[str, InputKey] = {}
        open_: list[str] = []
        full = self._key == "full"
        for name in self._tables_read():
            if full or self._is_reference(name):
                fixed[name] = InputKey("reference")
            elif self._inputs[name].has(self._key):
                fixed[name] = InputKey("column", exp.column(self._key))
            else:
                open_.append(name)
        return fixed, open_

    def _tables_read(self) -> list[str]:
        found = [
            source.name.lower()
            for scope in self._root.traverse()
            for source in scope.sources.values()
            if isinstance(source, exp.Table)
        ]
        return [name for name in dict.fromkeys(found) if name in self._inputs]

    def _ways(self, name: str, fixed: Mapping[str, InputKey], open_: list[str]) -> list[InputKey]:
        """Return the ways in which an input may find the key, the likeliest first."""
        if self._front.via and (declared := {k.lower(): v for k, v in self._front.via.items()}.get(name)):
            return list(self._declared(name, declared))
        references = [table for table, key in fixed.items() if key.how == "reference"]
        ways = [
            *self._bridges(name, [table for table, key in fixed.items() if key.how == "column"]),
            *(way for way in self._bridges(name, references) if way.how == "derived"),
            *self._translations(name),
            *self._derived(name),
            *self._bridges(name, [table for table in open_ if table != name]),
        ]
        return list({(way.how, str(way.expression), way.table, way.column): way for way in ways}.values())

    def _equal_to(self, name: str, table: str) -> Iterator[tuple[str, str]]:
        """Yield the columns of an input and of another table that the SELECT demands to be equal."""
        for (left, column), (right, other) in sorted(self._trace.equal):
            if left == name and right == table:
                yield column, other

    def _bridges(self, name: str, tables: list[str]) -> Iterator[InputKey]:
        for table in tables:
            for column, other in self._equal_to(name, table):
                if other == self._key:
                    yield InputKey("derived", exp.column(column))
                elif self._derives(table, other):
                    yield InputKey("derived", exp.column(column))
                    yield InputKey("bridge", exp.column(column), table, other)
                else:
                    yield InputKey("bridge", exp.column(column), table, other)

    def _derives(self, table: str, column: str) -> bool:
        return any(way.expression == exp.column(column) for way in self._derived(table))

    def _derived(self, name: str) -> Iterator[InputKey]:
        for values in self._trace.named.get(self._key, []):
            for (_, table), expression in values.items():
                if table == name and expression.find(exp.Column) is not None:
                    yield InputKey("derived", expression)

    def _translations(self, name: str) -> Iterator[InputKey]:
        through = self._front.through
        if through is None or through.key.lower() != self._key:
            return
        found = list(self._equal_to(name, through.table.lower()))
        found.sort(key=lambda pair: pair[0] != through.given.lower())
        for column, other in found:
            yield InputKey("through", exp.column(column), through.table.lower(), other, self._key)

    def _declared(self, name: str, bridge: str) -> Iterator[InputKey]:
        table, _, column = bridge.lower().rpartition(".")
        if table not in self._inputs or not self._inputs[table].has(column):
            return
        own = [mine for mine, other in self._equal_to(name, table) if other == column]
        if self._inputs[name].has(column):
            own.insert(0, column)
        for mine in dict.fromkeys(own):
            yield InputKey("bridge", exp.column(mine), table, column)

    # --- words ---

    def _idle_declarations(self, open_: list[str]) -> Iterator[str]:
        """Yield a sentence for each `via` that has no effect: its author means something that is not so."""
        for name in self._front.via if self._key != "full" else ():
            if name.lower() not in self._tables_read():
                hint = did_you_mean(name, self._tables_read())
                yield f"via: names {name}, which the SELECT does not read. Leave it away.{hint}"
            elif name.lower() not in open_:
                why = "is read whole" if self._is_reference(name.lower()) else f"has the column {self._key} itself"
                yield f"via: names {name}, which {why} and needs no bridge. Leave it away."

    def _no_way(self, name: str) -> str:
        key = self._front.rebuild_by
        declared = {k.lower(): v for k, v in self._front.via.items()}.get(name)
        if declared is not None:
            table = declared.rpartition(".")[0]
            hint = "" if table.lower() in self._inputs else did_you_mean(table, self._inputs)
            return (
                f"via: {{{name}: {declared}}} leads nowhere. Write it as `{{{name}: <table>.<column>}}`, where the "
                f"SELECT reads the table, joins {name} to it on that column, and finds {key} in it.{hint}"
            )
        through = self._front.through
        if through is not None and self._inputs[name].has(through.given):
            return (
                f"through: {through.table}({through.given} -> {through.key}) is declared, but no join says "
                f"{name}.{through.given} = {through.table}.<column>, or {through.key} is not {key}. "
                f"Join {through.table} on it."
            )
        return (
            f"input {name} has no column {key}, and nothing leads to it. Join {name} to a table that has {key} (the "
            f"columns of that ON become the bridge), derive it from {name} alone (`<expression> as {key}`), declare "
            f"{name} in `reference:` when it is small and seldom changes, {OR_FULL}."
        )


def _first_ways(ways: Mapping[str, list[InputKey]], known: set[str]) -> dict[str, InputKey]:
    """Return the likeliest way of each input, such that bridges lead to inputs that know theirs; else `unknown`."""
    found: dict[str, InputKey] = {}
    while True:
        ready = {
            name: next((way for way in each if way.how != "bridge" or way.table in known | found.keys()), None)
            for name, each in ways.items()
            if name not in found
        }
        new = {name: way for name, way in ready.items() if way is not None}
        if not new:
            return found | dict.fromkeys(ready, InputKey("unknown"))
        found |= dict([next(iter(new.items()))])


def _is_lost(key: InputKey, keys: Mapping[str, InputKey]) -> bool:
    """Whether an input's bridges lead in a circle, or to a table that is read whole, and not to the key."""
    return key.how == "bridge" and KEY not in steps_to_key(key.slice, keys)
