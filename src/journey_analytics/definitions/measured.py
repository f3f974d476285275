"""What is measured, as tables: the names, units and sentences that KPIs, friction detectors and tracking audits declare
about themselves; and KPIs that wait for a source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from journey_analytics.definitions.front_matter import Measure, worded
from journey_analytics.definitions.generated import rows_model, short_name
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.strict import Definition, place_in, read_definition
from journey_analytics.errors import DefinitionError, did_you_mean

# units whose periods the runner writes, and periods that a KPI writes itself
KPI_CONTRACTS = frozenset({"phase_kpi", "phase_kpi_period"})
# what pub_kpi_dictionary tells of each KPI, beside what every measure says
_KPI_TEXTS = ("description_nl", "description_en", "needs_nl", "needs_en")


class WaitingKpi(Definition):
    """A KPI that no source of ours can fill: `sql/kpis/<name>.yml`. It stands in the dictionary with what it needs."""

    name: str = Field(pattern=r"^kpi_[a-z][a-z0-9_]*$", description="the file's name: kpi_ and the KPI")
    owner: str
    measure: Measure


def read_waiting_kpis(folder: Path, models: Iterable[Model]) -> dict[Path, WaitingKpi]:
    """Return the KPIs that wait for a source, by the file that declares them.

    Raises:
        DefinitionError: a name that is not the file's, or that a model bears: what is measured does not wait.
    """
    measured = {model.name: model.path for model in models}
    waiting = {path: read_definition(WaitingKpi, path) for path in sorted(folder.glob("*.yml"))}
    for path, kpi in waiting.items():
        if kpi.name != path.stem:
            raise DefinitionError(
                f"{place_in(path, ('name',))}: name is {kpi.name!r}, but the file is called {path.stem!r}."
            )
        if kpi.name in measured:
            raise DefinitionError(
                f"{path}: {measured[kpi.name]} measures this KPI, so it waits no longer. Delete {path.name}."
            )
    return waiting


def kpi_titles(models: Iterable[Model], folder: Path) -> Model:
    """Return dim_kpis: what each KPI says of itself, of those too that wait for a source.

    Raises:
        DefinitionError: a KPI that lacks a sentence of the dictionary.
    """
    models = list(models)
    measures = [
        (model.place_of("measure"), short_name(model), model.front.measure)
        for model in models
        if model.front.contract in KPI_CONTRACTS and model.front.measure is not None
    ]
    measures += [
        (place_in(path, ("measure",)), kpi.name.removeprefix("kpi_"), kpi.measure)
        for path, kpi in read_waiting_kpis(folder, models).items()
    ]
    faults = [
        f"{place}: measure lacks {column!r}: the dictionary of KPIs tells it; see docs/extending.md, A KPI."
        for place, _, measure in measures
        for column in _KPI_TEXTS
        if getattr(measure, column) is None
    ]
    if faults:
        raise DefinitionError("\n".join(faults))
    columns = ("title_nl", "title_en", "unit", "direction", "base_nl", "base_en", *_KPI_TEXTS)
    rows = [(kpi, *(getattr(measure, column) for column in columns)) for _, kpi, measure in measures]
    types = dict.fromkeys(("kpi", *columns), "varchar")
    return rows_model("dim_kpis", folder, "One row per KPI.", ["kpi"], types, rows)


def signal_texts(models: Iterable[Model], path: Path) -> Model:
    """Return dim_signals: unit, direction, definition and sentences of each friction detector.

    Raises:
        DefinitionError: a detector without `measure:` or without `signal:`; its findings would have no words.
    """
    rows = []
    for model in models:
        if model.front.contract != "friction_signal":
            continue
        measure, signal = model.front.measure, model.front.signal
        if measure is None or signal is None:
            missing = "measure" if measure is None else "signal"
            raise DefinitionError(
                f"{model.place_of('contract')}: contract 'friction_signal' needs `{missing}:` in the front matter, and it is missing. "
                "It says what people read of the findings; see docs/extending.md, A detector."
            )
        statements = (signal.statement_nl, signal.statement_en)
        texts = (
            signal.title_nl, signal.title_en,
            signal.peak_title_nl or signal.title_nl, signal.peak_title_en or signal.title_en,
            *(worded(text, of_one=False) for text in statements),
            *(worded(text, of_one=True) for text in statements),
        )  # fmt: skip
        rows.append(
            (short_name(model), measure.unit, measure.direction, measure.base_nl, measure.base_en, signal.definition,
             signal.evidence, *texts)
        )  # fmt: skip
    columns = (
        "signal_id", "unit", "direction", "base_nl", "base_en", "signal_definition", "evidence_type",
        "title_nl", "title_en", "peak_title_nl", "peak_title_en",
        "statement_nl", "statement_en", "statement_one_nl", "statement_one_en",
    )  # fmt: skip
    types = dict.fromkeys(columns, "varchar")
    return rows_model("dim_signals", path, "One row per friction detector.", ["signal_id"], types, rows)


def audit_texts(models: Iterable[Model], path: Path) -> list[Model]:
    """Return dim_audits and dim_audit_details: titles, base, effect and KPIs of each tracking audit, and its details' labels.

    Raises:
        DefinitionError: an audit without `audit:`, or one that names a KPI that there is not.
    """
    models = list(models)
    kpis = sorted(short_name(model) for model in models if model.front.contract in KPI_CONTRACTS)
    rows, labels = [], []
    for model in models:
        if model.front.contract != "tracking_finding":
            continue
        audit = model.front.audit
        if audit is None:
            raise DefinitionError(
                f"{model.place_of('contract')}: contract 'tracking_finding' needs `audit:` in the front matter, and it is "
                "missing. It says what people read of the findings; see docs/extending.md, An audit."
            )
        for number, kpi in enumerate(audit.kpis):
            if kpi not in kpis:
                raise DefinitionError(
                    f"{model.place_of('audit', 'kpis', number)}: audit.kpis names {kpi!r}, which is no KPI. "
                    f"Allowed: {', '.join(kpis)}.{did_you_mean(kpi, kpis)}"
                )
        texts = (audit.title_nl, audit.title_en, audit.base_nl, audit.base_en, audit.effect_nl, audit.effect_en)
        rows.append((short_name(model), *texts, ", ".join(audit.kpis)))
        labels += [(short_name(model), detail, label.nl, label.en) for detail, label in audit.details.items()]
    columns = ("audit", "title_nl", "title_en", "base_nl", "base_en", "effect_nl", "effect_en", "kpis")
    label_columns = ("audit", "detail", "label_nl", "label_en")
    return [
        rows_model("dim_audits", path, "One row per tracking audit.", ["audit"], dict.fromkeys(columns, "varchar"), rows),
        rows_model(
            "dim_audit_details", path, "One row per tracking audit and detail that it has a label for.", ["audit", "detail"],
            dict.fromkeys(label_columns, "varchar"), labels,
        ),
    ]  # fmt: skip
