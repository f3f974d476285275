"""What is measured, as tables: the names, units and sentences that KPIs,
friction detectors and tracking audits declare about themselves."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from journey_analytics.definitions.front_matter import worded
from journey_analytics.definitions.generated import rows_model, short_name
from journey_analytics.definitions.model import Model
from journey_analytics.errors import DefinitionError, did_you_mean


def kpi_titles(models: Iterable[Model], path: Path) -> Model:
    """Return dim_kpis: unit, direction and names of each KPI."""
    columns = ("kpi", "title_nl", "title_en", "unit", "direction", "base_nl", "base_en")
    rows = [
        (short_name(model), m.title_nl, m.title_en, m.unit, m.direction, m.base_nl, m.base_en)
        for model in models
        if model.front.contract == "phase_kpi" and (m := model.front.measure) is not None
    ]
    return rows_model("dim_kpis", path, "One row per KPI.", ["kpi"], dict.fromkeys(columns, "varchar"), rows)


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
            signal.title_nl, signal.title_en, *(worded(text, of_one=False) for text in statements),
            *(worded(text, of_one=True) for text in statements),
        )  # fmt: skip
        rows.append(
            (short_name(model), measure.unit, measure.direction, measure.base_nl, measure.base_en, signal.definition,
             signal.evidence, *texts)
        )  # fmt: skip
    columns = (
        "signal_id", "unit", "direction", "base_nl", "base_en", "signal_definition", "evidence_type",
        "title_nl", "title_en", "statement_nl", "statement_en", "statement_one_nl", "statement_one_en",
    )  # fmt: skip
    types = dict.fromkeys(columns, "varchar")
    return rows_model("dim_signals", path, "One row per friction detector.", ["signal_id"], types, rows)


def audit_texts(models: Iterable[Model], path: Path) -> list[Model]:
    """Return dim_audits and dim_audit_details: titles, base, effect and KPIs of each tracking audit, and its details' labels.

    Raises:
        DefinitionError: an audit without `audit:`, or one that names a KPI that there is not.
    """
    models = list(models)
    kpis = sorted(short_name(model) for model in models if model.front.contract == "phase_kpi")
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
