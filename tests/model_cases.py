"""Tests of models as YAML: reading `tests/models/<model>.yml`, building the model on the given rows, comparing its rows."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from journey_analytics.definitions.graph import upstream
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import RUN_TABLES, Project, raw_table, read_project
from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.strict import Definition, Location, read_yaml, validated
from journey_analytics.errors import DefinitionError, did_you_mean
from journey_analytics.ingest.load import prepare_raw
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.runner import build, build_model
from journey_analytics.warehouse import Warehouse, literal, quoted

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "models"
SQL = ROOT / "sql"
SAMPLE = ROOT / "data" / "sample" / "webshop" / "journey.yml"
EPOCH = datetime(1970, 1, 1)  # in the warehouse every time is UTC, and none says so
TOLERANCE = 1e-9

Row = Mapping[str, Any]


class Case(Definition):
    """One test of one model."""

    case: str = Field(min_length=10, description="a sentence that could be false")
    given: dict[str, list[dict[str, Any]]] = Field(description="table -> its rows; columns left out are null")
    defaults: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="table -> what is alike in its given rows"
    )
    only: dict[str, Any] = Field(
        default_factory=dict, description="column -> value or values: leave the other rows out"
    )
    expect: list[dict[str, Any]] = Field(description="all rows of the model; only the named columns are compared")
    order_matters: bool = False
    settings: dict[str, Any] = Field(
        default_factory=dict, description="keys of journey.yml that replace the sample webshop's"
    )


@dataclass(frozen=True)
class Place:
    """A case and where it stands, for messages."""

    path: Path
    lines: Mapping[Location, int]
    case: Case

    @property
    def model(self) -> str:
        """The model under test: the file bears its name."""
        return self.path.stem

    def fault(self, at: Location, message: str) -> DefinitionError:
        """Return the error that names file, line, case and the place within the case."""
        path = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")
        return DefinitionError(f"{path}:{self.lines.get(at, 1)}: case {self.case.case!r}: {dotted}: {message}")


def read_cases(path: Path, text: str | None = None) -> list[Place]:
    """Return the cases of a file.

    Raises:
        DefinitionError: no list, an unknown or missing key, a sentence that stands twice.
    """
    data, lines = read_yaml(path.read_text(encoding="utf-8") if text is None else text, path)
    if not isinstance(data, list):
        raise DefinitionError(f"{path}:1: should be a list of cases, each beginning with '- case: <a sentence>'.")
    places: dict[str, Place] = {}
    for number, item in enumerate(data):
        own = {at[1:]: line for at, line in lines.items() if at[:1] == (number,)}
        place = Place(path, own, validated(Case, item, path, own))
        if place.case.case in places:
            raise place.fault(("case",), "stands twice in this file; each case needs a sentence of its own.")
        places[place.case.case] = place
    return list(places.values())


class House:
    """The whole project, built on no data once; a case changes it in a transaction that is rolled back."""

    def __init__(self, settings: Settings, like: House | None = None) -> None:
        """Build the project of these settings, or take over another one and note which models differ."""
        self.project: Project = read_project(SQL, settings, SAMPLE)
        self.differing: list[str] = []
        if like is not None:
            self.warehouse, self.columns = like.warehouse, like.columns
            models, others = self.project.models, like.project.models
            self.differing = [name for name in self.project.order if models[name].sql != others[name].sql]
            return
        self.warehouse = Warehouse.open()
        for source, staging in self.project.staging.items():
            front = staging.front.source
            assert front is not None
            plan = SourcePlan(source, raw_table(staging), front.reader, front.mapping, front.identity)
            prepare_raw(self.warehouse, plan)
        for table, columns in RUN_TABLES.items():
            self.warehouse.run(f"create table {table} ({columns})")
        self.warehouse.run("insert into run_identity values ('data', 'rules', '1.0.0')")
        self.warehouse.run("insert into run_secret values ('salt')")
        build(self.project, self.warehouse)
        names = [*self.project.models, *self.project.given_tables]
        self.columns = {name: self.warehouse.columns(name) for name in names}

    def run(self, place: Place) -> Outcome:
        """Build the case's model on the given rows and return its rows beside the expected ones.

        Raises:
            DefinitionError: an unknown table or column, a value of the wrong kind, or rows that cannot reach the model.
        """
        if place.model not in self.project.models:
            raise place.fault(
                (), f"no model is called {place.model!r}; the file bears the model's name."
                f"{did_you_mean(place.model, self.project.models)}"
            )  # fmt: skip
        wanted = self._wanted(place)
        built, empty = self._to_build(place)
        self.warehouse.run("begin transaction")
        try:
            for name in self.differing:
                build_model(self.project.models[name], self.warehouse)
            for table, rows in place.case.given.items():
                self._fill(place, table, rows)
            for name in built:
                build_model(self.project.models[name], self.warehouse)
            columns = ", ".join(map(quoted, wanted.columns)) or "1"
            actual = self.warehouse.rows(f"select {columns} from {quoted(place.model)} where {wanted.where}")
        finally:
            self.warehouse.run("rollback")
        return Outcome(place, wanted, actual, built, empty)

    def _wanted(self, place: Place) -> Wanted:
        kinds = self.columns[place.model]
        columns = list(place.case.expect[0]) if place.case.expect else []
        rows = []
        for number, row in enumerate(place.case.expect):
            at: Location = ("expect", number)
            self._check_columns(place, at, row, place.model)
            if set(row) != set(columns):
                told = ", ".join(sorted(set(row) ^ set(columns)))
                raise place.fault(at, f"names other columns than the first row ({told}); all rows name the same ones.")
            rows.append(tuple(read_value(place, (*at, name), row[name], kinds[name]) for name in columns))
        as_time = {
            name for row in place.case.expect for name in columns if kinds[name] == "BIGINT" and as_moment(row[name])
        }
        return Wanted(columns, rows, as_time, self._where(place))

    def _where(self, place: Place) -> str:
        self._check_columns(place, ("only",), place.case.only, place.model)
        conditions = ["true"]
        for name, wanted in place.case.only.items():
            kind = self.columns[place.model][name]
            values = [
                read_value(place, ("only", name), value, kind)
                for value in (wanted if isinstance(wanted, list) else [wanted])
            ]
            conditions.append(f"{quoted(name)} in ({', '.join(as_sql(value, kind) for value in values)})")
        return " and ".join(conditions)

    def _check_columns(self, place: Place, at: Location, row: Row, table: str) -> None:
        for name in row:
            if name not in self.columns[table]:
                raise place.fault(
                    (*at, name),
                    f"{table} has no column {name!r}. Allowed: {', '.join(self.columns[table])}."
                    f"{did_you_mean(name, self.columns[table])}",
                )

    def _to_build(self, place: Place) -> tuple[list[str], list[str]]:
        """Return the models to build, in order, and the direct inputs that stay empty."""
        models, given = self.project.models, set(place.case.given)
        ledger = {place.model} if models[place.model].front.published == "ledger" else set()
        reached = _reached(models, place.model, given) | ledger
        for table in place.case.given:
            if table not in reached:
                raise place.fault(("given", table), self._unreached(place.model, table, sorted(reached)))
        for table in place.case.defaults.keys() - given:
            told = f"{table!r} is not among the given tables: {', '.join(given)}.{did_you_mean(table, given)}"
            raise place.fault(("defaults", table), told)
        standing = RUN_TABLES.keys() | {name for name in models if models[name].station == "reference"}
        touched = given - ledger - standing
        for name in self.project.order:
            # what reads empty tables stays empty, whatever is given of tables that always hold rows
            reads = models[name].reads
            if name in reached - given and (reads & touched or (reads & given and reads <= standing)):
                touched.add(name)
        built = [name for name in self.project.order if name in touched - given or name == place.model]
        inputs = {table for name in built for table in models[name].reads - given}
        for name in sorted(models.keys() & {*built, *inputs}):
            reads = models[name].reads
            if "run_window" in reads - given and (name in built or reads <= standing):
                raise place.fault(
                    ("given",), f"{name} reads run_window, which always has one row, so it has to be given: "
                    "run_window: [{as_of: 2026-06-30, as_of_at: 2026-06-30 22:00}]"
                )  # fmt: skip
        return built, sorted(models[place.model].reads - given - touched - standing)

    def _unreached(self, model: str, table: str, reached: list[str]) -> str:
        everything = upstream(self.project.models, model)
        if table in everything:
            return (
                f"changes nothing: whatever reads {table!r} on the way to {model} is given too. Leave one of them out."
            )
        what = "is not read by" if table in self.columns else "is no table that reaches"
        return f"{table!r} {what} {model}. Allowed: {', '.join(reached)}.{did_you_mean(table, everything)}"

    def _fill(self, place: Place, table: str, rows: Sequence[Row]) -> None:
        kinds = self.columns[table]
        is_view = table in self.project.models and self.project.models[table].is_view
        self.warehouse.run(f"drop {'view' if is_view else 'table'} {quoted(table)}")
        self.warehouse.run(
            f"create table {quoted(table)} ({', '.join(f'{quoted(name)} {kinds[name]}' for name in kinds)})"
        )
        tuples = []
        alike = self._read_row(place, ("defaults", table), place.case.defaults.get(table, {}), table)
        for number, row in enumerate(rows):
            values = alike | self._read_row(place, ("given", table, number), row, table)
            tuples.append("(" + ", ".join(as_sql(values.get(name), kinds[name]) for name in kinds) + ")")
        if tuples:
            self.warehouse.run(f"insert into {quoted(table)} values {', '.join(tuples)}")

    def _read_row(self, place: Place, at: Location, row: Row, table: str) -> dict[str, Any]:
        self._check_columns(place, at, row, table)
        return {name: read_value(place, (*at, name), value, self.columns[table][name]) for name, value in row.items()}


def _reached(models: Mapping[str, Model], model: str, given: set[str]) -> set[str]:
    """Return every table that the model rests on, as far as the given ones."""
    reached: set[str] = set()
    waiting = [model]
    while waiting:
        for table in models[waiting.pop()].reads - reached:
            reached.add(table)
            if table in models and table not in given:
                waiting.append(table)
    return reached


# --- values --------------------------------------------------------------------------------------------------------


def read_value(place: Place, at: Location, value: Any, kind: str) -> Any:
    """Return a YAML value as the Python value that the engine yields for this type.

    Raises:
        DefinitionError: the value is of another kind; the message says how to write it.
    """
    if value is None or (at[0] == "expect" and is_label(value)):
        return value
    read, how = READERS.get(kind.split("(")[0], (str, ""))
    found = read(value)
    if found is None:
        raise place.fault(at, f"{value!r} does not fit {kind}. Write {how}.")
    return found


def as_whole(value: Any) -> int | None:
    """Return a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def as_number(value: Any) -> int | float | None:
    """Return a number, NaN included."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_microseconds(value: Any) -> int | None:
    """Return a whole number, or a time as microseconds since 1970."""
    moment = as_moment(value)
    return as_whole(value) if moment is None else (moment - EPOCH) // timedelta(microseconds=1)


def as_date(value: Any) -> date | None:
    """Return a date, or a time at midnight as its date."""
    moment = as_moment(value)
    return moment.date() if moment is not None and moment.time() == time() else None


def as_moment(value: Any) -> datetime | None:
    """Return a date, a time or a text that looks like one as a moment in UTC."""
    if isinstance(value, str):
        if not re.match(r"^\d{4}-\d{2}-\d{2}", value):
            return None
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None


READERS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "BOOLEAN": (lambda value: value if isinstance(value, bool) else None, "true or false"),
    "VARCHAR": (lambda value: value if isinstance(value, str) else None, "a text; put it in quotes"),
    "TIMESTAMP": (as_moment, "a time, such as 2026-03-01 10:00"),
    "DATE": (as_date, "a date, such as 2026-03-01"),
    "INTEGER": (as_whole, "a whole number"),
    "HUGEINT": (as_whole, "a whole number"),
    "BIGINT": (as_microseconds, "a whole number, or a time such as 2026-03-01 10:00 for microseconds since 1970"),
    "DOUBLE": (as_number, "a number"),
    "DECIMAL": (as_number, "a number"),
}


def as_sql(value: Any, kind: str) -> str:
    """Return a value as SQL of the given type."""
    return "null" if value is None else f"cast({literal(str(value))} as {kind})"


# --- comparing -----------------------------------------------------------------------------------------------------

# <ana> stands for some value: the same name for the same one, another name for another one
_LABEL = re.compile(r"^<[^<>]+>$")


def is_label(value: Any) -> bool:
    """Return whether a value stands for any value."""
    return isinstance(value, str) and _LABEL.match(value) is not None


@dataclass(frozen=True)
class Wanted:
    """The expected rows, in the order of `columns`.

    Attributes:
        as_time: number columns in which the case writes times, so that they are shown as times.
        where: the SQL condition of the rows that the case looks at.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]
    as_time: set[str]
    where: str


@dataclass(frozen=True)
class Outcome:
    """What a case expected and what came."""

    place: Place
    wanted: Wanted
    actual: list[tuple[Any, ...]]
    built: list[str]
    empty: list[str] = field(default_factory=list)

    @property
    def is_as_expected(self) -> bool:
        """All expected rows are there and no others, with one value for each label."""
        if len(self.wanted.rows) != len(self.actual):
            return False
        if self.place.case.order_matters:
            labels: dict[str, Any] | None = {}
            for expected, actual in zip(self.wanted.rows, self.actual, strict=True):
                labels = fitted(expected, actual, labels) if labels is not None else None
            return labels is not None
        return can_match(self.wanted.rows, list(self.actual), {})

    def report(self) -> str:
        """Return the rows side by side: = as expected, - missing, + too many."""
        marked = list(self._marked())
        is_muddled = all(mark == "=" for mark, _ in marked)
        lines = [f"{self.place.model}: {self.place.case.case}", "", *self._table(marked), ""]
        if is_muddled and marked:
            lines.append(
                "Each row is there, but in another order." if self.place.case.order_matters
                else "Each row is there, but one <label> stands for two values, or two for the same one:"
            )  # fmt: skip
            lines += self._table([("+", row) for row in self.actual])
        lines.append(
            f"= as expected   - expected, not there   + there, not expected.   Built: {', '.join(self.built)}."
        )
        if self.empty:
            lines.append(f"Not given, so empty: {', '.join(self.empty)}.")
        return "\n".join(lines)

    def _marked(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        left = list(self.actual)
        for expected in self.wanted.rows:
            found = next((row for row in left if fitted(expected, row, {}) is not None), None)
            if found is not None:
                left.remove(found)
            yield ("=" if found is not None else "-"), expected
        for row in left:
            yield "+", row

    def _table(self, marked: Sequence[tuple[str, tuple[Any, ...]]]) -> Iterator[str]:
        names = self.wanted.columns
        cells = [[" ", *names]] + [[mark, *map(self._shown, names, row)] for mark, row in marked]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)] if names else [1]
        for line in cells:
            yield "  " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip()

    def _shown(self, name: str, value: Any) -> str:
        if name in self.wanted.as_time and isinstance(value, int):
            return str(EPOCH + timedelta(microseconds=value))
        return "null" if value is None else str(value)


def can_match(expected: Sequence[tuple[Any, ...]], actual: list[tuple[Any, ...]], labels: Mapping[str, Any]) -> bool:
    """Return whether each expected row can have an actual one of its own, with one value for each label."""
    if not expected:
        return True
    for place, row in enumerate(actual):
        extended = fitted(expected[0], row, labels)
        if extended is not None and can_match(expected[1:], actual[:place] + actual[place + 1 :], extended):
            return True
    return False


def fitted(expected: tuple[Any, ...], actual: tuple[Any, ...], labels: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the labels with those of this row added, or None when the row does not fit."""
    found = dict(labels)
    for wanted, value in zip(expected, actual, strict=False):
        if is_label(wanted):
            taken = {other for label, other in found.items() if label != wanted}
            if value is None or value in taken or found.setdefault(wanted, value) != value:
                return None
        elif not is_same(wanted, value):
            return None
    return found


def is_same(wanted: Any, value: Any) -> bool:
    """Return whether two values are equal, numbers to within 1e-9."""
    if isinstance(wanted, bool) or isinstance(value, bool) or wanted is None or value is None:
        return wanted is value
    if isinstance(wanted, int) and isinstance(value, int):
        return wanted == value
    if isinstance(wanted, int | float | Decimal) and isinstance(value, int | float | Decimal):
        return math.isclose(wanted, value, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(wanted == value)


# --- running -------------------------------------------------------------------------------------------------------


@cache
def house(overrides: str) -> House:
    """Return the house of the sample webshop, with some of its settings replaced."""
    data, lines = read_yaml(SAMPLE.read_text(encoding="utf-8"), SAMPLE)
    settings = validated(Settings, {**data, **json.loads(overrides)}, SAMPLE, lines).with_all_models()
    return House(settings, like=None if overrides == "{}" else house("{}"))


def run_case(place: Place) -> Outcome:
    """Return what came of a case, in the house that its settings ask for."""
    return house(json.dumps(place.case.settings, sort_keys=True, default=str)).run(place)
