"""Builds the models of one night: of each as little as the changes of its inputs ask for.

The caller holds the transaction. What loads have changed stands in `pending_changes` until the night that builds it
commits; from what each model was made stands in `built_models`.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project
from journey_analytics.definitions.promise.check import Input
from journey_analytics.definitions.promise.inputs import Reading
from journey_analytics.definitions.promise.plans import Moved, Plan, SumPlan, inlined, plan, tables_of
from journey_analytics.definitions.promise.rewrite import is_affected
from journey_analytics.definitions.promise.slices import may_be_sliced, slices, slices_for
from journey_analytics.estimates import ESTIMATES, TABLE_SCOPE
from journey_analytics.increments import Change, collect_keys, write_difference
from journey_analytics.restatements import TABLE as RESTATEMENTS
from journey_analytics.restatements import begin_night, note_restated
from journey_analytics.runner import (
    ModelRun,
    Progress,
    build_model,
    ordered_rows,
    refuse_unfilled,
    replace_slice,
    write_in_parts,
)
from journey_analytics.select_faults import select_fault
from journey_analytics.sums import changed_sums, stored_rows_of_sums
from journey_analytics.warehouse import EngineError, Warehouse, literal, quoted

_NOBODY_KNOWS = Change(())


@dataclass(frozen=True)
class Before:
    """What the run tables said at the end of the last run; None where there was none."""

    window: tuple[Any, ...] | None
    secret: tuple[Any, ...] | None
    identity: tuple[Any, ...] | None


def read_before(warehouse: Warehouse) -> Before:
    """Return what the run tables say before this run overwrites them."""
    stored = warehouse.tables()

    def row(table: str) -> tuple[Any, ...] | None:
        rows = warehouse.rows(f"select * from {table}") if table in stored else []
        return rows[0] if rows else None

    return Before(row("run_window"), row("run_secret"), row("run_identity"))


class NightBuild:
    """One night's build: what has changed so far, and what each model was made from."""

    def __init__(self, project: Project, warehouse: Warehouse, before: Before, *, is_shown: bool = True) -> None:
        self._project = project
        self._warehouse = warehouse
        self._views = {model.name: model.select for model in project.models.values() if model.is_view}
        warehouse.run("create table if not exists built_models (model varchar, definition_hash varchar)")
        self._built = dict(warehouse.rows("select model, definition_hash from built_models"))
        self._digests: dict[str, str] = {}
        self._made: dict[str, str] = {}
        self._columns: dict[str, dict[str, str]] = {}
        self._changes = self._changed_run_tables(before) | self._changed_raw_tables()
        self._window = self._moved_window(before)
        self._window_before = before.window
        self._restating = begin_night(warehouse, project.feeding_tables, is_shown=is_shown)
        if self._restating.is_cleared:
            self._changes[RESTATEMENTS] = _NOBODY_KNOWS
        # asked once: the engine takes 5 ms to list what is stored, and there are hundreds of models
        self._stored = warehouse.tables()
        self._redefined: set[str] = set()

    def _changed_run_tables(self, before: Before) -> dict[str, Change]:
        now = read_before(self._warehouse)
        moved = {"run_secret": now.secret != before.secret, "run_identity": now.identity != before.identity}
        return {table: _NOBODY_KNOWS for table, is_other in moved.items() if is_other}

    def _changed_raw_tables(self) -> dict[str, Change]:
        rows = self._warehouse.rows("select raw_table, count(*) from pending_changes group by raw_table")
        return {
            table: Change((f"(select event_date from pending_changes where raw_table = {literal(table)})",), count, 0)
            for table, count in rows
            if table in self._project.feeding_tables
        }

    def _moved_window(self, before: Before) -> tuple[tuple[str, str], tuple[str, str]] | None:
        """Return between which dates and moments as_of has moved, the earlier first; all of time without a last run."""
        now = read_before(self._warehouse).window
        if now == before.window:
            return None
        ends = [window for window in (before.window, now) if window is not None]
        dates = sorted(literal(str(window[0])) for window in ends)
        moments = sorted(literal(str(window[1])) for window in ends)
        if len(ends) == 2:
            return (
                (f"cast({dates[0]} as date)", f"cast({dates[1]} as date)"),
                (f"cast({moments[0]} as timestamp)", f"cast({moments[1]} as timestamp)"),
            )
        always = ("-infinity", "infinity")
        return (
            (f"cast('{always[0]}' as date)", f"cast('{always[1]}' as date)"),
            (f"cast('{always[0]}' as timestamp)", f"cast('{always[1]}' as timestamp)"),
        )

    @property
    def changes(self) -> dict[str, Change]:
        """What has become of each table so far; tables that are not here stand as they stood."""
        return {name: change for name, change in self._changes.items() if _is_news(change)}

    def build(self, on_progress: Progress | None = None) -> list[ModelRun]:
        """Bring every model up to date, in order, and return what each took.

        Raises:
            DefinitionError: a SELECT that the engine refuses; the message names its file.
        """
        runs = []
        order = self._project.order
        for place, name in enumerate(order, start=1):
            if on_progress is not None:
                on_progress(name, place, len(order))
            runs.append(self._bring_up_to_date(self._project.models[name]))
            self._columns.pop(name, None)
        self._remember_made()
        self._forget_strangers()
        self._warehouse.run("delete from pending_changes")
        return runs

    def _forget_strangers(self) -> None:
        """Forget models that the project no longer has: one that comes back has missed the nights between.

        What the settings no longer ask for is dropped too: nobody would take forgotten people out of it.
        """
        for name in self._built.keys() - self._project.models.keys():
            self._warehouse.run("delete from built_models where model = ?", [name])
        for name in sorted(self._project.left_out & self._stored):
            self._warehouse.run(f"drop {self._warehouse.kind(name)} {quoted(name)}")

    def _bring_up_to_date(self, model: Model) -> ModelRun:
        started = time.perf_counter()
        digest = self._digest(model)
        is_same = self._built.get(model.name) == digest and model.name in self._stored
        if not is_same or model.reads & self._redefined:
            self._redefined.add(model.name)
        if not is_same:
            self._drop_other_kind(model)
        if model.is_view:
            if not is_same:
                build_model(model, self._warehouse)
                self._note_made(model, digest)
            return ModelRun(model.name, "view", 0, time.perf_counter() - started)
        try:
            plan_ = self._plan(model) if is_same else Plan("full", "new, or its definition has changed")
            change = self._carried_out(model, plan_)
        except EngineError as error:
            raise select_fault(model, error, self._warehouse) from error
        if change is not None:
            self._changes[model.name] = change
        if not is_same:
            self._note_made(model, digest)
        rows = int(self._warehouse.value(f"select count(*) from {quoted(model.name)}"))
        return ModelRun(model.name, plan_.how, rows, time.perf_counter() - started, plan_.why, *_moved_rows(change))

    def _digest(self, model: Model) -> str:
        """Return a digest of all that decides a model's rows: its own definition, its estimates, the views that it reads."""
        if model.name not in self._digests:
            parts = [model.definition_hash, *(f"{name} {ESTIMATES[name].version}" for name in model.front.estimate)]
            parts += [self._digest(self._project.models[name]) for name in sorted(model.reads & self._views.keys())]
            self._digests[model.name] = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
        return self._digests[model.name]

    def _drop_other_kind(self, model: Model) -> None:
        """Drop the view that has become a table, or the table that has become a view."""
        kind = self._warehouse.kind(model.name) if model.name in self._stored else None
        if kind is not None and kind != ("view" if model.is_view else "table"):
            self._warehouse.run(f"drop {kind} {quoted(model.name)}")
            self._stored.discard(model.name)

    def _note_made(self, model: Model, digest: str) -> None:
        refuse_unfilled(self._project, model, self._warehouse)
        self._made[model.name] = digest

    def _remember_made(self) -> None:
        """Write down from what each new model was made: at once, since a night commits all of its models or none."""
        if self._made:
            names, digests = list(self._made), list(self._made.values())
            self._warehouse.run("delete from built_models where list_contains(?, model)", [names])
            self._warehouse.run("insert into built_models select unnest(?), unnest(?)", [names, digests])

    def _plan(self, model: Model) -> Plan:
        if RESTATEMENTS in model.reads and not self._restating.is_told:
            return Plan("nothing", "readers are shown nothing of this as_of, or as_of goes back")
        changed = {name: change.relations for name, change in self.changes.items()}
        raw = frozenset(name for name in changed if name in self._project.given_tables)
        moved = Moved(changed, raw, self._window)
        if not changed and self._window is None:
            return Plan("nothing", "no input has changed")
        read = self._read(model)
        return plan(model, read.select, read.inputs, moved, TABLE_SCOPE)

    def _read(self, model: Model) -> Reading:
        select = inlined(model, self._views, self._digest(model))
        inputs = {}
        for table in tables_of(select):
            if table not in self._columns:
                self._columns[table] = self._warehouse.columns(table)
            columns = self._columns[table]
            inputs[table] = Input(table, tuple(columns), table in model.front.reference, columns)
        return Reading(select, inputs)

    def _parts(self, model: Model) -> tuple[str, ...]:
        """Return the SELECTs that make a model whole, slice by slice where it is large; its own one where it is not."""
        if not may_be_sliced(model):
            return (model.sql,)
        read = self._read(model)
        rows = (
            int(self._warehouse.value(f"select count(*) from {quoted(name)}"))
            for name, given in read.inputs.items()
            if not given.is_reference
        )
        return slices(model, read, slices_for(max(rows, default=0)), TABLE_SCOPE) or (model.sql,)

    def _carried_out(self, model: Model, plan_: Plan) -> Change | None:
        """Do what the plan says and return what it changed; None for nothing."""
        warehouse = self._warehouse
        if plan_.how == "nothing":
            return None
        if plan_.how == "slice":
            replace_slice(model, warehouse)
            return _NOBODY_KNOWS
        if plan_.how == "full":
            return self._whole(model)
        if plan_.sums is not None:
            return self._added(model, plan_.sums)
        assert plan_.sql is not None
        count, has_null = collect_keys(warehouse, plan_.key_queries)
        if not count:
            return None
        warehouse.run(
            f"create or replace temp table night_rows as {ordered_rows(model, warehouse, plan_.sql(has_null))}"
        )
        return self._difference(model, "night_rows", is_affected(quoted(model.front.rebuild_by), has_null))

    def _added(self, model: Model, plan_: SumPlan) -> Change | None:
        """Add to the stored sums what the changed units make more or less of."""
        sql = changed_sums(self._warehouse, model.name, plan_, self._window_before)
        if sql is None:
            return None
        self._warehouse.run(f"create or replace temp table night_rows as {ordered_rows(model, self._warehouse, sql)}")
        return self._difference(model, "night_rows", stored_rows_of_sums(model.name, plan_.parts))

    def _whole(self, model: Model) -> Change:
        """Rebuild a model whole; where its columns are the same, only the difference is written and travels on."""
        warehouse = self._warehouse
        if model.front.published == "ledger":
            build_model(model, warehouse)
            return _NOBODY_KNOWS
        if model.name not in self._stored:
            write_in_parts(model, warehouse, f"table {quoted(model.name)}", self._parts(model))
            return _NOBODY_KNOWS
        write_in_parts(model, warehouse, "temp table night_rows", self._parts(model))
        if not warehouse.same_columns("night_rows", model.name):
            warehouse.run(f"create or replace temp table last_rows as select * from {quoted(model.name)}")
            warehouse.run(f"create or replace table {quoted(model.name)} as select * from night_rows")
            self._note_restated(model, "last_rows", "night_rows")
            return _NOBODY_KNOWS
        return self._difference(model, "night_rows", "true")

    def _difference(self, model: Model, rows: str, where: str) -> Change:
        change = write_difference(self._warehouse, model.name, rows, where, model.front.order_by)
        if change.rows_gone or change.rows_came:
            self._note_restated(model, *change.relations)
        self._warehouse.run(f"drop table {rows}")
        return change

    def _note_restated(self, model: Model, gone: str, came: str) -> None:
        night = self._restating.night
        if night is None or model.front.restates is None:
            return
        if note_restated(self._warehouse, night, model, gone, came, is_redefined=model.name in self._redefined):
            self._changes[RESTATEMENTS] = _NOBODY_KNOWS


def _moved_rows(change: Change | None) -> tuple[int, int]:
    return (change.rows_gone, change.rows_came) if change is not None else (0, 0)


def _is_news(change: Change) -> bool:
    return not change.relations or change.rows_gone > 0 or change.rows_came > 0
