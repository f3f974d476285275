"""What may not stay: forgotten people and rows past retention leave the stored tables, and then the old copies go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from journey_analytics.definitions.project import Project
from journey_analytics.errors import DefinitionError, StorageError
from journey_analytics.ingest.file_log import PENDING
from journey_analytics.ingest.forgotten import ForgetList, forget_list_path, read_forget_list
from journey_analytics.ingest.plan import FileOutcome, SourcePlan
from journey_analytics.ingest.removal import Removal, id_names
from journey_analytics.salt import person_salt
from journey_analytics.warehouse import Warehouse, literal, quoted
from journey_analytics.window import newest_complete_date

_STATE = "forget_state"
_NOBODY = ForgetList(Path(), "")
# sentences of ours that may quote a value of a refused row
_QUOTING = (("load_files", "reason"), ("run_files", "reason"), ("runs", "message"))


@dataclass(frozen=True)
class Privacy:
    """What one run keeps out, and of which tables."""

    project: Project
    warehouse: Warehouse
    plans: Mapping[str, SourcePlan]
    people: ForgetList

    def removal(self) -> Removal:
        """Return what a load keeps out: by the list, and by the dates that are stored now."""
        return replace(self._of_people(), first_kept=self._first_kept())

    def remove_forgotten(self) -> int:
        """Remove the stored rows of everybody on the list, where the list has changed since the last time.

        Return how many rows went. Which dates change is noted for the next build, in the same transaction.
        """
        warehouse = self.warehouse
        version, is_finished = read_state(warehouse)
        if version == self.people.version:
            return 0
        removal = self._of_people()
        removal.prepare(warehouse)
        with warehouse.transaction():
            rows = sum(_remove_stored(warehouse, plan, removal) for plan in self.plans.values())
            names = removal.names_somebody("concat_ws(' ', content, reason)", is_content=True)
            rows += _remove_rejects(warehouse, names)
            texts = _clear_texts(warehouse, removal)
            _write_state(warehouse, self.people.version, is_finished and not rows and not texts)
        return rows

    def expire(self, outcomes: Iterable[FileOutcome]) -> list[FileOutcome]:
        """Remove stored rows past retention, and the refused rows of deliveries of which nothing is left.

        Return the outcomes with the counts as they are now.
        """
        first_kept, warehouse = self._first_kept(), self.warehouse
        if first_kept is None:
            return list(outcomes)
        removal = Removal(_NOBODY, first_kept)
        with warehouse.transaction():
            rows = sum(_remove_stored(warehouse, plan, removal) for plan in self.plans.values())
            rows += _remove_rejects(
                warehouse,
                "(source, delivery) in (select (source, delivery) from load_files group by source, delivery "
                "having sum(rows_stored) = 0 and sum(rows_removed) > 0)",
            )
        return _counted_again(warehouse, outcomes) if rows else list(outcomes)

    def _first_kept(self) -> date | None:
        retention = self.project.settings.retention
        if retention is None:
            return None
        return first_kept_date(retention, newest_complete_date(self.project, self.warehouse), date.today())

    def _of_people(self) -> Removal:
        return Removal(self.people, id_names=id_names(self.plans.values()))


def read_privacy(project: Project, database: Path, warehouse: Warehouse, plans: Mapping[str, SourcePlan]) -> Privacy:
    """Return what a run has to keep out. The raw tables are there.

    Raises:
        DefinitionError: the forget list cannot be used, or it was there at the last run and is gone.
    """
    settings = project.settings
    path = forget_list_path(settings, project.settings_path, database)
    people = read_forget_list(path, person_salt(settings, project.settings_path))
    if not path.exists() and read_state(warehouse)[0]:
        raise DefinitionError(
            f"{path}: the forget list is gone, and a load would bring people back. Restore it, or name it as "
            "forget_list in the settings. An empty list is a file too: kind,hash,valid_from,valid_to and the salt's line."
        )
    return Privacy(project, warehouse, plans, people)


def first_kept_date(retention: timedelta, newest: date | None, today: date) -> date | None:
    """Return the oldest event_date that is kept; None without data. 400 days are the newest date and the 399 before it.

    A date in the future, as a broken clock writes it, does not count: it would remove everything.

    >>> first_kept_date(timedelta(days=2), date(2026, 3, 31), date(2026, 4, 1))
    datetime.date(2026, 3, 30)
    """
    if newest is None:
        return None
    return min(newest, today + timedelta(days=1)) - retention + timedelta(days=1)


def read_state(warehouse: Warehouse) -> tuple[str, bool]:
    """Return the version of the list that the stored rows follow, and whether the old copies have gone too."""
    warehouse.run(f"create table if not exists {_STATE} (list_version varchar, is_finished boolean)")
    rows = warehouse.rows(f"select list_version, is_finished from {_STATE}")
    return (rows[0][0], rows[0][1]) if rows else ("", True)


def _write_state(warehouse: Warehouse, version: str, is_finished: bool) -> None:
    warehouse.run(f"delete from {_STATE}")
    warehouse.run(f"insert into {_STATE} values (?, ?)", [version, is_finished])


def _remove_stored(warehouse: Warehouse, plan: SourcePlan, removal: Removal) -> int:
    raw = quoted(plan.raw_table)
    columns = "delivery, file_name, event_date, event_timestamp, user_id, user_pseudo_id"
    marked = removal.marked(f"(select rowid as place, {columns} from {raw})")
    warehouse.run(
        "create or replace temp table removed_rows as select place, delivery, file_name, event_date "
        f"from ({marked}) where is_removed"
    )
    rows = int(warehouse.value("select count(*) from removed_rows"))
    if rows:
        # of forgotten people nobody says that they were delivered: the difference would tell who they were
        is_again = "null" if removal.people.entries else "true"
        warehouse.run(
            f"insert into {PENDING} select distinct ?, event_date, {is_again} from removed_rows", [plan.raw_table]
        )
        warehouse.run(f"delete from {raw} where rowid in (select place from removed_rows)")
        warehouse.run(
            "update load_files set rows_stored = rows_stored - gone.rows, rows_removed = rows_removed + gone.rows "
            "from (select delivery, file_name, count(*) as rows from removed_rows group by all) as gone "
            "where load_files.source = ? and load_files.delivery = gone.delivery "
            "and load_files.file_name = gone.file_name",
            [plan.name],
        )
    return rows


def _remove_rejects(warehouse: Warehouse, condition: str) -> int:
    warehouse.run(
        "create or replace temp table removed_rows as select rowid as place, source, delivery, file_name "
        f"from rejected_rows where {condition}"
    )
    rows = int(warehouse.value("select count(*) from removed_rows"))
    if rows:
        warehouse.run("delete from rejected_rows where rowid in (select place from removed_rows)")
        # the file's reason quotes its first refused row
        warehouse.run(
            "update load_files set rows_rejected = rows_rejected - gone.rows, "
            "rows_removed = rows_removed + gone.rows, reason = '' "
            "from (select source, delivery, file_name, count(*) as rows from removed_rows group by all) as gone "
            "where load_files.source = gone.source and load_files.delivery = gone.delivery "
            "and load_files.file_name = gone.file_name"
        )
    return rows


def _clear_texts(warehouse: Warehouse, removal: Removal) -> int:
    """Empty the sentences that quote a forgotten id; return how many."""
    cleared, stored = 0, warehouse.tables()
    for table, column in _QUOTING:
        if table in stored:
            names = removal.names_somebody(column, is_content=False)
            cleared += int(warehouse.value(f"select count(*) from {table} where {names}"))
            warehouse.run(f"update {table} set {column} = '' where {names}")
    return cleared


def _counted_again(warehouse: Warehouse, outcomes: Iterable[FileOutcome]) -> list[FileOutcome]:
    counts = {
        (source, delivery, content): {"rows_stored": stored, "rows_rejected": rejected, "rows_removed": removed}
        for source, delivery, content, stored, rejected, removed in warehouse.rows(
            "select source, delivery, content_hash, rows_stored, rows_rejected, rows_removed from load_files "
            "where status = 'loaded'"
        )
    }
    told = []
    for outcome in outcomes:
        now = counts.get((outcome.source, outcome.delivery, outcome.content_hash))
        is_counted = now is not None and outcome.status in ("loaded", "unchanged", "gone")
        told.append(replace(outcome, **now) if now is not None and is_counted else outcome)
    return told


def is_unfinished(warehouse: Warehouse) -> bool:
    """Return whether somebody was removed whose rows may stand in earlier versions and in free places of the file."""
    return not read_state(warehouse)[1]


def rewrite(database: Path) -> None:
    """Write the database into a new file and put that in its place: deleted rows leave their bytes behind in the old one.

    Killed before the end, the old file stays, and says that this is still to be done.

    Raises:
        StorageError: there is no room for the second file.
    """
    fresh = database.with_name(database.name + ".rewritten")
    log = database.with_name(database.name + ".wal")
    try:
        for left in (fresh, fresh.with_name(fresh.name + ".wal")):
            left.unlink(missing_ok=True)
        with Warehouse.open(database) as warehouse:
            name = quoted(str(warehouse.value("select current_database()")))
            warehouse.run(f"attach {literal(str(fresh))} as rewritten")
            warehouse.run(f"copy from database {name} to rewritten")
            warehouse.run(f"update rewritten.{_STATE} set is_finished = true")
            warehouse.run("detach rewritten")
        if log.exists():
            raise StorageError(f"{log}: the database was not closed whole. Run `journey run` again.")
        fresh.replace(database)
    except OSError as error:
        raise StorageError(f"{database}: cannot be rewritten ({error.strerror}). Make room, then run again.") from None
