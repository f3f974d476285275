"""Everything that a property's house is built from, read and checked together."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from journey_analytics.definitions import generated, measured
from journey_analytics.definitions.clock import clock_model
from journey_analytics.definitions.contracts import (
    Contract,
    Glossary,
    read_contracts,
    read_glossary,
    unfilled_columns,
    unread_keys,
)
from journey_analytics.definitions.experiment_lists import check_experiments, experiment_models
from journey_analytics.definitions.front_matter import ColumnDoc
from journey_analytics.definitions.funnels import Funnel, read_funnel
from journey_analytics.definitions.goal_lists import check_goals, goal_models
from journey_analytics.definitions.graph import run_order, station_faults
from journey_analytics.definitions.journeys import Journey, read_journey
from journey_analytics.definitions.model import STATIONS, Model, read_model
from journey_analytics.definitions.page_group_names import refuse_misspelt_names, refuse_unknown_page_groups
from journey_analytics.definitions.personas import persona_labels
from journey_analytics.definitions.prediction_lists import asked_for, prediction_models
from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.strict import place_in
from journey_analytics.definitions.touchpoints import Touchpoint, read_touchpoints
from journey_analytics.errors import DefinitionError, did_you_mean
from journey_analytics.funnels.models import funnel_models

# tables that the runner makes before any model runs
RUN_TABLES: Mapping[str, str] = {
    "run_window": "as_of date, as_of_at timestamp",
    "run_identity": "data_hash varchar, rule_hash varchar, contract_version varchar",
    "run_secret": "person_salt varchar",
    # the published figures that a night of this as_of found otherwise than the night before had left them
    "run_restatements": "night bigint, as_of date, previous_as_of date, table_name varchar, kpi varchar, journey_model varchar, "
    "phase varchar, touchpoint_id varchar, period_kind varchar, period_start date, date_from date, date_to date, "
    "segment_kind varchar, segment_value varchar, value_before double, value_after double, n_before bigint, n_after bigint, "
    "pending_before bigint, pending_after bigint, is_redefined boolean, redelivered_dates bigint, late_dates bigint",
}


@dataclass(frozen=True)
class Project:
    """The definitions of one property: what is read from `sql/` and from its `journey.yml`.

    Attributes:
        models: every model by name, hand-written and generated.
        order: their names, each after what it reads.
        raw_tables: raw table -> the staging model that reads it.
        left_out: models that the settings do not ask for (`only_with`); they are not built.
    """

    settings: Settings
    settings_path: Path
    sql_folder: Path
    models: Mapping[str, Model]
    order: tuple[str, ...]
    contracts: Mapping[str, Contract]
    glossary: Glossary
    journeys: tuple[Journey, ...]
    touchpoints: tuple[Touchpoint, ...]
    funnels: tuple[Funnel, ...]
    left_out: frozenset[str] = frozenset()

    @property
    def staging(self) -> dict[str, Model]:
        """Staging models by the name of their source."""
        return {source_name(m): m for m in self.models.values() if m.front.source is not None}

    @property
    def given_tables(self) -> frozenset[str]:
        """Tables that stand ready before any model runs."""
        return frozenset(RUN_TABLES) | {raw_table(model) for model in self.staging.values()}

    @property
    def feeding_tables(self) -> frozenset[str]:
        """Raw tables on which a stored table rests. What only views read changes no figure."""
        needed: set[str] = set()
        for name in reversed(self.order):
            model = self.models[name]
            if not model.is_view or name in needed:
                needed |= model.reads
        return frozenset(needed & {raw_table(model) for model in self.staging.values()})

    @property
    def published(self) -> list[Model]:
        """Models that people read, in the order in which they are built."""
        return [self.models[name] for name in self.order if self.models[name].is_published]

    def column_doc(self, model: Model, column: str) -> ColumnDoc | None:
        """Return what a column means: the model's own word, else the glossary's."""
        return model.front.columns.get(column) or self.glossary.columns.get(column)

    @property
    def rule_hash(self) -> str:
        """A digest of every definition and setting that decides a number."""
        parts = [self.models[name].name + self.models[name].definition_hash for name in sorted(self.models)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def settings_hash(settings: Settings) -> str:
    """Return a digest of one property's settings; addresses of alerts may hold secrets and are left out."""
    told = settings.model_dump_json(exclude={"alerts", "public_salt"})
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def source_name(staging: Model) -> str:
    """Return the source of a staging model: `ga4` for stg_ga4__events."""
    return staging.name.removeprefix("stg_").split("__")[0]


def raw_table(staging: Model) -> str:
    """Return the raw table that a staging model reads: raw_ga4__events for stg_ga4__events."""
    return "raw_" + staging.name.removeprefix("stg_")


def read_project(sql_folder: Path, settings: Settings, settings_path: Path) -> Project:
    """Return the project of a property.

    Raises:
        DefinitionError: anything in `sql/` that cannot be meant; see the readers of each kind.
        GraphError: a circle, or a table that nobody makes.
    """
    glossary = read_glossary(sql_folder / "contracts" / "columns.yml")
    contracts = read_contracts(sql_folder / "contracts", glossary)
    journeys = tuple(read_journey(path) for path in sorted((sql_folder / "journeys").glob("*.yml")))
    touchpoints = read_touchpoints(sql_folder / "touchpoints.yml")
    funnel_files = {path: read_funnel(path) for path in sorted((sql_folder / "funnels").glob("*.yml"))}
    funnels = tuple(funnel_files.values())
    _check_settings(settings, settings_path, journeys)
    refuse_misspelt_names(settings, settings_path, journeys, touchpoints, funnel_files, sql_folder)
    refuse_unknown_page_groups(settings, settings_path, journeys, touchpoints)
    written = _written_models(sql_folder)
    _check_thresholds(settings, settings_path, written)
    everything, written = written, asked_for(written, settings)
    phases = {journey.name: [phase.phase for phase in journey.phases] for journey in journeys}
    known = {t.touchpoint_id for t in (*touchpoints, *settings.touchpoints)} | {
        g.page_group for g in settings.page_groups
    }
    check_goals(settings, settings_path, written.values(), phases, known)
    check_experiments(settings, settings_path, known)
    models = _with_generated(
        written, settings, settings_path, sql_folder, contracts, glossary, journeys, touchpoints, funnels
    )
    given = set(RUN_TABLES) | {raw_table(m) for m in models.values() if m.front.source is not None}
    restating = [model.name for model in models.values() if model.front.restates is not None]
    order = tuple(run_order(models, given, {"run_restatements": restating}))
    faults = station_faults(models)
    if faults:
        raise DefinitionError("\n".join(faults))
    return Project(
        settings,
        settings_path,
        sql_folder,
        models,
        order,
        contracts,
        glossary,
        journeys,
        touchpoints,
        funnels,
        frozenset(everything.keys() - written.keys()),
    )


def _check_settings(settings: Settings, path: Path, journeys: tuple[Journey, ...]) -> None:
    names = [journey.name for journey in journeys]
    if settings.primary_journey not in names:
        raise DefinitionError(
            f"{place_in(path, ('primary_journey',))}: primary_journey {settings.primary_journey!r} is no journey model. "
            f"Allowed: {', '.join(names)}.{did_you_mean(settings.primary_journey, names)}"
        )
    phases = {journey.name: [phase.phase for phase in journey.phases] for journey in journeys}
    seen: set[tuple[str, str]] = set()
    for number, title in enumerate(settings.phase_titles):
        for key, name, allowed in (
            ("journey_model", title.journey_model, names),
            ("phase", title.phase, phases.get(title.journey_model, [])),
        ):
            if name not in allowed:
                raise DefinitionError(
                    f"{place_in(path, ('phase_titles', number, key))}: {key} {name!r} is not there. "
                    f"Allowed: {', '.join(allowed)}.{did_you_mean(name, allowed)}"
                )
        if (title.journey_model, title.phase) in seen:
            raise DefinitionError(
                f"{place_in(path, ('phase_titles', number, 'phase'))}: phase {title.phase!r} of {title.journey_model} "
                "has a title already. Keep one of the two."
            )
        seen.add((title.journey_model, title.phase))


def _check_thresholds(settings: Settings, path: Path, models: Mapping[str, Model]) -> None:
    known = {name: sorted(model.front.thresholds) for name, model in models.items() if model.front.thresholds}
    for name, limits in settings.thresholds.items():
        for limit, value in limits.items():
            place = f"{place_in(path, ('thresholds', name, limit))}: thresholds.{name}"
            if limit not in known.get(name, []):
                allowed = ", ".join(f"{model}: {', '.join(names)}" for model, names in known.items())
                hint = did_you_mean(limit if name in known else name, known.get(name, known))
                raise DefinitionError(f"{place}: no model has the limit {limit!r}. Allowed: {allowed}.{hint}")
            default = models[name].front.thresholds[limit]
            if isinstance(default, int) and not value.is_integer():
                raise DefinitionError(
                    f"{place}: {limit} is {value:g}, and takes whole numbers only, such as {default}, its default. "
                    f"Write {math.floor(value)} or {math.ceil(value)}."
                )


def _written_models(sql_folder: Path) -> dict[str, Model]:
    models: dict[str, Model] = {}
    for station in STATIONS:
        for path in sorted((sql_folder / station).glob("*.sql")):
            if path.stem in models:
                raise DefinitionError(f"{path}: a model of this name stands already in {models[path.stem].path}.")
            models[path.stem] = read_model(path, station)
    return models


def _with_generated(
    written: dict[str, Model],
    settings: Settings,
    settings_path: Path,
    sql_folder: Path,
    contracts: Mapping[str, Contract],
    glossary: Glossary,
    journeys: tuple[Journey, ...],
    touchpoints: tuple[Touchpoint, ...],
    funnels: tuple[Funnel, ...],
) -> dict[str, Model]:
    folder = sql_folder / "contracts"
    added = {"dim_labels": persona_labels(settings.personas)}
    lists = sorted((sql_folder / "reference").glob("*.csv"))
    made = [generated.csv_model(path, added.get(path.stem, ())) for path in lists]
    made += generated.settings_models(settings, settings_path, written.values())
    made += generated.journey_models(journeys, settings, sql_folder / "journeys")
    made += [generated.touchpoint_model(settings, touchpoints, settings_path)]
    made += goal_models(settings, settings_path)
    made.append(clock_model(settings.time_zone, settings_path))
    made += experiment_models(settings, settings_path)
    made += prediction_models(settings.predict, settings_path)
    passed_over = [*settings.not_touches, *settings.friction_signals]
    made += funnel_models(funnels, sql_folder / "funnels", passed_over)
    made += [measured.kpi_titles(written.values(), sql_folder / "kpis")]
    made += [measured.signal_texts(written.values(), sql_folder / "frictions")]
    made += measured.audit_texts(written.values(), sql_folder / "audits")
    paths = {
        "settings": settings_path,
        "touchpoints": sql_folder / "touchpoints.yml",
        "journeys": sql_folder / "journeys",
    }
    made += generated.case_models(settings, touchpoints, journeys, paths)
    for contract in contracts.values():
        members = _members(contract, written, contracts)
        if not members or all(member.is_published for member in members):
            continue
        pairs = [(member, member) for member in members]
        columns = contract.columns
        if contract.expansion is not None:
            # unit rows are not stored: their expansion is
            expanded = generated.expansion_models(contract, folder, members)
            written.update(
                {m.name: replace(m, front=m.front.model_copy(update={"materialize": "view"})) for m in members}
            )
            made += expanded
            pairs = list(zip(expanded, members, strict=True))
            columns = contract.expands_to
        types = {column: str(glossary.columns[column].type) for column in columns}
        made.append(generated.union_model(contract, folder / f"{contract.name}.yml", pairs, types))
    for model in made:
        if model.name in written:
            raise DefinitionError(
                f"{written[model.name].path}: {model.name!r} is made from {model.path}; choose another name."
            )
    return {**written, **{model.name: model for model in made}}


def _members(contract: Contract, written: Mapping[str, Model], contracts: Mapping[str, Contract]) -> list[Model]:
    for model in written.values():
        if model.front.contract is not None and model.front.contract not in contracts:
            raise DefinitionError(
                f"{model.path}:{model.lines.get(('contract',), 1)}: contract {model.front.contract!r} is not in sql/contracts. "
                f"Allowed: {', '.join(sorted(contracts))}.{did_you_mean(model.front.contract, contracts)}"
            )
    members = [model for model in written.values() if model.front.contract == contract.name]
    # what a star or an estimate yields is known when the model is built
    told = [
        (member, member.yields) for member in members if contract.expansion is not None or not member.front.estimate
    ]
    faults = [fault for member in members for fault in unread_keys(contract, member)]
    faults += [fault for member, yields in told if yields for fault in unfilled_columns(contract, member, yields)]
    if faults:
        raise DefinitionError("\n".join(faults))
    return members
