"""The CSV lists under sql/reference: how they are read, and what must be true of the shipped ones."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from journey_analytics.definitions.generated import csv_model
from journey_analytics.errors import DefinitionError
from tests.conftest import ROOT

LISTS = ROOT / "sql" / "reference"
CATEGORIES = {"search", "social", "video", "shopping", "ai_assistant"}


def written(folder: Path, text: str) -> Path:
    """Write a list and return where."""
    path = folder / "dim_colours.csv"
    path.write_text(text, encoding="utf-8")
    return path


def rows(name: str) -> list[tuple[str, ...]]:
    """Return the rows of a shipped list, as the model has them."""
    return duckdb.execute(csv_model(LISTS / f"{name}.csv").sql).fetchall()


def test_notes_on_top_describe_a_list_and_name_its_key(tmp_path: Path) -> None:
    path = written(tmp_path, "# One row per colour.\n# Version 3\n# key: colour\ncolour,nl,en\nred,rood,red\n")
    model = csv_model(path)
    assert (model.front.description, model.front.grain) == ("One row per colour.", ("colour",))
    assert duckdb.execute(model.sql).fetchall() == [("red", "rood", "red")]


@pytest.mark.parametrize(
    ("text", "key"), [("colour,nl\nred,rood\n", ("colour",)), ("colour,shade,nl\nred,dark,rood\n", ("colour", "shade"))]
)
def test_without_notes_the_first_columns_are_the_key(tmp_path: Path, text: str, key: tuple[str, ...]) -> None:
    model = csv_model(written(tmp_path, text))
    assert (model.front.description, model.front.grain) == ("One row per line of dim_colours.csv.", key)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# A list\ncolour,nl\nred,rood\nblue\n", "dim_colours.csv:4: has 1 values, the header names 2: colour, nl."),
        (
            "# A list\n# key: color\ncolour,nl\nred,rood\n",
            "dim_colours.csv:2: key: 'color' is no column of the list. Allowed: colour, nl. Did you mean 'colour'?",
        ),
    ],
)
def test_a_list_that_cannot_be_read_names_the_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        csv_model(written(tmp_path, text))
    assert str(caught.value).endswith(says)


def test_each_source_stands_in_the_list_once_in_a_form_that_can_match() -> None:
    listed = rows("dim_source_categories")
    sources = [source for source, _ in listed]
    assert len(sources) == len(set(sources))
    assert {category for _, category in listed} == CATEGORIES
    assert [
        source for source in sources if not re.fullmatch(r"[a-z0-9_ -]+|[a-z0-9-]+[.][*]|[a-z0-9.-]+", source)
    ] == []
    assert [source for source in sources if source.startswith("www.")] == []


def test_each_payment_host_stands_in_the_list_once_and_under_no_other_one() -> None:
    hosts = [host for (host,) in rows("dim_payment_hosts")]
    assert len(hosts) == len(set(hosts))
    assert [(one, other) for one in hosts for other in hosts if one.endswith(f".{other}")] == []


def test_each_channel_group_of_the_rules_has_an_ownership_and_titles() -> None:
    model = (ROOT / "sql" / "sessions" / "fct_session_channels.sql").read_text(encoding="utf-8")
    rules = model[model.index("ruled as (") : model.index("end as ruled_channel_group")]
    named = set(re.findall(r"(?:then|else) '([^']+)'", rules))
    listed = rows("dim_channel_groups")
    assert {group for group, *_ in listed} == named
    assert [row for row in listed if not all(row)] == []
    assert {ownership for _, ownership, *_ in listed} == {"paid", "owned", "earned", "unknown"}
