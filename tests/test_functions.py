"""The allow-list of functions: its examples run, its Spark forms are what sqlglot writes, and the traps are named."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from journey_analytics.definitions.front_matter import split_model_file
from journey_analytics.definitions.functions import FUNCTIONS_FILE, functions_outside, read_functions
from journey_analytics.errors import DefinitionError

SQL = Path(__file__).parent.parent / "sql"
LIST = read_functions(SQL / FUNCTIONS_FILE)
ROWS = """
    (select 'a/b' as text, 3::bigint as number, 1.25::decimal(18, 4) as decimal_value, 0.5::double as share, true as flag,
        date '2026-01-31' as day, timestamp '2026-01-31 10:00:00' as moment, ['a', 'b'] as texts, [1, 2, 3] as numbers,
        '{"a": 1}' as json_text)"""


def parsed(expression: str, dialect: str = "duckdb") -> exp.Expr:
    projection: exp.Expr = sqlglot.parse_one(f"select {expression}", read=dialect).expressions[0]
    return projection


def faults(expression: str) -> str:
    return "\n".join(functions_outside(sqlglot.parse_one(f"select {expression} from t", read="duckdb"), LIST))


@pytest.mark.parametrize("name", LIST.told.allowed)
def test_an_allowed_example_runs_and_is_allowed(name: str) -> None:
    example = LIST.told.allowed[name].example
    group = "group by text" if name == "grouping" else ""
    with duckdb.connect(":memory:") as con:
        assert len(con.execute(f"select {example} from {ROWS} {group}").fetchall()) >= 1
    assert faults(example) == ""


@pytest.mark.parametrize("name", LIST.told.allowed)
def test_the_spark_form_is_what_sqlglot_writes_unless_it_is_lowered(name: str) -> None:
    entry = LIST.told.allowed[name]
    reviewed = parsed(entry.example) if entry.spark == "same" else parsed(entry.spark, "spark")
    written = parsed(entry.example).sql("spark")
    assert (written.lower() == reviewed.sql("spark").lower()) is not entry.lowered, written
    if entry.spark == "same":
        assert written.split("(")[0].lower() == entry.example.split("(")[0].lower()


@pytest.mark.parametrize("name", LIST.told.forbidden)
def test_a_forbidden_example_is_named_with_its_reason_and_its_cure(name: str) -> None:
    entry = LIST.told.forbidden[name]
    told = faults(entry.example)
    assert f"{name} {entry.why}" in told
    assert entry.instead in told


@pytest.mark.parametrize(
    "trap",
    [
        "hash(a)", "list(a order by b)", "a[1:2]", "list_slice(a, 1, 2)", "list_sum(a)", "epoch(a - b)", "concat(a, 1)",
        "isodow(a)", "dayofweek(a)", "percentile_cont(0.5) within group (order by a)", "quantile_cont(a, 0.5)",
        "quantile_disc(a, 0.5)", "date_diff('second', a, b)", "extract(isodow from a)", "date_part('epoch', a)",
        "date_trunc('decade', a)", "strftime(a, '%G-%V')", "string_agg(a, ',')", "regexp_replace(a, 'b', 'c')",
        "max(a, 3)", "arg_min(a, b, 2)", "make_timestamp(2026, 1, 31, 0, 0, 0)", "epoch_ms(a)", "log(a)", "range(3)",
        "array_agg(a)", "today()", "now()", "random()", "columns(*)",
    ],
)  # fmt: skip
def test_a_trap_is_refused(trap: str) -> None:
    assert faults(trap) != ""


@pytest.mark.parametrize(
    "safe",
    [
        "a + 1, a || 'b', -a, not b, a is null, a is distinct from b, a between 1 and 2, a in (1, 2), a like 'b%'",
        "case when a then 1 end, a::bigint, try_cast(a as date), coalesce(a, b), ifnull(a, b), a / nullif(b, 0)",
        "count(*), count(distinct a), sum(a) filter (where b), min(a) over (partition by b), min_by(a, b)",
        "string_agg(distinct a, ',' order by a), arg_min(a, b) filter (where a is not null)",
        "row_number() over (order by a), lag(a, 2) over w, last_value(a ignore nulls) over (order by b)",
        "regexp_replace(a, '^https?://', ''), regexp_replace(a, 'b', 'c', 'g'), regexp_extract(a, 'b'), a ~ 'b'",
        "a + interval 1 day, a % 7, a // 2, date '2026-01-31' - a, cast(date_trunc('month', a) as date)",
        "extract(year from a), date_trunc('week', cast(a as date)), strftime(a, '%Y-%m-%d')",
        "list_filter(a, lambda x: x > 1), [a, b], {'a': 1}, a ->> '$.b', substring(a, 1, 2), position('b' in a)",
    ],
)
def test_what_a_reasonable_author_writes_is_allowed(safe: str) -> None:
    assert faults(safe) == ""


def test_a_misspelt_function_is_answered_with_the_nearest_one_and_its_place() -> None:
    select = sqlglot.parse_one("with pages as (select lowr(a) as a from t) select a from pages", read="duckdb")
    (told,) = functions_outside(select, LIST)
    assert told.startswith("CTE 'pages': LOWR(a): lowr is not on the list")
    assert "Did you mean 'lower'?" in told


def test_the_list_refuses_a_key_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "functions.yml"
    path.write_text("allowed:\n  lower: {example: lower(text), sparc: same}\nforbidden: {}\n")
    with pytest.raises(DefinitionError, match=r"functions.yml:2.*unknown key 'sparc'.*Did you mean 'spark'"):
        read_functions(path)


@pytest.mark.parametrize("path", sorted(SQL.glob("*/*.sql")), ids=lambda path: path.stem)
def test_every_model_keeps_to_the_list(path: Path) -> None:
    select = sqlglot.parse_one(split_model_file(path)[2], read="duckdb")
    assert functions_outside(select, LIST) == []
