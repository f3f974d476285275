"""Models that nobody writes by hand: made from YAML, CSV lists, settings and contracts, in the shape of any other."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

import sqlglot
from sqlglot import exp

from journey_analytics.definitions.contracts import Contract, filled_columns
from journey_analytics.definitions.exchange_rates import ExchangeRate, read_exchange_rates
from journey_analytics.definitions.front_matter import FrontMatter, split_model_file
from journey_analytics.definitions.journeys import Journey, pattern_select
from journey_analytics.definitions.model import STATIONS, Model, output_called, parse_select
from journey_analytics.definitions.personas import persona_select
from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.touchpoints import Touchpoint, touchpoint_case
from journey_analytics.errors import DefinitionError, did_you_mean

_OWNER = "data-engineering"
Value = str | int | float | bool | None


def _generated(
    name: str, station: str, path: Path, sql: str, description: str, grain: Iterable[str], view: bool
) -> Model:
    front = FrontMatter(
        description=description, grain=tuple(grain), owner=_OWNER, materialize="view" if view else "table"
    )
    return Model(name=name, station=station, path=path, front=front, sql=sql, generated=True)


def rows_model(
    name: str,
    path: Path,
    description: str,
    grain: Iterable[str],
    types: Mapping[str, str],
    rows: Iterable[Sequence[Value]],
) -> Model:
    """Return a reference model that holds the given rows.

    Args:
        types: column -> SQL type, in the order of the values of a row.
    """
    tuples = [exp.Tuple(expressions=[exp.convert(value) for value in row]) for row in rows]
    columns = [exp.cast(exp.column(column), kind).as_(column) for column, kind in types.items()]
    if tuples:
        values = exp.Values(
            expressions=tuples, alias=exp.TableAlias(this="listed", columns=[*map(exp.to_identifier, types)])
        )
        select = exp.select(*columns).from_(values, copy=False)
    else:
        nulls = [exp.cast(exp.null(), kind).as_(column) for column, kind in types.items()]
        select = exp.select(*nulls).where(exp.false())
    return _generated(name, "reference", path, select.sql("duckdb", pretty=True), description, grain, view=False)


def csv_model(path: Path, more: Iterable[Sequence[str]] = ()) -> Model:
    """Return the reference model of a CSV list under `sql/reference/`; its columns are texts.

    Args:
        more: rows that the settings add to those of the file.

    Lines that begin with `#` may stand on top. The first says what a row is; `# key: a, b` names the columns that are
    unique together (without it the first ones); others are notes, such as the version of the list.

    Raises:
        DefinitionError: a line with more or fewer values than the header has names, a key that is no column.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    notes = [line.removeprefix("#").strip() for line in takewhile(lambda line: line.startswith("#"), lines)]
    header, *rows = list(csv.reader(lines[len(notes) :]))
    for number, row in enumerate(rows, start=len(notes) + 2):
        if len(row) != len(header):
            raise DefinitionError(
                f"{path}:{number}: has {len(row)} values, the header names {len(header)}: {', '.join(header)}."
            )
    grain = header[:2] if len(header) > 2 else header[:1]
    for number, note in enumerate(notes, start=1):
        if note.startswith("key:"):
            grain = [name.strip() for name in note.removeprefix("key:").split(",")]
            strangers = [name for name in grain if name not in header]
            if strangers:
                raise DefinitionError(
                    f"{path}:{number}: key: {strangers[0]!r} is no column of the list. Allowed: {', '.join(header)}."
                    f"{did_you_mean(strangers[0], header)}"
                )
    told = notes[0] if notes and notes[0].startswith("One row per ") else f"One row per line of {path.name}."
    return rows_model(path.stem, path, told, grain, dict.fromkeys(header, "varchar"), [*rows, *more])


def settings_models(settings: Settings, path: Path, models: Iterable[Model]) -> list[Model]:
    """Return what the settings say, as tables: property, hosts, event roles, exchange rates, thresholds."""
    roles: list[tuple[str, str, float | None]] = []
    for event in settings.key_events:
        roles.append((event.event_name, "key_event", event.value))
        if event.is_order:
            roles.append((event.event_name, "order", event.value))
    roles += [(name, "not_touch", None) for name in settings.not_touches]
    roles += [(name, "friction_signal", None) for name in settings.friction_signals]
    hosts = [(host, "own") for host in settings.own_hosts] + [(host, "payment") for host in settings.payment_hosts]
    limits = [
        (model.name, name, settings.thresholds.get(model.name, {}).get(name, value))
        for model in models
        for name, value in model.front.thresholds.items()
    ]
    return [
        rows_model(
            "dim_property", path, "One row per property: there is one.", ["property"],
            {"property": "varchar", "title": "varchar", "time_zone": "varchar", "currency": "varchar", "primary_journey": "varchar",
             "segments_per_day": "boolean"},
            [(settings.property, settings.title, settings.time_zone, settings.currency, settings.primary_journey,
              settings.segments_per_day)],
        ),
        rows_model(
            "dim_hosts", path, "One row per host that is no source of visits.", ["host"],
            {"host": "varchar", "host_role": "varchar"}, dict(sorted(hosts, reverse=True)).items(),
        ),
        rows_model(
            "dim_event_roles", path, "One row per event name and role that the settings give it.", ["event_name", "event_role"],
            {"event_name": "varchar", "event_role": "varchar", "fixed_value": "decimal(18, 4)"}, roles,
        ),
        exchange_rate_model(_exchange_rates(settings, path), path),
        rows_model(
            "dim_thresholds", path, "One row per named limit of a model.", ["model", "threshold"],
            {"model": "varchar", "threshold": "varchar", "limit_value": "double"}, limits,
        ),
    ]  # fmt: skip


def _exchange_rates(settings: Settings, path: Path) -> list[ExchangeRate]:
    if settings.exchange_rates is None:
        return []
    return read_exchange_rates((path.parent / settings.exchange_rates).expanduser(), settings.currency)


def exchange_rate_model(rates: Iterable[ExchangeRate], path: Path) -> Model:
    """Return dim_exchange_rates; without rows where the settings name no rates."""
    rows = [(rate.currency, str(rate.valid_from), str(rate.valid_to), str(rate.rate)) for rate in rates]
    types = {
        "currency": "varchar",
        "rate_valid_from": "date",
        "rate_valid_to": "date",
        "exchange_rate": "decimal(18, 8)",
    }
    return rows_model(
        "dim_exchange_rates", path, "One row per currency and stretch of dates, with what it is worth.",
        ["currency", "rate_valid_from"], types, rows,
    )  # fmt: skip


def journey_models(journeys: Iterable[Journey], settings: Settings, path: Path) -> list[Model]:
    """Return dim_journeys and dim_phases, in which a property's own titles of phases replace those of the model."""
    journeys, primary = list(journeys), settings.primary_journey
    own = {(title.journey_model, title.phase): title for title in settings.phase_titles}
    titles = {"title_nl": "varchar", "title_en": "varchar", "description_nl": "varchar", "description_en": "varchar"}
    return [
        rows_model(
            "dim_journeys", path, "One row per journey model.", ["journey_model"],
            {"journey_model": "varchar", **titles, "window_seconds": "bigint", "is_primary": "boolean"},
            [(j.name, j.title_nl, j.title_en, j.description_nl, j.description_en, int(j.window.total_seconds()), j.name == primary)
             for j in journeys],
        ),
        rows_model(
            "dim_phases", path, "One row per phase of a journey model.", ["journey_model", "phase"],
            {"journey_model": "varchar", "phase": "varchar", "phase_order": "integer", "is_last_phase": "boolean",
             "is_evaluation": "boolean", **titles},
            [(j.name, p.phase, place, place == len(j.phases), p.is_evaluation,
              own.get((j.name, p.phase), p).title_nl, own.get((j.name, p.phase), p).title_en, p.description_nl, p.description_en)
             for j in journeys for place, p in enumerate(j.phases, start=1)],
        ),
    ]  # fmt: skip


def touchpoint_model(settings: Settings, common: Iterable[Touchpoint], path: Path) -> Model:
    """Return dim_touchpoints: own ones, common ones, and each page group that is none of them."""
    known = {touchpoint.touchpoint_id: touchpoint for touchpoint in [*common, *settings.touchpoints]}
    rows: list[tuple[Value, ...]] = [
        (t.touchpoint_id, t.title_nl, t.title_en, t.channel, t.ownership, t.moment_of_truth,
         settings.owners.get(t.touchpoint_id, t.owner), t.after_order)
        for t in known.values()
    ]  # fmt: skip
    groups = {group.page_group: group for group in settings.page_groups}
    for name, group in groups.items():
        if name not in known:
            title = name.replace("_", " ")
            rows.append(
                (
                    name,
                    group.title_nl or title,
                    group.title_en or title,
                    "web",
                    "owned",
                    None,
                    settings.owners.get(name),
                    False,
                )
            )
    if "other" not in known and "other" not in groups:
        rows.append(
            ("other", "overige pagina's", "other pages", "web", "owned", None, settings.owners.get("other"), False)
        )
    texts = ("touchpoint_id", "title_nl", "title_en", "channel", "touchpoint_ownership", "moment_of_truth", "owner")
    columns = dict.fromkeys(texts, "varchar") | {"after_order": "boolean"}
    return rows_model("dim_touchpoints", path, "One row per touchpoint.", ["touchpoint_id"], columns, rows)


def case_models(
    settings: Settings, common: Iterable[Touchpoint], journeys: Iterable[Journey], paths: Mapping[str, Path]
) -> list[Model]:
    """Return the views that put rules to work: page groups on events, touchpoints and phases on touches."""
    journeys = list(journeys)
    star = exp.Star()
    named = [settings.page_group_case().as_("page_group"), settings.traffic_filter_case().as_("traffic_filter")]
    paged = exp.select(star, *named).from_("int_located_events")
    placed = exp.select(star, touchpoint_case(settings.touchpoints, common).as_("touchpoint_id")).from_(
        "int_touch_events"
    )
    # one pass over the touches: each meets every journey model, and only that model's rules are tried
    rules = exp.Case(this=exp.column("journey_model", "journeys"))
    for journey in journeys:
        rules = rules.when(exp.Literal.string(journey.name), journey.phase_case(), copy=False)
    columns = [
        exp.column(star, "touches"),
        exp.column("journey_model", "journeys"),
        rules.else_(exp.null()).as_("phase"),
    ]
    phased = exp.select(*columns).from_(exp.to_table("int_person_touches").as_("touches"))
    phased = phased.join(exp.to_table("dim_journeys").as_("journeys"), join_type="cross")
    patterned = pattern_select(journeys)
    persons = persona_select(settings.personas)
    return [
        _generated("int_paged_events", "events", paths["settings"], paged.sql("duckdb", pretty=True),
                   "One row per delivered event, with the group of its page and the filter that leaves it out.",
                   ["event_key", "delivery"], view=True),
        _generated("int_touchpoint_events", "phases", paths["touchpoints"], placed.sql("duckdb", pretty=True),
                   "One row per touch, with its touchpoint.", ["event_key"], view=True),
        _generated("int_phase_touches", "phases", paths["journeys"], phased.sql("duckdb", pretty=True),
                   "One row per touch and journey model, with the phase that the model's first matching rule names; null where none "
                   "does.", ["event_key", "journey_model"], view=True),
        _generated("int_phase_patterns", "phases", paths["journeys"], patterned.sql("duckdb", pretty=True),
                   "One row per touch, with the phases that all journey models put it in, as one text.", ["event_key"], view=True),
        _generated("int_persona_touches", "phases", paths["settings"], persons.sql("duckdb", pretty=True),
                   "One row per touch, with the persona that it shows; null where it shows none. No row where the settings name no "
                   "persona.", ["event_key"], view=True),
    ]  # fmt: skip


# a unit with one row: a member whose grain says so need not repeat it in a column
_ONLY_ROW, _A_UNIT = "is_only_row", {"journey_model", "phase", "unit_key"}


def expansion_models(contract: Contract, folder: Path, members: Iterable[Model]) -> list[Model]:
    """Return the stored expansion of each member: the contract's own SELECT, read over that member instead of unit_rows."""
    assert contract.expansion is not None
    front, _, sql = split_model_file(folder / contract.expansion)
    suffix = Path(contract.expansion).stem.removeprefix(contract.name)
    made = []
    parse_select(sql, folder / contract.expansion)
    for member in members:
        left_out = {column: "null" for column in contract.optional if not output_called(member.select, column)}
        if _ONLY_ROW in left_out and set(member.front.grain) <= _A_UNIT:
            left_out[_ONLY_ROW] = "true"
        told = front.model_copy(
            update={
                "description": f"One row per journey model, phase, period and segment. {member.front.description.split('. ', 1)[-1]}",
                "estimate": member.front.estimate,
                "owner": member.front.owner,
                "reference": tuple(dict.fromkeys([*front.reference, *member.front.reference])),
            }
        )
        made.append(
            Model(
                f"{member.name}{suffix}",
                member.station,
                member.path,
                told,
                _read_over(sql, member.name, tuple(left_out.items())),
                True,
                # of its front matter only this stands in the member's file
                {("estimate",): member.lines.get(("estimate",), 1)},
            )
        )
    return made


# a night that replays others, and tests, make the same ones again and again
@lru_cache(maxsize=256)
def _read_over(expansion: str, relation: str, values: tuple[tuple[str, str], ...]) -> str:
    """Return the SELECT of an expansion over a relation, which lacks some columns of `unit_rows`: what stands for each."""
    select = sqlglot.parse_one(expansion, read="duckdb")
    for table in list(select.find_all(exp.Table)):
        if table.name == "unit_rows":
            table.replace(exp.to_table(relation).as_("unit_rows"))
    for column in list(select.find_all(exp.Column)):
        if column.table == "unit_rows" and column.name in dict(values):
            column.replace(sqlglot.parse_one(dict(values)[column.name]))
    return select.sql("duckdb", pretty=True)


def union_model(
    contract: Contract, path: Path, members: Sequence[tuple[Model, Model]], columns: Mapping[str, str]
) -> Model:
    """Return the relation that holds the rows of all members of a contract; what a member leaves out is null.

    Args:
        members: pairs of the relation to read and the model that declares the contract.
        columns: the columns of the union, with their types.
    """
    branches: list[exp.Query] = []
    for relation, declared in members:
        constants = [exp.convert(member_value(declared, what)).as_(column) for column, what in contract.adds.items()]
        # what a star yields is not known here: it has to be all; a stored expansion yields all that it expands to
        may_lack = contract.optional and contract.expansion is None
        filled = filled_columns(contract, relation.yields or list(columns)) if may_lack else columns
        values = [
            exp.column(name) if name in filled else exp.cast(exp.null(), type_).as_(name)
            for name, type_ in columns.items()
        ]
        branches.append(exp.select(*values, *constants).from_(relation.name))
    union = exp.union(*branches, distinct=False) if len(branches) > 1 else branches[0]
    station = max((relation.station for relation, _ in members), key=STATIONS.index)
    return _generated(
        contract.union_name,
        station,
        path,
        union.sql("duckdb", pretty=True),
        contract.description,
        list(columns)[:1],
        view=True,
    )


def short_name(model: Model) -> str:
    """Return a model's name without the prefix of its kind.

    >>> from journey_analytics.definitions.front_matter import FrontMatter
    >>> front = FrontMatter(description="One row per x", grain=["x"], owner="me")
    >>> short_name(Model("kpi_reach", "kpis", Path("x"), front, "select 1"))
    'reach'
    """
    return model.name.split("_", 1)[-1]


def member_value(model: Model, what: str) -> Value:
    """Return what a contract union adds for a member.

    Raises:
        DefinitionError: the contract asks for something that the member does not declare.
    """
    front = model.front
    source_name = model.name.removeprefix("stg_").split("__")[0]
    known: dict[str, Value] = {"name": model.name, "short_name": short_name(model), "source_name": source_name}
    if front.source is not None:
        known |= {
            "source.identity": front.source.identity,
            "source.reader": front.source.reader,
            "source.session_rule": front.source.session_rule,
        }
    if front.measure is not None:
        known |= {"measure.unit": front.measure.unit, "measure.is_additive": front.measure.is_additive}
    if what not in known:
        raise DefinitionError(
            f"{model.place_of('contract')}: contract {front.contract!r} needs `{what.split('.')[0]}:` in the front matter, and "
            "it is missing."
        )
    return known[what]
