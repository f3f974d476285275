"""`python -m tests.truth`: make every site, let the house speak, write tables and figure to `docs/`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from tests.truth.figure import figure
from tests.truth.house import ROOT, House
from tests.truth.report import report, write_report
from tests.truth.shop import Arm
from tests.truth.study import digest, records

# 17 sites of each strength and size
SITES: Mapping[Arm, int] = {"planted": 204, "clean": 200, "selection": 30}
PAGE, PICTURE = ROOT / "docs" / "truth.md", ROOT / "docs" / "truth.svg"


def main() -> None:
    """Run the study, or what is left of it. The exit code says nothing about the figures."""
    console, progress = Console(highlight=False), Console(stderr=True)
    with progress.status("building the models on no data") as status:
        house = House()
        store = ROOT / "var" / "truth" / f"sites-{digest(house)}.jsonl"

        def told(done: int, total: int) -> None:
            status.update(f"site {done + 1} of {total}; those that are done stand in {store.relative_to(Path.cwd())}")

        found = records(house, store, SITES, told)
    write_report(found, PAGE)
    PICTURE.write_text(figure(found), encoding="utf-8")
    console.print("\n".join(report(found)), markup=False, soft_wrap=True)
    console.print(f"\nWritten: {PAGE.relative_to(ROOT)}, {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
