"""The whole study: which sites, and their records, one JSON line each, so that it goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.truth.house import FIGURES, FINDINGS, ROOT, House
from tests.truth.measures import Record, record_of
from tests.truth.people import events
from tests.truth.shop import Arm, draw_shop

Progress = Callable[[int, int], None]


def all_sites(sites: Mapping[Arm, int]) -> list[tuple[Arm, int]]:
    """Return the sites by arm and number, the arms mixed: a part of the study has a part of each."""
    every = [(arm, number) for arm, count in sites.items() for number in range(count)]
    return sorted(every, key=lambda site: (site[1] / sites[site[0]], site))


def record(house: House, arm: Arm, number: int) -> Record:
    """Return what the house says of one site, beside its truth."""
    shop = draw_shop(arm, number)
    given = events(shop)
    # KPIs and changes take as long as the findings: the clean sites show them well enough
    has_figures = arm == "clean"
    with house.living(given, FINDINGS + FIGURES * has_figures) as tables:
        return record_of(shop, tables, len(given), has_figures=has_figures)


def digest(house: House) -> str:
    """Return a digest of all that decides a record: the definitions, the estimates, the sites and how they are held against it."""
    told = hashlib.sha256(house.project.rule_hash.encode())
    own = [
        Path(__file__).with_name(f"{name}.py") for name in ("answers", "house", "measures", "people", "shop", "study")
    ]
    for path in [*own, *sorted((ROOT / "src" / "journey_analytics" / "estimates").glob("*.py"))]:
        told.update(path.read_bytes())
    return told.hexdigest()[:12]


def records(house: House, store: Path, sites: Mapping[Arm, int], on_progress: Progress) -> list[Record]:
    """Return the records of all sites; those that stand in `store` already are not made again."""
    done = {(line["arm"], line["number"]): line for line in _read(store)}
    wanted = all_sites(sites)
    store.parent.mkdir(parents=True, exist_ok=True)
    with store.open("a", encoding="utf-8") as file:
        for place, key in enumerate(wanted):
            on_progress(place, len(wanted))
            if key not in done:
                done[key] = json.loads(json.dumps(record(house, *key), default=_plain))
                file.write(json.dumps(done[key], allow_nan=False) + "\n")
                file.flush()
    return [done[key] for key in wanted]


def _read(store: Path) -> Iterator[Record]:
    if not store.exists():
        return
    for line in store.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue  # the line in which it was stopped


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else str(value)
