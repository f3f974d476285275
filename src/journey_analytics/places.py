"""Where things lie: the definitions and the sample that travel with the package, and a property's files."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return a folder that travels with the package: from the checkout, or from inside the installed package."""
    inside = _PACKAGE / "shipped" / name
    return inside if inside.exists() else _PACKAGE.parent.parent / name


def sql_folder() -> Path:
    """Return the definitions to work with: `sql/` of the working directory when it is a project's, else the shipped ones."""
    here = Path("sql")
    return here if (here / "contracts" / "columns.yml").exists() else shipped("sql")


def sample_settings(scenario: str = "webshop") -> Path:
    """Return the settings file of a sample scenario: the working directory's own sample, else the shipped one."""
    here = Path("data") / "sample" / scenario / "journey.yml"
    return here if here.exists() else shipped("data") / "sample" / scenario / "journey.yml"
