"""Forgetting people: who is meant by an id, and the one run that removes them everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from journey_analytics import pipeline
from journey_analytics.errors import UsageError
from journey_analytics.ingest.forgotten import (
    KINDS,
    Entry,
    ForgetList,
    forget_list_path,
    read_forget_list,
    write_forget_list,
)
from journey_analytics.ingest.load import prepare_raw
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.ingest.removal import Removal, id_names
from journey_analytics.lock import run_lock
from journey_analytics.night_files import source_plans
from journey_analytics.places import refuse_missing_database
from journey_analytics.privacy import is_unfinished, read_privacy
from journey_analytics.record import file_records
from journey_analytics.salt import person_salt
from journey_analytics.warehouse import Warehouse, quoted


@dataclass
class Forgotten:
    """What became of it.

    Attributes:
        people: the forget list as it stands now.
        added: entries that came onto it.
        rows: stored and refused rows that went.
        logged_in: browsers asked for by their own id, on which somebody was logged in.
        run: the run that removed them; None where there was nothing to remove.
    """

    people: ForgetList
    added: int = 0
    rows: int = 0
    logged_in: int = 0
    run: pipeline.Run | None = None


def forget(
    night: pipeline.Night,
    ids: Sequence[str],
    *,
    even_if_unknown: bool = False,
    whole_person: bool = False,
    on_progress: pipeline.Progress | None = None,
) -> Forgotten:
    """Put people on the forget list and remove them from the tables, the published versions and the database file.

    Killed at any point, it is run again, and so is the next night: what is left to do is noted in the database.

    Args:
        ids: user_ids and user_pseudo_ids.
        even_if_unknown: put an id of which no row is stored on the list too.
        whole_person: of a browser, forget who logged in on it as well, with all their browsers.

    Raises:
        UsageError: an id is unknown, or empty; nothing has changed.
        StorageError: there is no database.
    """
    project = night.project
    refuse_missing_database(night.database)
    if not ids or not all(each.strip() for each in ids):
        raise UsageError("Say whom to forget: a user_id or a user_pseudo_id, as the exports write it.")
    path = forget_list_path(project.settings, project.settings_path, night.database)
    plans = source_plans(project)
    done = Forgotten(read_forget_list(path, person_salt(project.settings, project.settings_path)))

    def put_on_list(warehouse: Warehouse) -> None:
        for plan in plans.values():
            prepare_raw(warehouse, plan)
        # a lost list is found out before a new one takes its place
        before = read_privacy(project, night.database, warehouse, plans).people
        with run_lock(path):
            found = {each: _entries(warehouse, plans, before, each, whole_person) for each in ids}
            unknown = [each for each in ids if not found[each] and not before.holds(each)]
            if unknown and not even_if_unknown:
                raise UsageError(
                    f"No stored row has the user_id or user_pseudo_id {', '.join(map(repr, unknown))}; nothing was changed. "
                    "To keep rows out that are still to come, add --even-if-unknown."
                )
            for each in unknown:
                found[each] = {before.entry(kind, each) for kind in KINDS}
            done.people = before.with_entries(entry for entries in found.values() for entry in entries)
            done.added = len(done.people.entries - before.entries)
            done.logged_in = 0 if whole_person else sum(_is_logged_in(warehouse, plans, each) for each in ids)
            if done.added:
                write_forget_list(done.people)

    with pipeline.opened(night, first=put_on_list) as run:
        # no night: what was due tonight is still due
        run.ends_as = "forgot"
        done.rows = read_privacy(project, night.database, run.warehouse, plans).remove_forgotten()
        if is_unfinished(run.warehouse):
            # forgetting moves no date: the tables go on to look as far as the last run did
            shown = run.warehouse.value("select max(as_of) from run_window") if _is_built(run.warehouse) else None
            run.night = replace(night, as_of=shown)
            # how often events repeat is counted again while it is known which dates have changed
            file_records(project, run.warehouse, [])
            pipeline.build_night(run, on_progress)
            pipeline.publish_night(run)
            done.run = run
    return done


def _is_built(warehouse: Warehouse) -> bool:
    return {"run_window", "dim_people"} <= warehouse.tables()


def _entries(
    warehouse: Warehouse, plans: Mapping[str, SourcePlan], people: ForgetList, raw_id: str, whole_person: bool
) -> set[Entry]:
    """Return the entries that stand for an id: a user with its browsers, a browser, or both; none for an unknown id."""
    entries: set[Entry] = set()
    users = {raw_id} if _stands_in(warehouse, plans.values(), "user_id", raw_id) else set()
    if _stands_in(warehouse, plans.values(), "user_pseudo_id", raw_id):
        entries.add(people.entry("user_pseudo_id", raw_id))
        if whole_person:
            users |= set(_users_of(warehouse, plans, raw_id))
    for user in users:
        entries |= set(_user_entries(warehouse, plans, people, user))
    if not entries and _is_refused(warehouse, plans, people, raw_id):
        entries = {people.entry(kind, raw_id) for kind in KINDS}
    return entries


def _user_entries(
    warehouse: Warehouse, plans: Mapping[str, SourcePlan], people: ForgetList, user: str
) -> Iterable[Entry]:
    """Return the entries of a user: the id, each browser of nobody else, and of shared browsers the stretches of time.

    Whose a shared browser is when, the bridge says (`dim_people`), as the last build made it.
    """
    own = _rows_of(plan for plan in plans.values() if plan.identity == "own")
    browsers = warehouse.rows(
        f"select user_pseudo_id, count(distinct user_id) from ({own}) where user_pseudo_id in "
        f"(select user_pseudo_id from ({own}) where user_id = ?) group by user_pseudo_id",
        [user],
    )
    yield people.entry("user_id", user)
    shared = []
    for browser, users in browsers:
        if users == 1:
            yield people.entry("user_pseudo_id", browser)
        else:
            shared.append(browser)
    if shared and _is_built(warehouse):
        for browser, valid_from, valid_to in warehouse.rows(
            "select user_pseudo_id, valid_from, valid_to from dim_people where list_contains(?, user_pseudo_id) "
            "and person_key = (select md5(person_salt || 'user:' || ?) from run_secret)",
            [shared, user],
        ):
            yield people.entry("user_pseudo_id", browser, valid_from, valid_to)


def _rows_of(plans: Iterable[SourcePlan]) -> str:
    return " union all ".join(f"select user_pseudo_id, user_id from {quoted(plan.raw_table)}" for plan in plans)


def _stands_in(warehouse: Warehouse, plans: Iterable[SourcePlan], column: str, raw_id: str) -> bool:
    return bool(warehouse.rows(f"select 1 from ({_rows_of(plans)}) where {column} = ? limit 1", [raw_id]))


def _users_of(warehouse: Warehouse, plans: Mapping[str, SourcePlan], browser: str) -> list[str]:
    own = _rows_of(plan for plan in plans.values() if plan.identity == "own")
    rows = warehouse.rows(
        f"select distinct user_id from ({own}) where user_pseudo_id = ? and user_id is not null", [browser]
    )
    return [row[0] for row in rows]


def _is_logged_in(warehouse: Warehouse, plans: Mapping[str, SourcePlan], browser: str) -> bool:
    return bool(_users_of(warehouse, plans, browser))


def _is_refused(warehouse: Warehouse, plans: Mapping[str, SourcePlan], people: ForgetList, raw_id: str) -> bool:
    """Return whether the id stands in the text of a refused row."""
    only = replace(people, entries=frozenset(people.entry(kind, raw_id) for kind in KINDS))
    removal = Removal(only, id_names=id_names(plans.values()))
    removal.prepare(warehouse)
    names = removal.names_somebody("concat_ws(' ', content, reason)", is_content=True)
    return bool(warehouse.rows(f"select 1 from rejected_rows where {names} limit 1"))
