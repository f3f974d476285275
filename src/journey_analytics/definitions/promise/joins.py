"""Joins under the static check: two relations that know the key may meet only where their keys are equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from journey_analytics.definitions.promise.columns import Frame, Relation, Tie, facts_of
from journey_analytics.definitions.promise.inputs import KEY, InputKey, Slice, steps_to_key


@dataclass(frozen=True)
class Equality:
    """Two expressions that a condition demands to be equal."""

    left: exp.Expr
    right: exp.Expr
    null_safe: bool = False

    def turned(self) -> Equality:
        """Return the same equality with its sides exchanged."""
        return Equality(self.right, self.left, self.null_safe)


@dataclass(frozen=True)
class Link:
    """How two relations meet on the key.

    Attributes:
        slice: what the joined rows are sliced by.
        equal: columns of the reference side that are now equal to the key.
    """

    slice: Slice | None
    equal: frozenset[tuple[str, str]] = frozenset()


def equalities(condition: exp.Expr | None) -> list[Equality]:
    """Return the equalities that hold wherever a condition holds: those joined by AND.

    >>> from sqlglot import parse_one
    >>> [pair.left.sql() for pair in equalities(parse_one("a.x = b.x and (a.y = b.y or a.z = b.z)"))]
    ['a.x']
    """
    found = []
    for part in conjuncts(condition):
        if isinstance(part, exp.EQ | exp.NullSafeEQ):
            sides = (part.left.unnest(), part.right.unnest())
            null_safe = isinstance(part, exp.NullSafeEQ)
            if isinstance(sides[0], exp.Tuple) and isinstance(sides[1], exp.Tuple):
                pairs = zip(sides[0].expressions, sides[1].expressions, strict=False)
                found += [Equality(left, right, null_safe) for left, right in pairs]
            else:
                found.append(Equality(*sides, null_safe))
    return found


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield the parts of a condition that all must hold."""
    if condition is None:
        return
    bare = condition.unnest()
    if isinstance(bare, exp.And):
        yield from conjuncts(bare.left)
        yield from conjuncts(bare.right)
    else:
        yield bare


def closed(pairs: Sequence[Equality]) -> list[Equality]:
    """Return the equalities and those that follow from them: a = b and b = c make a = c."""
    groups: list[dict[str, exp.Expr]] = []
    for pair in pairs:
        if pair.null_safe or not (type(pair.left) is exp.Column and type(pair.right) is exp.Column):
            continue
        group: dict[str, exp.Expr] = {pair.left.sql(): pair.left, pair.right.sql(): pair.right}
        for other in [known for known in groups if known.keys() & group.keys()]:
            group |= other
            groups.remove(other)
        groups.append(group)
    return [*pairs, *(Equality(a, b) for group in groups for a in group.values() for b in group.values() if a is not b)]


def aliases_in(node: exp.Expr) -> set[str]:
    """Return the aliases whose columns an expression uses."""
    return {column.table.lower() for column in node.find_all(exp.Column)}


def between(pairs: Iterable[Equality], left: Frame, right: Frame) -> list[Equality]:
    """Return the equalities between two frames, those of the left one on the left side."""
    found = []
    for pair in pairs:
        for turned in (pair, pair.turned()):
            here, there = aliases_in(turned.left), aliases_in(turned.right)
            if (
                here
                and there
                and there <= right.relations.keys()
                and here <= left.relations.keys() - right.relations.keys()
            ):
                found.append(turned)
    return found


def link(left: Frame, right: Frame, pairs: Sequence[Equality], keys: Mapping[str, InputKey]) -> Link | None:
    """Return how two frames meet on the key, or None where they do not.

    Args:
        pairs: equalities between them, as `between` returns them.
    """
    if left.slice is None and right.slice is None:
        return Link(None)
    if left.slice is None:
        return _with_reference(left, right, pairs, keys)
    if right.slice is None:
        return _with_reference(right, left, [pair.turned() for pair in pairs], keys)
    if left.slice == right.slice:
        return Link(left.slice) if any(_both_key(pair, left, right) for pair in pairs) else None
    if left.slice in steps_to_key(right.slice, keys):
        return Link(left.slice) if any(_bridged(pair, left, right) for pair in pairs) else None
    if right.slice in steps_to_key(left.slice, keys):
        return Link(right.slice) if any(_bridged(pair.turned(), right, left) for pair in pairs) else None
    return None


def _both_key(pair: Equality, left: Frame, right: Frame) -> bool:
    least = Tie.EXACT if pair.null_safe else Tie.PERHAPS
    return facts_of(pair.left, left).tie >= least and facts_of(pair.right, right).tie >= least


def _bridged(pair: Equality, upper: Frame, lower: Frame) -> bool:
    """Whether the lower frame's rows find the key by this equality with the column that its tables are sliced by."""
    origins = facts_of(pair.left, upper).origins
    return (
        not pair.null_safe and origins == frozenset({lower.slice}) and facts_of(pair.right, lower).tie is not Tie.NONE
    )


def _with_reference(
    reference: Frame, keyed: Frame, pairs: Sequence[Equality], keys: Mapping[str, InputKey]
) -> Link | None:
    translated = {
        (alias, name)
        for pair in pairs
        if _bridged(pair, reference, keyed)
        for alias in aliases_in(pair.left)
        for name, facts in reference.relations[alias].columns.items()
        if facts.origins in [frozenset({(key.table, key.key)}) for key in keys.values() if key.how == "through"]
    }
    if translated:
        return Link(KEY, frozenset(translated))
    equal = {
        (pair.left.table.lower(), pair.left.name.lower())
        for pair in pairs
        if type(pair.left) is exp.Column and not pair.null_safe and facts_of(pair.right, keyed).tie is not Tie.NONE
    }
    return Link(keyed.slice, frozenset(equal)) if equal else None


def join_side(join: exp.Join) -> str:
    """Return inner, left, right, full, semi or anti."""
    side = (join.side or "").lower()
    kind = (join.kind or "").lower()
    return kind if kind in ("semi", "anti") else side or "inner"


def add_source(frame: Frame, alias: str, relation: Relation, side: str, pairs: Sequence[Equality]) -> str | None:
    """Join one more source to a frame; return the reason why it may not be joined like that.

    Args:
        side: as `join_side` returns it.
        pairs: the equalities of the join.
    """
    added = Frame.of(alias, relation, frame.keys)
    if frame.broken or relation.broken:
        frame.broken = True
        reason = None
    else:
        reason = _join_slices(frame, added, side, between(pairs, frame, added))
        frame.broken = reason is not None
    if side not in ("semi", "anti"):
        frame.relations[alias] = relation
        frame.present = _present(frame.present, alias, side)
    return reason


def _present(present: list[frozenset[str]], alias: str, side: str) -> list[frozenset[str]]:
    own = frozenset({alias})
    return {
        "left": present,
        "right": [own],
        "full": [aliases | own for aliases in present],
    }.get(side, [*present, own])


def _join_slices(frame: Frame, added: Frame, side: str, pairs: Sequence[Equality]) -> str | None:
    met = link(frame, added, pairs, frame.keys)
    if met is None:
        return _meet_without_key(frame, added, side)
    keeps = {"left": [frame], "right": [added], "full": [frame, added], "semi": [frame], "anti": [frame]}.get(side, [])
    if any(kept.slice not in (None, met.slice) for kept in keeps):
        return "keeps rows that the other side lacks, and those have no key"
    if frame.slice is not None and frame.slice != met.slice:
        frame.equal.clear()  # they were equal to what led to the key, not to the key
    frame.slice = met.slice
    frame.equal |= met.equal
    return None


def _meet_without_key(frame: Frame, added: Frame, side: str) -> str | None:
    """Join a reference to keyed rows without an equality on the key, which is fine unless it keeps unmatched rows."""
    if frame.slice is not None and added.slice is not None:
        return "is not joined on the key"
    reference_is_kept = side == "full" or (
        side == "right" if frame.slice is not None else side in ("left", "semi", "anti")
    )
    if reference_is_kept:
        return "keeps rows of a reference, and which of them find no partner depends on rows of every key"
    frame.slice = frame.slice if frame.slice is not None else added.slice
    return None


def see_rows_present(frame: Frame, condition: exp.Expr | None) -> None:
    """Note the sources that must have a row because a condition on a column of theirs holds."""
    for part in conjuncts(condition):
        compared: list[exp.Expr] = []
        if isinstance(part, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.Like):
            compared = [part.left.unnest(), part.right.unnest()]
        elif isinstance(part, exp.In | exp.Between):
            compared = [part.this]
        elif isinstance(part, exp.Not) and isinstance(is_null := part.this.unnest(), exp.Is):
            compared = [is_null.this] if isinstance(is_null.expression, exp.Null) else []
        for side in compared:
            if type(side) is exp.Column and side.table.lower() in frame.relations:
                frame.present.append(frozenset({side.table.lower()}))
