"""The tools that there is a recipe for, and whether an export is of one of them: its recipe has to be able to read it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from journey_analytics import places
from journey_analytics.definitions.front_matter import split_model_file
from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.sources import REQUIRED_COLUMNS, Source, joined_parts
from journey_analytics.ingest.event_reader import EventReader, exploded
from journey_analytics.ingest.event_times import is_time
from journey_analytics.ingest.field_paths import read_path, value_at
from journey_analytics.ingest.file_kind import FileRefused, file_kind
from journey_analytics.ingest.plan import SourcePlan
from journey_analytics.profiling.sources.samples import Row, as_text, chosen, first_rows

# a tool is more than a time and a name: anybody's export has these
_FEWEST, _LEAST_SHARE = 5, 0.5


@dataclass(frozen=True)
class Recipe:
    """A staging model that people copy, and the tool that it is for."""

    tool: str
    path: Path
    source: Source

    @property
    def plan(self) -> SourcePlan:
        """How its files are read."""
        return SourcePlan.of(self.tool, f"raw_{self.tool}__events", self.source)


@dataclass(frozen=True)
class Recognised:
    """A recipe that reads an export.

    Attributes:
        filled: our column -> in how many of the events looked at it has a value.
        events: how many were looked at.
    """

    recipe: Recipe
    filled: Mapping[str, int]
    events: int


def recipes() -> list[Recipe]:
    """Return the staging models that read exports by a mapping: those in `sql/staging`, then the recipes not yet copied."""
    made: dict[str, Recipe] = {}
    for folder in (places.sql_folder() / "staging", places.source_recipes()):
        for path in sorted(folder.glob("stg_*__events.sql")):
            tool = path.stem.removeprefix("stg_").removesuffix("__events")
            source = split_model_file(path)[0].source
            if tool not in made and source is not None and source.reader == "events":
                made[tool] = Recipe(tool, path, source)
    return list(made.values())


def recognised(files: Sequence[Path]) -> Recognised | None:
    """Return the recipe that reads all files of an export and finds the most in them; None when there is none."""
    found = [one for recipe in recipes() if (one := _read_by(recipe, files)) is not None]
    return max(found, key=lambda one: sum(map(bool, one.filled.values())), default=None)


def _read_by(recipe: Recipe, files: Sequence[Path]) -> Recognised | None:
    try:
        events = [event for path in chosen(files) for event in _events(recipe, path)]
    except FileRefused:
        return None
    columns = recipe.source.columns or list(dict.fromkeys(name for event in events for name in event))
    filled = {ours: _values(events, origins, columns) for ours, origins in recipe.plan.origins.items()}
    counts = {ours: len(values) for ours, values in filled.items()}
    known = sum(map(bool, counts.values()))
    is_it = known >= max(_FEWEST, _LEAST_SHARE * len(counts)) and all(counts[name] for name in REQUIRED_COLUMNS)
    if not is_it or sum(map(is_time, filled["event_timestamp"])) < _LEAST_SHARE * len(events):
        return None
    return Recognised(recipe, counts, len(events))


def _events(recipe: Recipe, path: Path) -> list[Row]:
    """Return the events of the first rows of a file.

    Raises:
        FileRefused: the recipe cannot read it.
    """
    kind = file_kind(path)
    read_as = EventReader(recipe.plan, neutral_settings()).look(path, kind)
    rows = first_rows(path, kind, read_as.detail if kind.format == "csv" else None)
    return [event for row in rows for event in exploded(row, recipe.source.explode)]


def neutral_settings() -> Settings:
    """Return settings of a property of which nothing is known yet."""
    return Settings(property="unknown", title="unknown", time_zone="UTC", sources={})


def _values(events: Sequence[Row], origins: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the values that one of our columns would have, where it has one."""
    paths = [[read_path(part, columns) for part in joined_parts(origin)] for origin in origins]
    values = []
    for event in events:
        for parts in paths:
            texts = [as_text(value) for path in parts if (value := value_at(event, path)) not in (None, "")]
            if texts:
                values.append(" ".join(texts))
                break
    return values


def with_remarks(text: str, remarks: Mapping[str, str], first: str) -> str:
    """Return the text of a recipe with a remark behind each line of its mapping, and one on top.

    >>> print(with_remarks("/*---\\n    user_id: who\\n---*/", {"user_id": "2 of 3"}, "An export."))
    /*---
    # An export.
        user_id: who  # 2 of 3
    ---*/
    """
    lines = []
    for line in text.splitlines(keepends=True):
        key = re.match(r"    (\w+):", line)
        remark = remarks.get(key[1]) if key else None
        lines.append(line if remark is None else f"{line.rstrip()}  # {remark}\n")
    return "".join([lines[0], f"# {first}\n", *lines[1:]])
