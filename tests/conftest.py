"""What tests share: a run of the sample webshop, made once, and where real exports lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from journey_analytics import pipeline
from journey_analytics.warehouse import Warehouse

ROOT = Path(__file__).parents[1]
REAL_DATA = ROOT.parent / "shared" / "data"

# the machine's speed is no property of the code; in continuous integration the same cases run each time
hypothesis_settings.register_profile(
    "quiet",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("quiet")


@pytest.fixture(scope="session", autouse=True)
def _at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every test starts in the checkout, with a configuration folder of its own."""
    before, config = Path.cwd(), os.environ.get("XDG_CONFIG_HOME")
    os.chdir(ROOT)
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
    yield
    os.chdir(before)
    if config is None:
        del os.environ["XDG_CONFIG_HOME"]
    else:
        os.environ["XDG_CONFIG_HOME"] = config


def run_sample(scenario: str, folder: Path, **changes: object) -> pipeline.Run:
    """Return a finished run of a sample scenario, with its database and output in a folder."""
    night = pipeline.plan_night(
        ROOT / "data" / "sample" / scenario / "journey.yml",
        database=folder / "working.duckdb",
        out=folder / "out",
        **changes,  # type: ignore[arg-type]
    )
    return pipeline.run_night(night)


@pytest.fixture(scope="session")
def webshop(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Run:
    """A run of the committed sample webshop."""
    return run_sample("webshop", tmp_path_factory.mktemp("webshop"))


@pytest.fixture
def webshop_tables(webshop: pipeline.Run) -> Iterator[Warehouse]:
    """The working database of the sample webshop, to read."""
    with Warehouse.open(webshop.night.database, read_only=True) as warehouse:
        yield warehouse


@pytest.fixture
def real_data() -> Path:
    """The folder with real exports, which lie beside the checkout and not in it."""
    if not REAL_DATA.exists():
        pytest.skip("real exports are not here: they lie in ../shared/data and are not part of the project")
    return REAL_DATA
