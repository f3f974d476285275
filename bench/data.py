"""The exports to measure with: made by the project's own sample generator, once, and kept under var/bench."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from bench.measures import NDJSON_SCENARIO, PARQUET_SCENARIO, work_command
from bench.process import ROOT, spent_whole

CACHE = ROOT / "var" / "bench"


def exports(persons: int) -> Path:
    """Return the folder of the exports of so many persons, made when it is not there."""
    folder = CACHE / f"{persons}-persons-{generator_digest()}"
    for scenario in (PARQUET_SCENARIO, NDJSON_SCENARIO):
        if not (folder / scenario).exists():
            draft = folder / f"{scenario}.draft"
            shutil.rmtree(draft, ignore_errors=True)
            spent_whole(work_command("make_data", draft, scenario, persons), {})
            draft.rename(folder / scenario)
    return folder


def generator_digest() -> str:
    """Return a digest of the generator: other code, other files."""
    digest = hashlib.blake2b(digest_size=4)
    for path in sorted((ROOT / "src" / "journey_analytics" / "sample").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
