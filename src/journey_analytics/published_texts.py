"""The texts that are published beside the tables: the page to start with, what columns mean, the friction contract."""

from __future__ import annotations

import json
from typing import Any

from journey_analytics.definitions.model import Model
from journey_analytics.definitions.project import Project
from journey_analytics.findings import top_findings
from journey_analytics.warehouse import Warehouse

START, ABOUT = "00_start_hier.md", "version.json"


def published_texts(project: Project, warehouse: Warehouse) -> dict[str, str]:
    """Return the texts of a publication by file name: what the tables hold, the friction contract, and the first page."""
    dictionary = _dictionary(project, warehouse)
    return {
        START: start_here(project, warehouse),
        ABOUT: _about(warehouse),
        "dictionary.json": as_json(dictionary),
        "friction_annotations.contract.json": _contract(project, warehouse, dictionary),
    }


def _about(warehouse: Warehouse) -> str:
    data_hash, rule_hash, _ = warehouse.rows("select * from run_identity")[0]
    as_of = warehouse.value("select as_of from run_window")
    return as_json({"as_of": as_of and as_of.isoformat(), "data_hash": data_hash, "rule_hash": rule_hash})


def _dictionary(project: Project, warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {}
    for model in project.published:
        columns = {
            column: {"type": kind, **_meaning(project, model, column)}
            for column, kind in warehouse.columns(model.name).items()
        }
        tables[model.name] = {
            "description": model.front.description,
            "grain": list(model.front.grain),
            "columns": columns,
        }
    return tables


def _contract(project: Project, warehouse: Warehouse, dictionary: dict[str, dict[str, Any]]) -> str:
    contract = project.contracts["friction_annotation"]
    return as_json(
        {
            "contract_version": warehouse.value("select contract_version from run_identity"),
            "description": contract.description,
            "columns": dictionary["pub_friction_annotations"]["columns"],
            "unfilled": list(contract.unfilled),
        }
    )


def _meaning(project: Project, model: Model, column: str) -> dict[str, str]:
    doc = project.column_doc(model, column)
    if doc is None:
        return {}
    return {"meaning": doc.doc} | ({"unit": doc.unit} if doc.unit else {})


def as_json(data: object) -> str:
    """Return data as JSON that a person can read, the same text for the same data."""
    return json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


_TABLES_NL = {
    "attribution": "aan welke kanalen de orders van de laatste 90 dagen worden toegekend, op acht manieren naast elkaar",
    "change_impact": "wat veranderingen uit `journey.yml` deden: de weken ervoor naast de weken erna",
    "end_actions": "wat mensen bestelden in de 90 dagen nadat zij zich voor het eerst inschreven, een review schreven of bestelden",
    "goal_progress": "de doelen uit `journey.yml`: gehaald, op koers, niet op koers, niet gehaald of nog niet te zeggen",
    "purchase_paths": "hoeveel bezoeken, kanalen, contactmomenten en dagen er aan een order voorafgaan",
    "touchpoint_lift": "of wie een contactmoment zag daarna vaker bestelde, naast wie even ver en even actief was",
    "drop_off_drivers": "wat afhakers vooraf, bij een stap en daarna deden, naast wie verder ging: samenhang, geen oorzaak",
    "drop_off_points": "waar bezoeken eindigen, per fase en contactmoment",
    "experiments": "proeven uit `journey.yml`: elke variant naast de controle, met een oordeel als iedereen de tijd heeft gehad",
    "friction_annotations": "knelpunten en pieken voor de kaart, met bedrag en eigenaar",
    "funnel_breakdowns": "trechters per apparaat, land, kanaal en soort bezoeker, elk naast alle andere",
    "funnel_trends": "trechters per week van instap, naast dezelfde weekdagen van de week ervoor",
    "funnels": "trechters: hoeveel bezoekers elke stap halen, en binnen welke tijd",
    "journey_paths": "de meest gelopen routes door de fasen",
    "kpi_anomalies": "dagen en weken waarop een kengetal verder van het gewone afwijkt dan toeval doet; meetalarmen apart",
    "kpi_changes": "elk kengetal naast de week of maand ervoor, en naast dezelfde periode vorig jaar",
    "kpi_dictionary": "wat elk kengetal betekent, en van wie; en welke er niet gemeten zijn, met de reden",
    "phase_kpis": "kengetallen per dag, week en maand; over wie elk gaat staat in `kpi_dictionary.csv`, onder `base_nl`",
    "retention": "wie terugkomt: van elke lichting nieuwe bezoekers en kopers het deel dat later weer kwam of bestelde",
    "restatements": "welke gepubliceerde cijfers deze nacht anders zijn geworden, en waarom",
    "phase_transitions": "van welke fase naar welke",
    "loyalty_loop": "hoeveel kopers opnieuw bestellen zonder eerst weer te vergelijken, en na hoeveel dagen",
    "phase_content": "welke pagina's mensen zien die tot een fase gekomen zijn, en wat daar niemand ziet",
    "phase_crosswalk": "welke fase van het ene reismodel welke van het andere is, geteld over dezelfde contacten",
    "phase_gaps": "in welke fase het meest te winnen is, naast het beste segment, de periode ervoor en het doel",
    "prediction_quality": "hoe goed de voorspellingen uit `journey.yml` waren, nu bekend is wat ervan kwam; en of er iets voorspeld wordt",
    "predictions": "hoe waarschijnlijk het van iedere bezoeker is: een lijst van mensen, zonder id's. Alleen voor wie dat nodig heeft",
    "stuck": "wie een week of langer in een fase blijft steken: een lijst van mensen, zonder id's. Alleen voor wie dat nodig heeft",
    "stuck_phases": "hoeveel mensen in elke fase blijven steken",
    "touch_calendar": "op welke dag van de week en welk uur mensen komen en bestellen, per kanaal",
    "touchpoints": "hoeveel bezoekers elk contactmoment zien",
    "tracking_audit": "wat er aan het meten zelf mankeert, sinds wanneer, en welk kengetal dat raakt",
}


def _period_nl(warehouse: Warehouse) -> list[str]:
    """Return the sentence that says which days the findings are about."""
    rows = warehouse.rows(
        """select greatest(periods.date_from, measured.first_date), periods.date_to, journeys.window_seconds / 86400
        from int_comparison_periods as periods
        cross join (select min(event_date) as first_date from fct_events) as measured
        inner join dim_journeys as journeys on periods.journey_model = journeys.journey_model
        where journeys.is_primary and periods.comparison = 'current' and periods.date_to is not null"""
    )
    return [
        f"Nog te kort gemeten voor bevindingen: sinds {first:%d-%m-%Y}, en wie instapt heeft {days:g} dagen de tijd om verder "
        "te gaan."
        if first > last
        else f"De bevindingen gaan over wie van {first:%d-%m-%Y} tot en met {last:%d-%m-%Y} instapte: die hadden allemaal "
        f"{days:g} dagen de tijd om verder te gaan."
        for first, last, days in rows
    ]


def _goals_nl(warehouse: Warehouse) -> list[str]:
    """Return the lines about goals, changes and experiments; none where the settings have none of them."""
    goals = warehouse.rows(
        "select goal_title_nl, goal_status_nl, progress_nl, owner from pub_goal_progress order by goal_due, goal_id"
    )
    changes = warehouse.rows(
        "select change_title_nl, change_verdict_nl, impact_nl, owner from pub_change_impact order by changed_on desc, change_id"
    )
    experiments = warehouse.rows(
        """select experiment_title_nl || ', ' || variant_title_nl, experiment_verdict_nl, result_nl, owner from pub_experiments
        where not is_control order by starts_on desc, experiment_id, variant_order"""
    )
    lines = []
    for heading, rows in (("Doelen", goals), ("Veranderingen", changes), ("Experimenten", experiments)):
        if rows:
            lines += ["", f"## {heading}", ""]
        for title, verdict, told, owner in rows:
            lines.append(
                f"- **{title}: {verdict}.** {told} {f'Eigenaar: {owner}.' if owner else 'Eigenaar ontbreekt.'}"
            )
    return lines


def _anomalies_nl(warehouse: Warehouse) -> list[str]:
    """Return the lines about days and weeks that strayed by more than chance in the newest two weeks; none where none did."""
    rows = warehouse.rows(
        """select anomaly_verdict_nl, anomaly_nl from pub_kpi_anomalies
        cross join run_window
        where not is_usual and period_ends_on > run_window.as_of - 14
        order by period_start desc, q_value, kpi, phase"""
    )
    told = [f"- **{verdict[:1].upper()}{verdict[1:]}.** {sentence}" for verdict, sentence in rows]
    return ["", "## Anders dan gewoonlijk", "", *told] if told else []


def start_here(project: Project, warehouse: Warehouse) -> str:
    """Return the page that a marketer opens first: the findings that matter most in Dutch, then what each table holds."""
    as_of = warehouse.value("select as_of from run_window")
    findings = top_findings(warehouse)
    told = [
        f"{place}. **{found.phase['nl']}.** {found.sentences('nl')}" for place, found in enumerate(findings, start=1)
    ]
    tables = {model.name.removeprefix("pub_"): model.front.description for model in project.published}
    lines = [
        f"# {project.settings.title}",
        "",
        f"Compleet tot en met {as_of:%d-%m-%Y}." if as_of is not None else "Nog geen complete dag gemeten.",
        *_period_nl(warehouse),
        "",
        "## Wat het meest telt",
        "",
        *(told or ["Geen knelpunt steekt er (nog) bovenuit: de verschillen kunnen toeval zijn."]),
        "",
        "*Nog open*: de termijn loopt nog, dus wie het betreft telt niet mee in het aandeel.",
        *_anomalies_nl(warehouse),
        *_goals_nl(warehouse),
        "",
        "## De tabellen",
        "",
        f"Kies in een tabel één `journey_model` ({project.settings.primary_journey}) en `segment_kind` = all: elk model telt "
        "dezelfde bezoekers opnieuw, en segmenten zijn delen van het geheel. Wat elke kolom betekent staat in "
        "`dictionary.json`. Getallen zijn in de CSV's afgerond: onder 1 op vier cijfers, anders op twee decimalen. Dezelfde "
        "tabellen met alle cijfers staan er als Parquet en in `journey_marts.duckdb`.",
        "",
        *(f"- `{name}.csv`: {_TABLES_NL.get(name, described)}" for name, described in sorted(tables.items())),
    ]
    return "\n".join(lines) + "\n"
