"""Where things lie: the definitions and the sample that travel with the package, and a property's files."""

from __future__ import annotations

from pathlib import Path

from journey_analytics.errors import StorageError

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return a folder that travels with the package: from the checkout, or from inside the installed package."""
    inside = _PACKAGE / "shipped" / name
    return inside if inside.exists() else _PACKAGE.parent.parent / name


def sql_folder() -> Path:
    """Return the definitions to work with: `sql/` of the working directory when it is a project's, else the shipped ones."""
    here = Path("sql")
    return here if (here / "contracts" / "columns.yml").exists() else shipped("sql")


def source_recipes() -> Path:
    """Return the folder with the staging models for exports of other tools."""
    return shipped("docs/recipes") / "sources"


def sample_settings(scenario: str = "webshop") -> Path:
    """Return the settings file of a sample scenario: the working directory's own sample, else the shipped one."""
    here = Path("data") / "sample" / scenario / "journey.yml"
    return here if here.exists() else shipped("data") / "sample" / scenario / "journey.yml"


def refuse_missing_database(database: Path) -> None:
    """Refuse a database that is not there, and name those that its folder holds instead.

    Raises:
        StorageError: there is no such file.
    """
    if database.exists():
        return
    others = sorted(path.name for path in database.parent.glob("*.duckdb"))
    hint = f" {database.parent} holds {', '.join(others)}: choose one with --db." if len(others) > 1 else ""
    if len(others) == 1:
        hint = f" {database.parent} holds {others[0]}: choose it with --db."
    raise StorageError(f"{database}: there is no database yet. Make it with `journey run`.{hint}")
