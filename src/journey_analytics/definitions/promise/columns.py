"""What the columns of a relation have to do with the key of their row: the facts that the check carries along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import reduce
from itertools import product

from sqlglot import exp

from journey_analytics.definitions.promise.inputs import InputKey, Slice

Origin = tuple[str, str]
"""A table and one of its columns."""

Branch = tuple[tuple[str, ...], str]
"""One reading of a table: the aliases that lead to it, from the outside in, and the table's name."""

_MOST_GUARANTEES = 16
_MOST_NODES = 60  # an expression larger than this is nobody's key

# aggregates and window functions that hand on one of the values they get
_HANDS_ON = (
    exp.Min, exp.Max, exp.ArgMin, exp.ArgMax, exp.AnyValue, exp.First, exp.Last,
    exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead,
)  # fmt: skip
_WRAPS = (exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls, exp.Order)
_FLOATS = (exp.DType.DOUBLE, exp.DType.FLOAT)


class Tie(IntEnum):
    """How a column relates to what its row is sliced by."""

    NONE = 0
    PERHAPS = 1  # equal to it, or null because an outer join found no row
    EXACT = 2


@dataclass(frozen=True)
class Facts:
    """What is known of a column or an expression.

    Attributes:
        tie: whether it equals the key of its row.
        values: the same expression over the columns of the table that it comes from, per reading of a table.
        origins: columns of tables of which it holds a value, unchanged; None where it is computed.
        is_double: it is a binary floating-point number.
    """

    tie: Tie = Tie.NONE
    values: Mapping[Branch, exp.Expr] = field(default_factory=dict)
    origins: frozenset[Origin] | None = None
    is_double: bool = False


@dataclass(frozen=True)
class Relation:
    """The rows that a table, a CTE or a subquery yields.

    Attributes:
        name: how people know it.
        columns: facts of its columns, by name in lower case.
        slice: what its rows are sliced by; None where they come from references only.
        guarantees: sets of readings; of each set at least one stands behind every row.
        pinned: a subquery that only sees rows of the outer row's key.
        broken: a fault was found in it; whoever reads it is not blamed again.
        is_grouped: a GROUP BY or DISTINCT stands behind its rows.
    """

    name: str
    columns: Mapping[str, Facts]
    slice: Slice | None = None
    guarantees: tuple[frozenset[Branch], ...] = ()
    pinned: bool = False
    broken: bool = False
    is_grouped: bool = False


@dataclass
class Frame:
    """The joined sources of one SELECT.

    Attributes:
        keys: how each table finds the key.
        outer: the SELECT around a subquery.
        relations: sources by alias.
        equal: columns that a join made equal to the key.
        present: sets of aliases; of each set at least one has a row (outer joins leave the others empty).
        slice: what the joined rows are sliced by.
    """

    keys: Mapping[str, InputKey]
    outer: Frame | None = None
    relations: dict[str, Relation] = field(default_factory=dict)
    equal: set[tuple[str, str]] = field(default_factory=set)
    present: list[frozenset[str]] = field(default_factory=list)
    slice: Slice | None = None
    pinned: bool = False
    broken: bool = False

    @classmethod
    def of(cls, alias: str, relation: Relation, keys: Mapping[str, InputKey]) -> Frame:
        """Return a frame with one source."""
        frame = cls(keys, relations={alias: relation}, present=[frozenset({alias})], slice=relation.slice)
        frame.broken = relation.broken
        return frame

    @property
    def demands_key(self) -> bool:
        """Whether rows of several keys may stand in it, so that nothing may mix them."""
        return self.slice is not None and not self.pinned and not self.broken

    def ties_when_present(self, column: exp.Column) -> Tie:
        """Return the tie of a column in the rows in which its source has a row."""
        at = (column.table.lower(), column.name.lower())
        relation = self.relations.get(at[0])
        if relation is None or at[1] not in relation.columns:
            return Tie.NONE
        if at in self.equal:
            return Tie.EXACT
        return relation.columns[at[1]].tie if relation.slice == self.slice else Tie.NONE

    def column(self, column: exp.Column) -> Facts:
        """Return the facts of one column; of an outer column only where its values come from."""
        alias, name = column.table.lower(), column.name.lower()
        relation = self.relations.get(alias)
        if relation is None:
            outer = self.outer.column(column) if self.outer else Facts()
            return Facts(origins=outer.origins, is_double=outer.is_double)
        told = relation.columns.get(name, Facts())
        tie = self.ties_when_present(column)
        if tie is Tie.EXACT and frozenset({alias}) not in self.present:
            tie = Tie.PERHAPS
        values = {((alias, *path), table): value for (path, table), value in told.values.items()}
        return Facts(tie, values, told.origins, told.is_double)

    def guarantees(self) -> list[frozenset[Branch]]:
        """Return sets of readings of which at least one stands behind every row."""
        found: list[frozenset[Branch]] = []
        for aliases in self.present:
            parts = [
                [
                    frozenset(((alias, *path), table) for path, table in each)
                    for each in self.relations[alias].guarantees
                ]
                for alias in sorted(aliases)
                if self.relations[alias].slice == self.slice
            ]
            if len(parts) == len(aliases):
                found += [frozenset[Branch]().union(*choice) for choice in product(*parts)][:_MOST_GUARANTEES]
        return found[:_MOST_GUARANTEES]

    def key_expression(self, branch: Branch) -> exp.Expr | None:
        """Return what the rows of a reading are sliced by, over its own columns."""
        key = self.keys.get(branch[1])
        return key.expression if key is not None and key.slice == self.slice else None

    def computes_key(self, values: Mapping[Branch, exp.Expr]) -> bool:
        """Whether an expression is, in every row, the expression that yields the key."""
        return any(
            all(branch in values and values[branch] == self.key_expression(branch) for branch in readings)
            for readings in self.guarantees()
        )

    def determines_key(self, expressions: Iterable[exp.Expr]) -> bool:
        """Whether rows that agree in these expressions have the same key."""
        told = [facts_of(expression, self) for expression in expressions]
        if any(facts.tie is Tie.EXACT for facts in told):
            return True
        bare = {
            (branch, value.name)
            for facts in told
            for branch, value in facts.values.items()
            if type(value) is exp.Column
        }
        return any(
            all(_leaves(self.key_expression(branch), branch, bare) for branch in readings)
            for readings in self.guarantees()
        )

    def key_names(self, tie: Tie = Tie.EXACT) -> list[str]:
        """Return the columns with a tie to the key, as the SELECT may write them."""
        return [
            f"{alias}.{name}"
            for alias, relation in self.relations.items()
            for name in relation.columns
            if self.column(exp.column(name, alias)).tie is tie
        ]


def _leaves(expression: exp.Expr | None, branch: Branch, bare: set[tuple[Branch, str]]) -> bool:
    names = {column.name for column in expression.find_all(exp.Column)} if expression is not None else set()
    return bool(names) and all((branch, name) in bare for name in names)


def facts_of(node: exp.Expr, frame: Frame) -> Facts:
    """Return what is known of an expression over the sources of a frame."""
    while isinstance(node, exp.Paren | exp.Alias):
        node = node.this
    if type(node) is exp.Column:
        return frame.column(node)
    values = _row_values(node, frame)
    tie = Tie.EXACT if values and frame.computes_key(values) else Tie.NONE
    if isinstance(node, exp.Coalesce):
        tie = max(tie, _coalesced(coalesce_parts(node), frame))
    return Facts(tie, values, _origins(node, frame), is_double(node, frame))


def coalesce_parts(node: exp.Expr) -> list[exp.Expr]:
    """Return the arguments of a coalesce, or the expression itself."""
    while isinstance(node, exp.Paren | exp.Alias):
        node = node.this
    return [node.this, *node.expressions] if isinstance(node, exp.Coalesce) else [node]


def _coalesced(parts: list[exp.Expr], frame: Frame) -> Tie:
    ties = [facts_of(part, frame).tie for part in parts]
    if Tie.NONE in ties:
        return Tie.NONE
    sure = {p.table.lower() for p in parts if type(p) is exp.Column and frame.ties_when_present(p) is Tie.EXACT}
    if Tie.EXACT in ties or any(aliases <= sure for aliases in frame.present):
        return Tie.EXACT
    return Tie.PERHAPS


def _row_values(node: exp.Expr, frame: Frame) -> dict[Branch, exp.Expr]:
    """Return an expression over the columns of one reading of a table; nothing where it mixes rows or readings."""
    if sum(1 for _ in node.walk()) > _MOST_NODES or node.find(exp.AggFunc, exp.Window, exp.Query, exp.Star):
        return {}
    told = [frame.column(column).values for column in node.find_all(exp.Column)]
    if not told:
        return {}
    shared: set[Branch] = reduce(lambda some, more: some & set(more), told[1:], set(told[0]))
    found = {}
    for branch in shared:
        copy = node.copy()
        for column, values in zip(list(copy.find_all(exp.Column)), told, strict=True):
            column.replace(values[branch].copy())
        found[branch] = copy
    return found


def _origins(node: exp.Expr, frame: Frame) -> frozenset[Origin] | None:
    while isinstance(node, (*_WRAPS, *_HANDS_ON, exp.Paren, exp.Cast)):
        if isinstance(node, exp.Cast) and not isinstance(node.this, exp.Null):
            return None
        node = node.this
    if isinstance(node, exp.Null):
        return frozenset()
    if type(node) is exp.Column:
        return frame.column(node).origins
    if isinstance(node, exp.Coalesce):
        return joined_origins(_origins(part, frame) for part in coalesce_parts(node))
    return None


def joined_origins(parts: Iterable[frozenset[Origin] | None]) -> frozenset[Origin] | None:
    """Return the origins of a value that comes from one of several; None as soon as one is computed."""
    found: frozenset[Origin] = frozenset()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found


def is_double(node: exp.Expr, frame: Frame) -> bool:
    """Whether an expression yields a binary floating-point number, as far as types are known."""
    if type(node) is exp.Column:
        return frame.column(node).is_double
    if isinstance(node, exp.Cast):
        return node.to.this in _FLOATS
    if isinstance(node, exp.Literal):
        return not node.is_string and "e" in node.name.lower()
    if isinstance(node, exp.Div | exp.Avg | exp.Sqrt | exp.Ln | exp.Exp | exp.Pow | exp.Log):
        return True  # DuckDB divides whole numbers and decimals into a DOUBLE
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]]
        return any(is_double(each, frame) for each in [*results, *filter(None, [node.args.get("default")])])
    if isinstance(node, exp.Coalesce | exp.Add | exp.Sub | exp.Mul | exp.Greatest | exp.Least):
        return any(is_double(part, frame) for part in node.iter_expressions())
    if isinstance(node, (exp.Paren, exp.Neg, exp.Abs, exp.Round, exp.Sum, exp.Nullif, *_HANDS_ON, *_WRAPS)):
        return is_double(node.this, frame)
    return False
