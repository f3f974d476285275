"""The walk of the static check through the scopes of a SELECT, from the tables to the result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, find_all_in_scope

from journey_analytics.definitions.promise.columns import (
    Branch,
    Facts,
    Frame,
    Origin,
    Relation,
    Tie,
    coalesce_parts,
    facts_of,
)  # fmt: skip
from journey_analytics.definitions.promise.demands import (
    demands,
    grouped_by,
    has_grouping_sets,
    limits,
    sums_of_doubles,
)
from journey_analytics.definitions.promise.inputs import KEY, OR_FULL, Input, InputKey, slice_words
from journey_analytics.definitions.promise.joins import (
    Equality,
    add_source,
    between,
    closed,
    equalities,
    join_side,
    link,
    see_rows_present,
)  # fmt: skip
from journey_analytics.definitions.promise.sql_words import place, short_sql
from journey_analytics.definitions.promise.total_order import partial_orders
from journey_analytics.definitions.promise.unions import set_fault, united


@dataclass
class Trace:
    """What the walk saw that may lead an input to its key.

    Attributes:
        equal: pairs of columns of tables that some condition demands to be equal.
        named: expressions over one table's columns, by the watched name under which a SELECT gives them out.
    """

    equal: set[tuple[Origin, Origin]] = field(default_factory=set)
    named: dict[str, list[Mapping[Branch, exp.Expr]]] = field(default_factory=lambda: defaultdict(list))


class ScopeWalk:
    """Follows the key through all scopes of one SELECT and collects the faults.

    Args:
        key: name of the model's key.
        inputs: the tables it reads, by name in lower case.
        keys: how each of them finds the key; empty to look around only.
        watched: names of columns to note in the trace.
    """

    def __init__(
        self,
        root: Scope,
        key: str,
        inputs: Mapping[str, Input],
        keys: dict[str, InputKey],
        watched: frozenset[str] = frozenset(),
    ) -> None:
        self.root = root
        self.key = key
        self.watched = watched
        self.inputs = inputs
        self.keys = keys
        self.faults: list[str] = []
        self.trace = Trace()
        self._known: dict[int, Relation] = {}
        self._walked = {id(scope) for scope in root.traverse()}

    def result(self) -> Relation:
        """Return what the whole SELECT yields, with all faults found on the way."""
        return self.relation(self.root)

    def is_kept(self) -> bool:
        """Whether nothing was found that breaks the promise."""
        return self.worth() == 0

    def worth(self) -> int:
        """Return the number of faults, an output without the key among them."""
        result = self.result()
        facts = result.columns.get(self.key, Facts())
        has_key = result.slice is None or result.broken or (result.slice == KEY and facts.tie is Tie.EXACT)
        return len(self.faults) + (0 if has_key else 1)

    def relation(self, scope: Scope, outer: Frame | None = None) -> Relation:
        """Return what a scope yields, with all that it reads checked."""
        if id(scope) not in self._known:
            expression = scope.expression
            if isinstance(expression, exp.SetOperation):
                self._known[id(scope)] = self._set_operation(scope, expression, outer)
            elif isinstance(expression, exp.Select):
                self._known[id(scope)] = self._select(scope, expression, outer)
            else:
                self._known[id(scope)] = self._unreadable(expression)
        return self._known[id(scope)]

    # --- one SELECT ---

    def _select(self, scope: Scope, select: exp.Select, outer: Frame | None) -> Relation:
        frame = self._joined(scope, select, outer)
        where = select.args.get("where")
        condition = where.this if where is not None else None
        see_rows_present(frame, condition)
        self._look_at_equalities(select, frame)
        pairs = [*equalities(condition), *_inner_equalities(select)]
        if outer is not None:
            self._pin(frame, outer, pairs)
        for inner in scope.subquery_scopes:
            self._subquery(inner, frame)
        mixed = [
            *demands(select, frame, slice_words(frame.slice, self.key)),
            *(limits(select) if frame.slice is not None else ()),
        ]
        for fault in (*mixed, *sums_of_doubles(select, frame), *partial_orders(select, frame, self.inputs)):
            self._blame(select, fault)
        return self._result(select, frame, broken=frame.broken or bool(mixed))

    def _joined(self, scope: Scope, select: exp.Select, outer: Frame | None) -> Frame:
        frame = Frame(self.keys, outer)
        where = select.args.get("where")
        everywhere = closed([*equalities(where.this if where is not None else None), *_inner_equalities(select)])
        sources = [(select.args.get("from_"), "inner", everywhere)]
        for join in select.args.get("joins") or []:
            side = join_side(join)
            pairs = equalities(join.args.get("on"))
            sources.append((join, side, [*pairs, *everywhere] if side in ("inner", "cross", "semi") else pairs))
        sources += [(lateral, "inner", everywhere) for lateral in select.args.get("laterals") or []]
        for clause, side, pairs in sources:
            if clause is None:
                continue
            node = clause if isinstance(clause, exp.Lateral) else clause.this
            alias, relation = self._source(scope, node)
            reason = add_source(frame, alias, relation, side, pairs)
            if reason is not None:
                self._blame(select, self._join_fault(clause, alias, relation, reason, frame))
            if (clause.args.get("method") or "") == "POSITIONAL" and frame.slice is not None:
                self._blame(select, "POSITIONAL JOIN pairs rows by their place, over all keys. Join on the key")
        return frame

    def _join_fault(self, clause: exp.Expr, alias: str, relation: Relation, reason: str, frame: Frame) -> str:
        on = clause.args.get("on")
        how = f" on {short_sql(on, 200)}" if on is not None else ""
        name = relation.name if relation.name.strip("'") == alias else f"{relation.name} as {alias}"
        keyed = [column for column, facts in relation.columns.items() if facts.tie is not Tie.NONE]
        mine = f"{alias}.{keyed[0]}" if keyed and relation.slice == KEY else f"{alias}.{self.key}"
        names = [*frame.key_names(), *frame.key_names(Tie.PERHAPS)]
        others = [column for column in names if not column.startswith(f"{alias}.")]
        theirs = others[0] if others else self.key
        return (
            f"the join of {name}{how} {reason} ({self.key}): rows of one key would see rows of another. "
            f"Add {theirs} = {mine} to the ON; or declare the table in `reference:` when it is small and seldom "
            f"changes; {OR_FULL}"
        )

    # --- sources ---

    def _source(self, scope: Scope, node: exp.Expr) -> tuple[str, Relation]:
        alias = (node.alias_or_name or node.sql()).lower()
        source = scope.sources.get(node.alias_or_name)
        if node.args.get("pivots"):
            return alias, self._unfollowed(node, alias, "PIVOT", "Write its columns as count(case when ... end)")
        if isinstance(source, Scope) and id(source) not in self._walked:  # the CTE that is just being defined
            whole = source.expression.find_ancestor(exp.CTE) or source.expression
            return alias, self._unfollowed(whole, alias, "a recursive CTE", "Compute it in a model of its own")
        if isinstance(source, Scope) and isinstance(node, exp.Table | exp.Subquery):
            relation = replace(self.relation(source), name=f"'{alias}'", pinned=False)
            return alias, _renamed(relation, node) if isinstance(node, exp.Table) else relation
        if isinstance(node, exp.Table):
            return alias, _renamed(self._table(node), node)
        if isinstance(node, exp.Lateral) or (isinstance(node, exp.Subquery) and not isinstance(node.this, exp.Query)):
            return alias, self._unfollowed(
                node, alias, "LATERAL or a join in brackets", "Write one join after the other, each with its ON"
            )
        return alias, Relation(alias, {})

    def _table(self, table: exp.Table) -> Relation:
        name = table.name.lower()
        if not isinstance(table.this, exp.Identifier):
            return Relation(name or "a table function", {})
        given = self.inputs.get(name)
        if given is None:
            self._blame(table, f"reads {name!r}, which is none of the inputs that are known here")
            return Relation(name, {}, broken=True)
        key = self.keys.get(name)
        slice_ = key.slice if key is not None else None
        columns, doubles = {}, given.doubles()
        for column in (each.lower() for each in given.columns):
            own = exp.column(column)
            tie = Tie.EXACT if key is not None and slice_ is not None and key.expression == own else Tie.NONE
            origins = frozenset({(name, column)})
            columns[column] = Facts(tie, {((), name): own}, origins, column in doubles)
        unknown = key is not None and key.how == "unknown"
        return Relation(name, columns, slice_, (frozenset({((), name)}),), broken=unknown)

    def _unfollowed(self, node: exp.Expr, name: str, what: str, instead: str) -> Relation:
        tables = {table.name.lower() for table in node.find_all(exp.Table)}
        keyed = [table for table in tables if table in self.keys and self.keys[table].slice is not None]
        if keyed:
            self._blame(
                node, f"{what} over {', '.join(sorted(keyed))} cannot be followed by the check. {instead}, {OR_FULL}"
            )
        return Relation(name, {}, KEY if keyed else None, broken=bool(keyed))

    def _unreadable(self, node: exp.Expr) -> Relation:
        return self._unfollowed(node, "it", node.key.upper(), "Write a plain SELECT")

    # --- subqueries ---

    def _pin(self, frame: Frame, outer: Frame, pairs: list[Equality]) -> None:
        """Note that a subquery sees only rows of the outer row's key, where its conditions say so."""
        around: Frame | None = outer
        while around is not None and frame.slice is not None and not frame.broken:
            if self._matches(frame, around, between(pairs, around, frame)):
                frame.pinned = True
                return
            around = around.outer

    def _matches(self, inner: Frame, outer: Frame, pairs: list[Equality]) -> bool:
        met = link(outer, inner, pairs, self.keys) if pairs else None
        if met is None or met.slice is None or (outer.slice is not None and met.slice != outer.slice):
            return False
        outer.slice = met.slice
        outer.equal |= met.equal
        return True

    def _subquery(self, scope: Scope, frame: Frame) -> None:
        inner = self.relation(scope, frame)
        if frame.broken or inner.broken or inner.slice is None:
            return
        node = scope.expression.parent if isinstance(scope.expression.parent, exp.Subquery) else scope.expression
        parent = node.parent
        if inner.pinned:
            return
        if isinstance(parent, exp.In) and self._in_matches(parent, scope, inner, frame):
            if not _only_filters(parent):
                fault = "IN is null, not false, as soon as the subquery holds a null of another key"
                self._blame(scope.expression, f"{fault}. Write `exists (...)` or `not exists (...)`")
            return
        self._blame(
            scope.expression,
            f"reads rows of every key, because nothing ties it to the {self.key} of the row outside. "
            f"Add `where <inner>.{self.key} = <outer>.{self.key}`, join it on the key, {OR_FULL}",
        )

    def _in_matches(self, condition: exp.In, scope: Scope, inner: Relation, frame: Frame) -> bool:
        asked = condition.this.unnest()
        parts = asked.expressions if isinstance(asked, exp.Tuple) else [asked]
        pairs = [Equality(part, exp.column(name)) for part, name in zip(parts, inner.columns, strict=False)]
        rows = Frame.of("", inner, self.keys)
        for pair in pairs:
            self._note_equality(facts_of(pair.left, frame).origins, facts_of(pair.right, rows).origins)
        return self._matches(rows, frame, pairs)

    # --- results ---

    def _result(self, select: exp.Select, frame: Frame, broken: bool) -> Relation:
        grouped = {each.sql() for each in grouped_by(select) or []} if has_grouping_sets(select) else None
        columns: dict[str, Facts] = {}
        for projection in select.expressions:
            bare = projection.unalias()
            facts = facts_of(bare, frame)
            if grouped is not None and bare.sql() not in grouped:
                facts = replace(facts, tie=Tie.NONE, values={})
            name = projection.alias_or_name.lower()
            columns.setdefault(name, facts)
            if name in self.watched:
                self.trace.named[name] += [facts_of(part, frame).values for part in (bare, *coalesce_parts(bare))]
        is_grouped = any(select.args.get(clause) is not None for clause in ("group", "distinct"))
        is_grouped = is_grouped or any(relation.is_grouped for relation in frame.relations.values())
        guarantees = tuple(frame.guarantees())
        return Relation(place(select), columns, frame.slice, guarantees, frame.pinned, broken, is_grouped)

    def _set_operation(self, scope: Scope, expression: exp.SetOperation, outer: Frame | None) -> Relation:
        left, right = (self.relation(each, outer) for each in scope.set_operation_scopes)
        result = united(expression, left, right, place(expression), self.key)
        for name in self.watched & result.columns.keys():  # the second part need not repeat the name
            self.trace.named[name].append(result.columns[name].values)
        faults = [fault for fault in [set_fault(expression, left, right, result, self.key)] if fault is not None]
        if result.slice is not None:
            faults += limits(expression)
        for fault in faults:
            self._blame(expression, fault)
        return replace(result, broken=result.broken or bool(faults))

    # --- words ---

    def _blame(self, node: exp.Expr, fault: str) -> None:
        sentence = f"{place(node)}: {fault.rstrip('.')}."
        if sentence not in self.faults:
            self.faults.append(sentence)

    # --- looking around ---

    def _look_at_equalities(self, select: exp.Select, frame: Frame) -> None:
        kinds: tuple[type[exp.Expr], ...] = (exp.EQ, exp.NullSafeEQ)
        for node in find_all_in_scope(select, *kinds):
            for pair in equalities(node):
                self._note_equality(facts_of(pair.left, frame).origins, facts_of(pair.right, frame).origins)

    def _note_equality(self, left: frozenset[Origin] | None, right: frozenset[Origin] | None) -> None:
        for one in left or ():
            for other in right or ():
                self.trace.equal |= {(one, other), (other, one)}


def _renamed(relation: Relation, table: exp.Table) -> Relation:
    """Return a relation with the column names that its alias gives: `fct_orders as o(key, value)`."""
    names = [name.lower() for name in table.alias_column_names]
    columns = zip([*names, *list(relation.columns)[len(names) :]], relation.columns.values(), strict=False)
    return replace(relation, columns=dict(columns)) if names else relation


def _inner_equalities(select: exp.Select) -> list[Equality]:
    joins = [join for join in select.args.get("joins") or [] if join_side(join) in ("inner", "cross")]
    return [pair for join in joins for pair in equalities(join.args.get("on"))]


def _only_filters(condition: exp.Expr) -> bool:
    """Whether null and false are the same to whoever asks the condition."""
    node, parent = condition, condition.parent
    while isinstance(parent, exp.And | exp.Or | exp.Paren):
        node, parent = parent, parent.parent
    if isinstance(parent, exp.If):
        return node.arg_key == "this"
    return isinstance(parent, exp.Where | exp.Having | exp.Qualify | exp.Join)
