"""Golden tables: the first rows of what each sample publishes, read over by eye. `python -m tests.golden`
writes them anew; the diff is what is to be read."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from itertools import islice
from math import isclose
from pathlib import Path

from rich.console import Console

from tests.conftest import ROOT, run_sample

SCENARIOS = ("webshop", "b2b_leads", "government_form")
FOLDER = ROOT / "tests" / "golden_tables"
ROWS = 6
# digests of definitions and data: they say that something has changed, not what
_DIGESTS = ("data_hash", "rule_hash")
# the last of four digits may differ with the processor's own functions
_LAST_DIGIT = 1.5e-3
Row = dict[str, str]


def golden_rows(published: Path, table: str) -> list[Row]:
    """Return the rows of a published CSV that are kept: the first six; of KPIs the first of each KPI and phase."""
    with (published / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        kept = _one_each(rows) if table == "phase_kpis" else islice(rows, ROWS)
        return [{name: value for name, value in row.items() if name not in _DIGESTS} for row in kept]


def _one_each(rows: Iterator[Row] | csv.DictReader[str]) -> Iterator[Row]:
    """Yield the first row of all visitors of each KPI and phase: of the journey model that the file opens with, or of none."""
    told: set[tuple[str, str]] = set()
    opening = None
    for row in rows:
        model, place = row["journey_model"], (row["kpi"], row["phase"])
        opening = opening or (model if model != "all" else None)
        if row["segment_kind"] == "all" and model in ("all", opening) and place not in told:
            told.add(place)
            yield row


def stored_rows(scenario: str, table: str) -> list[Row]:
    """Return the rows of a golden table; none where there is no such file."""
    path = FOLDER / scenario / f"{table}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def differences(stored: list[Row], now: list[Row]) -> list[str]:
    """Return a line for each value that is another one, and for rows that are too many or too few.

    >>> differences([{"kpi": "leads", "value": "0.4737"}], [{"kpi": "leads", "value": "0.4838"}])
    ['row 1, value: 0.4838, was 0.4737']
    """
    if len(stored) != len(now):
        return [f"{len(now)} rows, were {len(stored)}"]
    return [
        f"row {number}, {column}: {new.get(column, 'no such column')}, was {old.get(column, 'no such column')}"
        for number, (old, new) in enumerate(zip(stored, now, strict=True), start=1)
        for column in dict.fromkeys([*old, *new])
        if not _same(old.get(column), new.get(column))
    ]


def _same(old: str | None, new: str | None) -> bool:
    if old == new or old is None or new is None:
        return old == new
    try:
        # a whole number is a count, and a count is exact
        return "." in old and "." in new and isclose(float(old), float(new), rel_tol=_LAST_DIGIT)
    except ValueError:
        return False


def tables_of(published: Path) -> list[str]:
    """Return the names of the published tables."""
    return sorted(path.stem for path in published.glob("*.csv"))


def main() -> None:
    """Run the three samples and write their golden tables anew."""
    console = Console(highlight=False)
    for scenario in SCENARIOS:
        with tempfile.TemporaryDirectory() as scratch:
            published = Path(run_sample(scenario, Path(scratch)).published or scratch)
            (FOLDER / scenario).mkdir(parents=True, exist_ok=True)
            for table in tables_of(published):
                write(scenario, table, golden_rows(published, table), published)
        console.print(f"{scenario}: written")


def write(scenario: str, table: str, rows: list[Row], published: Path) -> None:
    """Write a golden table; where it has no rows, its header."""
    with (published / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        columns = [name for name in next(csv.reader(file)) if name not in _DIGESTS]
    text = io.StringIO()
    lines = csv.DictWriter(text, columns, lineterminator="\n")
    lines.writeheader()
    lines.writerows(rows)
    (FOLDER / scenario / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    main()
