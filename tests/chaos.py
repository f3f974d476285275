"""Nights killed at random moments: `make chaos`. Each is followed by a normal night and held against an undisturbed one."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from journey_analytics import pipeline
from tests.histories import SETTINGS, History
from tests.killing import KILLED, PARTS, night_in_a_process, published, stored

KILLS_A_NIGHT = 5
START, ENDED = "start of the process", "ended before it was killed"


def main() -> int:
    """Run the nights, print a table and return 1 where a night was not made up for."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--kills", type=int, default=50)
    reader.add_argument("--seed", type=int, default=1)
    given = reader.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chaos_") as folder:
        killed, wrong = Chaos(Path(folder), given.seed).run(given.kills)
    print(f"\n{'killed during':<24}{'killed':>8}{'made up for':>13}")
    for part in (START, *PARTS.values()):
        print(f"{part:<24}{killed[part]:>8}{killed[part] - wrong[part]:>13}")
    total = sum(killed.values())
    print(f"{'all':<24}{total:>8}{total - sum(wrong.values()):>13}   in {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


class Chaos:
    """A history of nights, each of them killed some times, each time from the state that the night before left."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.rng = Random(seed)
        (folder / "journey.yml").write_text(SETTINGS, encoding="utf-8")
        self.history = History(seed, folder)
        self.night = pipeline.plan_night(folder / "journey.yml", patterns=self.history.patterns)

    def run(self, kills: int) -> tuple[Counter[str], Counter[str]]:
        """Return where nights were killed, and where of those the next night did not end as it should."""
        killed, wrong = Counter[str](), Counter[str]()
        self._undisturbed("whole", "before")
        while sum(killed.values()) < kills:
            told = self.history.next_night()
            shutil.copytree(self.folder / "before", self.folder / "whole", symlinks=True)
            old = published(self.folder / "before" / "out" / "current")
            seconds = self._undisturbed("whole")
            whole = self._at("whole")
            new, tables = published(whole.out / "current"), stored(whole)
            for _ in range(KILLS_A_NIGHT):
                moment = self.rng.uniform(0.0, seconds)
                part, fault = self._killed(moment, old, new, tables)
                print(
                    f"{told[:60]:<62}killed at {moment:5.1f} of {seconds:4.1f} s: {part:<24}{fault or 'right'}",
                    flush=True,
                )
                if part == ENDED and not fault:
                    continue
                killed[part] += 1
                wrong += Counter([part] if fault else [])
            shutil.rmtree(self.folder / "before")
            (self.folder / "whole").rename(self.folder / "before")
        return killed, wrong

    def _at(self, name: str) -> pipeline.Night:
        folder = self.folder / name
        return replace(self.night, database=folder / "w.duckdb", out=folder / "out", as_of=self.history.as_of)

    def _undisturbed(self, name: str, moved_to: str | None = None) -> float:
        """Run a night to its end and return its seconds."""
        started = time.monotonic()
        assert night_in_a_process(self._at(name)) == 0
        seconds = time.monotonic() - started
        if moved_to is not None:
            (self.folder / name).rename(self.folder / moved_to)
        return seconds

    def _killed(self, moment: float, old: Any, new: Any, tables: dict[str, Any]) -> tuple[str, str]:
        """Kill a night, run it again, and return where it was killed and what is wrong afterwards."""
        shutil.copytree(self.folder / "before", self.folder / "killed", symlinks=True)
        diary = self.folder / "diary"
        diary.write_text(START, encoding="utf-8")
        night = self._at("killed")
        try:
            ending = night_in_a_process(night, seconds=moment, diary=diary)
            part = ENDED if ending == 0 else diary.read_text(encoding="utf-8")
            if ending not in (0, KILLED):
                return part, f"ended with {ending}"
            readers_see = published(night.out / "current")
            again = night_in_a_process(night)
            faults = {
                "readers see a mixture": readers_see not in (old, new),
                f"the next night ends with {again}": again != 0,
                "other files": again == 0 and published(night.out / "current") != new,
                "other tables": again == 0 and stored(night) != tables,
                "leftovers": any(not path.name.isdigit() for path in (night.out / "versions").iterdir()),
            }
            return part, ", ".join(told for told, is_so in faults.items() if is_so)
        finally:
            shutil.rmtree(self.folder / "killed")


if __name__ == "__main__":
    sys.exit(main())
