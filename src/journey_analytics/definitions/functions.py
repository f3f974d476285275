"""The allow-list of SQL functions: what a hand-written model may use so that two runs and two engines agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import sqlglot
from pydantic import Field
from sqlglot import exp

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.promise.sql_words import place, short_sql
from journey_analytics.definitions.rules import Texts
from journey_analytics.definitions.strict import Definition, read_definition
from journey_analytics.errors import did_you_mean

FUNCTIONS_FILE = "reference/functions.yml"
"""Where the list stands, below `sql/`."""

Need = Literal["order_by", "every_match"]
Identity = str | type[exp.Expr]

# one class of sqlglot for several functions: these are told apart by the name that DuckDB writes
_SHARED: tuple[type[exp.Expr], ...] = (exp.UnixToTime, exp.GenerateSeries, exp.Log)
# what stands around a function without being one
_AROUND = (exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)
# no functions for sqlglot, but as able to differ
_OPERATORS: tuple[type[exp.Expr], ...] = (
    exp.Glob,
    exp.SimilarTo,
    exp.AtTimeZone,
    exp.Comprehension,
    exp.Bracket,
    exp.Unnest,
)


class AllowedFunction(Definition):
    """A function that models may use."""

    example: str = Field(description="how it is written in a model; runs on DuckDB")
    spark: str = Field(description="`same`, or the form of the example on Spark")
    lowered: bool = Field(False, description="sqlglot writes something else; the Spark back end must write this form")
    note: str | None = Field(None, description="what differs or surprises")
    only: Texts = Field((), description="units or directives that mean the same on both engines")
    needs: tuple[Need, ...] = ()
    most: int | None = Field(None, description="the largest number of arguments")
    also: Texts = Field((), description="other names of the same function")


class ForbiddenFunction(Definition):
    """A function that models may not use, and why."""

    example: str
    why: str = Field(min_length=3)
    instead: str = Field(min_length=3, description="what to write")
    also: Texts = ()


class FunctionList(Definition):
    """The file `sql/reference/functions.yml`."""

    allowed: dict[str, AllowedFunction]
    forbidden: dict[str, ForbiddenFunction]


@dataclass(frozen=True)
class Functions:
    """The allow-list, ready to look functions up in a parsed SELECT."""

    path: Path
    told: FunctionList

    @cached_property
    def _known(self) -> Mapping[Identity, str]:
        """Names of the list by what identifies the function in a tree; what is forbidden comes last and wins."""
        found: dict[Identity, str] = {}
        for entries in (self.told.allowed, self.told.forbidden):
            for name, entry in entries.items():
                found |= dict.fromkeys([name, *entry.also], name)
                found[identity(example_node(entry.example))] = name
        return found

    def name_of(self, node: exp.Expr) -> str:
        """Return a function's name in the list; one that is not in it under the name that DuckDB writes."""
        known = self._known.get(identity(node)) or self._known.get(written_name(node))
        return known or written_name(node)

    @property
    def allowed_names(self) -> list[str]:
        """Every name of a function that models may use."""
        return [name for key, entry in self.told.allowed.items() for name in (key, *entry.also)]


def read_functions(path: Path) -> Functions:
    """Return the allow-list in `path`.

    Raises:
        DefinitionError: unknown key, missing key; the message names file and line.
    """
    return Functions(path, read_definition(FunctionList, path))


def functions_outside(select: exp.Expr, functions: Functions, where: Callable[[exp.Expr], str] = place) -> list[str]:
    """Return one sentence for each use of a function that the list forbids or does not know.

    Args:
        select: a parsed SELECT, or the expression of a check.
        functions: the allow-list.
        where: says where a function stands.
    """
    faults = (
        f"{where(node)}: {short_sql(node)}: {fault}." for node in _uses(select) for fault in _faults(node, functions)
    )
    return list(dict.fromkeys(faults))


def strange_functions(model: Model, functions: Functions) -> list[str]:
    """Return the sentences of `functions_outside` for a model's SELECT; file and line lead them."""
    return functions_outside(model.select, functions, lambda node: f"{model.place(node)}: {place(node)}")


def _uses(select: exp.Expr) -> Iterator[exp.Expr]:
    for node in select.walk():
        if isinstance(node, exp.Array) and node.find(exp.Comprehension) is not None:
            continue  # the comprehension itself is told of
        if isinstance(node, (exp.Func, *_OPERATORS)):
            yield node


def _faults(node: exp.Expr, functions: Functions) -> Iterator[str]:
    name = functions.name_of(node)
    if (forbidden := functions.told.forbidden.get(name)) is not None:
        yield f"{name} {forbidden.why}. Write {forbidden.instead}"
    elif (allowed := functions.told.allowed.get(name)) is None:
        yield (
            f"{name} is not on the list of functions that mean the same on every engine ({functions.path})."
            f"{did_you_mean(name, functions.allowed_names)} Once its form on Spark is reviewed, add it there"
        )
    else:
        yield from _misuses(node, name, allowed)


def _misuses(node: exp.Expr, name: str, allowed: AllowedFunction) -> Iterator[str]:
    number = sum(1 for _ in _arguments(node))
    if allowed.most is not None and number > allowed.most:
        yield f"{name} with {number} arguments is another function; it is reviewed with {allowed.most}"
    if allowed.only and (other := _other_units(node, allowed.only)):
        yield f"{name} with {', '.join(other)} differs between engines. Allowed: {', '.join(allowed.only)}"
    for need in allowed.needs:
        is_met, fault = _NEEDS[need]
        if not is_met(node):
            yield f"{name} {fault}"


def _arguments(node: exp.Expr) -> Iterator[exp.Expr]:
    for key, value in node.args.items():
        if key not in ("scale", "unit", "alias", "offset", "nulls_first"):  # sqlglot's own, or no argument
            yield from (part for part in (value if isinstance(value, list) else [value]) if isinstance(part, exp.Expr))


def _other_units(node: exp.Expr, only: tuple[str, ...]) -> list[str]:
    if only[0].startswith("%"):
        format_ = node.args.get("format")
        text = node.sql("duckdb") if format_ is not None else "%?"
        return sorted(set(re.findall(r"%-?[A-Za-z]", text)) - set(only))
    unit: exp.Expr = node.args.get("unit") or (node.expressions[0] if isinstance(node, exp.Anonymous) else node.this)
    return [unit.name.lower()] if unit.name.lower() not in only else []


def _has_order(node: exp.Expr) -> bool:
    return isinstance(node.this, exp.Order) or isinstance(node.parent, exp.WithinGroup)


def _replaces_every_match(node: exp.Expr) -> bool:
    pattern, flags = node.args.get("expression"), node.args.get("modifiers")
    if isinstance(flags, exp.Literal) and "g" in flags.name:
        return True
    text = pattern.name if isinstance(pattern, exp.Literal) else ""
    return (text.startswith("^") or text.endswith("$")) and "|" not in text


_NEEDS: Mapping[Need, tuple[Callable[[exp.Expr], bool], str]] = {
    "order_by": (_has_order, "needs an ORDER BY inside its brackets: without one the order differs from run to run"),
    "every_match": (
        _replaces_every_match,
        "replaces the first match in DuckDB and every match on Spark. Add the flag 'g', or bind the pattern by ^ or $",
    ),
}


def identity(node: exp.Expr) -> Identity:
    """Return what tells a function from the others in a tree: its class, or its name where a class has several."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    if isinstance(node, exp.Bracket):
        return "a slice [1:2]" if node.find(exp.Slice) is not None else "an index [1]"
    return written_name(node) if isinstance(node, _SHARED) else type(node)


def written_name(node: exp.Expr) -> str:
    """Return the name that DuckDB writes for a function.

    >>> written_name(sqlglot.parse_one("strpos(a, 'b')", read="duckdb"))
    'strpos'
    """
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    if isinstance(node, exp.Log) and node.args.get("expression") is not None:
        return f"log{node.this.name}"
    match = re.match(r"(\w+)\(", node.sql("duckdb"))
    if match is not None:
        return match[1].lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) else node.key


def example_node(example: str) -> exp.Expr:
    """Return the function that an example shows, without the window or filter around it."""
    parsed = sqlglot.parse_one(f"select {example}", read="duckdb")
    node: exp.Expr = parsed.expressions[0].unalias()
    while isinstance(node, _AROUND):
        node = node.this
    inner = node.find(exp.Comprehension)
    return inner if inner is not None else node
