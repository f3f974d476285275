"""The catalogue of tables, and the JSON Schemas of every YAML that people write: both made from the definitions."""

from __future__ import annotations

import json
from pathlib import Path

from journey_analytics.definitions.contracts import Contract, Glossary
from journey_analytics.definitions.front_matter import FrontMatter
from journey_analytics.definitions.funnels import Funnel
from journey_analytics.definitions.journeys import Journey
from journey_analytics.definitions.measured import WaitingKpi
from journey_analytics.definitions.model import STATIONS, Model
from journey_analytics.definitions.project import RUN_TABLES, Project
from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.strict import Definition
from journey_analytics.definitions.touchpoints import Touchpoints
from journey_analytics.funnels.cases import FunnelCase

SCHEMAS: dict[str, type[Definition]] = {
    "settings": Settings,
    "journey": Journey,
    "funnel": Funnel,
    "funnel_case": FunnelCase,
    "touchpoints": Touchpoints,
    "contract": Contract,
    "columns": Glossary,
    "front_matter": FrontMatter,
    "waiting_kpi": WaitingKpi,
}


def write_docs(project: Project, folder: Path) -> list[Path]:
    """Write `catalogue.md` and `schemas/*.json` below a folder; return the files."""
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    written = [folder / "catalogue.md"]
    written[0].write_text(catalogue(project), encoding="utf-8")
    for name, text in schemas().items():
        path = folder / "schemas" / f"{name}.json"
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def schemas() -> dict[str, str]:
    """Return the JSON Schema of each kind of YAML, as text."""
    made = {}
    for name, kind in SCHEMAS.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **kind.model_json_schema()}
        made[name] = json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return made


def catalogue(project: Project) -> str:
    """Return the catalogue as Markdown: every table by station, what a row is, its key, what it reads, its columns."""
    parts = [
        "# Catalogue of tables\n",
        "Made from the models by `journey docs`; do not edit. What shared columns mean is said once, "
        "in `sql/contracts/columns.yml`.\n",
        f"Tables that stand before any model runs: raw tables of the sources, {', '.join(f'`{name}`' for name in RUN_TABLES)}.\n",
    ]
    for station in STATIONS:
        models = [project.models[name] for name in project.order if project.models[name].station == station]
        parts.append(f"\n## {station}\n")
        parts += [_entry(project, model) for model in models]
    return "\n".join(parts)


def _entry(project: Project, model: Model) -> str:
    front = model.front
    kind = "view" if model.is_view else "table"
    facts = [f"{kind}, one row per `{'`, `'.join(front.grain)}`"]
    if not model.is_view:
        facts.append(f"rebuilt by `{front.rebuild_by}`")
    if front.adds_up_over:
        facts.append(f"adds up over `{front.adds_up_over}`")
    if front.matures_at:
        facts.append(f"changes as time passes at `{front.matures_at}`")
    if front.estimate:
        facts.append(f"estimates {', '.join(f'`{name}`' for name in front.estimate)}")
    facts.append(f"owner {front.owner}")
    made = "made from YAML or a contract" if model.generated else f"`{model.station}/{model.path.name}`"
    reads = ", ".join(f"`{name}`" for name in sorted(model.reads)) or "nothing"
    lines = [f"### {model.name}\n", f"{front.description}\n", f"{'; '.join(facts)}; {made}. Reads {reads}.\n"]
    for name, column in front.columns.items():
        unit = f" ({column.unit})" if column.unit else ""
        lines.append(f"- `{name}`{unit}: {column.doc}")
    if front.columns:
        lines.append("")
    for check in front.checks:
        lines.append(f"- check, {check.severity}: {check.name.replace('_', ' ')}: {check.why}")
    if front.checks:
        lines.append("")
    return "\n".join(lines)
