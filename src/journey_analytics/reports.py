"""What a run leaves for readers of the flow: phase KPIs as rows, and the run in Markdown."""

from __future__ import annotations

from typing import Any

from journey_analytics.findings import top_findings
from journey_analytics.left_out import left_out
from journey_analytics.pipeline import Run


def phase_kpi_rows(run: Run) -> list[dict[str, Any]]:
    """Return the KPIs of the primary journey model for the newest month in which anybody is mature, all visitors."""
    frame = run.warehouse.frame(
        """select kpis.kpi_title_nl as kpi, coalesce(kpis.phase_title_nl, '') as fase, kpis.period_start as maand,
            kpis.value as waarde, kpis.unit as eenheid, kpis.ci_low as laag, kpis.ci_high as hoog, kpis.n,
            kpis.pending_n as nog_open
        from pub_phase_kpis as kpis
        left join dim_journeys as journeys on kpis.journey_model = journeys.journey_model
        where kpis.period_kind = 'month' and kpis.segment_kind = 'all' and kpis.n > 0
            and (journeys.is_primary or kpis.journey_model = 'all')
        qualify kpis.period_start = max(kpis.period_start) over (partition by kpis.kpi)
        order by kpis.phase_order nulls first, kpis.kpi"""
    )
    rounded: list[dict[Any, Any]] = frame.round({"waarde": 4, "laag": 4, "hoog": 4}).to_dict("records")
    return [{key: None if value != value else str(value) for key, value in row.items()} for row in rounded]


def run_markdown(run: Run) -> str:
    """Return the run in words: files, rows, warnings, findings."""
    record = run.record
    lines = [
        f"# {run.night.project.settings.title}, compleet tot en met {record.as_of}",
        "",
        "| bestanden | rijen gelezen | bewaard | geweigerd | dubbel | verwijderd |",
        "|---|---|---|---|---|---|",
        f"| {len(record.files)} | {sum(f.rows_read for f in record.files):,} | {sum(f.rows_stored for f in record.files):,} "
        f"| {sum(f.rows_rejected for f in record.files):,} | {sum(f.rows_duplicate for f in record.files):,} "
        f"| {sum(f.rows_removed for f in record.files):,} |",
        "",
        *(f"- ⚠ {warning}" for warning in run.warnings),
        *(
            f"- {'⚠ ' if each.is_doubtful else ''}{each.sentence('nl')}"
            for each in left_out(run.night.project.settings, run.warehouse)
        ),
        "",
        "## Wat het meest telt",
        "",
        *(f"{place}. {finding.sentences('nl')}" for place, finding in enumerate(top_findings(run.warehouse), start=1)),
        "",
        f"Tabellen: `{run.published}`",
    ]
    return "\n".join(lines) + "\n"
