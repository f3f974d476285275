"""`journey verify` finds the model that breaks its promise, and tells it from those that only follow."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from journey_analytics import pipeline
from journey_analytics.errors import UsageError
from journey_analytics.verify import verify
from journey_analytics.warehouse import Warehouse
from tests.histories import History
from tests.test_increments import run, tiny

__all__ = ["tiny"]


@pytest.fixture(scope="module")
def first_night(tiny: pipeline.Night, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database after the first night of the history."""
    folder = tmp_path_factory.mktemp("first_night")
    night = replace(tiny, patterns=History(301, folder).patterns)
    with Warehouse.open(folder / "nightly.duckdb") as warehouse:
        run(night, warehouse)
    return folder / "nightly.duckdb"


@pytest.fixture
def nights(tiny: pipeline.Night, first_night: Path, tmp_path: Path) -> tuple[pipeline.Night, History, Path]:
    """A night over the same files, the history that goes on with them, and a copy of what the first night left."""
    history = History(301, tmp_path)
    database = shutil.copy(first_night, tmp_path / "nightly.duckdb")
    return replace(tiny, patterns=history.patterns), history, database


def test_after_nights_of_changes_every_table_equals_a_full_rebuild(
    nights: tuple[pipeline.Night, History, Path],
) -> None:
    night, history, database = nights
    with Warehouse.open(database) as warehouse:
        for change in (history._new_daily, history._late_rows, history._late_user, history._emptied):
            change()
            history._write()
            run(night, warehouse)
        # a rate changes, and nothing else
        history.rates[("USD", history.newest)] = "0.5"
        history._write()
        project = history.with_rates(night.project)
        taken = run(replace(night, project=project), warehouse)
        assert taken["int_key_events"].how == "full"
        assert taken["fct_sessions"].how == "nothing"
    assert verify(project, database) == []
    assert [path.name for path in database.parent.glob(".*scratch*")] == []


def test_a_model_that_breaks_its_promise_is_named_with_its_first_keys(
    nights: tuple[pipeline.Night, History, Path],
) -> None:
    night, history, database = nights
    sessions = night.project.models["fct_sessions"]
    # whether the number of all sessions is odd: no session's own rows say that
    odd = "count(*) over () % 2 = 1 as is_engaged,"
    faulty = replace(
        sessions, sql=sessions.sql.replace("    is_engaged,\n    not is_engaged", f"    {odd}\n    not is_engaged", 1)
    )
    assert faulty.sql != sessions.sql
    project = replace(night.project, models={**night.project.models, "fct_sessions": faulty})
    night = replace(night, project=project)
    with Warehouse.open(database) as warehouse:
        run(night, warehouse)
        sessions_before = warehouse.value("select count(*) from fct_sessions")
        while (warehouse.value("select count(*) from fct_sessions") - sessions_before) % 2 == 0:
            history._new_daily()
            history._write()
            run(night, warehouse)
    told = verify(project, database)
    assert "fct_sessions.sql: fct_sessions (rebuild_by session_key): " in told[0]
    assert "First keys: session_key = " in told[0]
    assert "depends on input rows with another session_key" in told[0]
    assert len(told) > 1
    assert all("It follows from" in sentence for sentence in told[1:])


def test_tables_of_other_definitions_are_not_compared(nights: tuple[pipeline.Night, History, Path]) -> None:
    night, _, database = nights
    reach = night.project.models["kpi_reach"]
    other = replace(night.project, models={**night.project.models, "kpi_reach": replace(reach, sql=reach.sql + " ")})
    with pytest.raises(UsageError, match="built by other definitions or settings"):
        verify(other, database)
